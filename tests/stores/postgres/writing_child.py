"""The process that `test_connection` kills: it adds batches for ever, and writes a byte for each that was saved.

Arguments: the store's address, the log.
"""

import asyncio
import os
import random
import sys

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import Record, sign_record
from peerset.plugins import open_store

BATCH_RECORDS = 20
"""As in the test."""
FIRST_SECOND = 1_790_000_000
SPAN_SECONDS = 5 * 86_400


def make_batch(key: SecretKey, rng: random.Random) -> list[Record]:
    return [
        sign_record(
            key,
            created_at=UnixTime(FIRST_SECOND + rng.randrange(SPAN_SECONDS)),
            kind=1078,
            tags=[],
            content=rng.randbytes(200).hex(),
        )
        for _ in range(BATCH_RECORDS)
    ]


async def main(address: str, log_path: str) -> None:
    rng = random.SystemRandom()
    key = SecretKey.generate(rng)
    log = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    store = await open_store(address)
    print("ready", flush=True)
    while True:
        await store.add(make_batch(key, rng))
        os.write(log, b".")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
