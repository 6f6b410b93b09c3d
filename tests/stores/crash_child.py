"""The process that `test_crash` kills: it adds, removes and expires batches for ever, and writes down what it did.

Arguments: the store's file, the log, a seed.
Every line of the log is one JSON object, written in one piece: what will be done, or that it is done.
"""

import asyncio
import json
import os
import random
import sys
from typing import Any

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import Record, RecordId, sign_record
from peerset.stores import snapshot
from peerset.stores.sqlite import SQLiteStore, open_sqlite

FIRST_SECOND = 1_790_000_000
SPAN_SECONDS = 5 * 86_400


POOL_RECORDS = 1_000


def make_pool(rng: random.Random) -> list[Record]:
    """Sign the records to draw batches from beforehand, so that most kills hit the store and not the signing."""
    key = SecretKey.generate(rng)
    return [
        sign_record(
            key,
            created_at=UnixTime(FIRST_SECOND + rng.randrange(SPAN_SECONDS)),
            kind=1078,
            tags=[["c", rng.choice("abc")]],
            content=rng.randbytes(rng.choice((10, 200, 3_000))).hex(),
        )
        for _ in range(POOL_RECORDS)
    ]


def write_line(log: int, **fields: Any) -> None:
    os.write(log, (json.dumps(fields) + "\n").encode())


async def change(store: SQLiteStore, rng: random.Random, pool: list[Record], log: int) -> None:
    """Make one random change, logged before and after."""
    kind = rng.random()
    if kind < 0.1:
        # Snapshots of days are made beside all else; they are no change.
        store._snapshots._making = None
        await store.columns(lambda _times, _ids: None)
        return
    if kind < 0.2:
        before = UnixTime(FIRST_SECOND + rng.randrange(SPAN_SECONDS))
        write_line(log, expired=before)
        await store.expire(before)
    elif kind < 0.5:
        few = rng.sample(pool, rng.randint(1, 8))
        write_line(log, added=[[record.created_at, record.id.hex()] for record in few], removed=[])
        if not store.add_at_once(few):
            await store.add(few)
    else:
        batch = rng.sample(pool, rng.randint(1, 400))
        held = await store.entries()
        removed = [RecordId(entry[1]) for entry in rng.sample(held, min(len(held), rng.randint(0, 300)))]
        added = [[record.created_at, record.id.hex()] for record in batch]
        write_line(log, added=added, removed=[record_id.hex() for record_id in removed])
        await store.add(batch, removed=removed)
    write_line(log, done=True)


async def main(path: str, log_path: str, seed: int) -> None:
    rng = random.Random(seed)
    pool = make_pool(rng)
    log = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    print("ready", flush=True)
    snapshot.UNSEEN_MAX = 20  # type: ignore[misc] # so that they are made all the time
    store = await open_sqlite(path)
    while True:
        await change(store, rng, pool, log)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
