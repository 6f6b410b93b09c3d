"""The process that `test_view_crash` kills: it changes documents at random for ever, and lets a view follow.

Arguments: the store's file, a seed.
"""

import asyncio
import random
import sys

from peerset.core.clock import UnixTime
from peerset.core.record import Record, RecordId
from peerset.documents.document import State
from peerset.ports import ViewStore
from peerset.stores.sqlite import open_sqlite
from peerset.testing.check_views import count_words
from peerset.testing.sample_documents import ANN, BOB, NOON, PLACES, SPAN_SECONDS, document

POOL_RECORDS = 300
VIEW = "words"


def make_pool() -> list[Record]:
    """Sign the records to draw from: documents and versions of registers, some that expire; the same in every run."""
    rng = random.Random(3)
    return [
        document(
            rng.choice((ANN, BOB)),
            number * 1_000_000,
            {"title": f"title {rng.randrange(40)}", "city": rng.choice(["Berlin", "Rome", None]), "stars": number % 5},
            key=rng.choice([None, "a", "b", "c"]),
            expires_at=rng.choice([None, None, NOON + rng.randrange(100)]),
        )
        for number in range(POOL_RECORDS)
    ]


async def change(store: ViewStore, rng: random.Random, pool: list[Record]) -> None:
    """Make one random change."""
    held = [RecordId(record_id) for _, record_id in await store.entries()]
    match rng.randrange(8):
        case 0:
            await store.mark(rng.sample(held, len(held) // 4), State.HIDDEN, is_set=rng.random() < 0.5)
        case 1:
            await store.sweep(UnixTime(NOON + rng.randrange(100)))
        case 2 if rng.random() < 0.2:
            await store.purge(rng.sample(held, min(2, len(held))))
        case 3 if rng.random() < 0.2:
            await store.expire(UnixTime(NOON + rng.randrange(POOL_RECORDS)))
        case _:
            gone = rng.sample(held, rng.randint(0, len(held) // 3))
            await store.add(rng.sample(pool, rng.randint(1, 60)), removed=gone)


async def main(path: str, seed: int) -> None:
    """Go on for ever."""
    rng, pool = random.Random(seed), make_pool()
    print("ready", flush=True)
    store = await open_sqlite(path)
    await store.sweep(NOON)
    await store.define([PLACES], span_seconds=SPAN_SECONDS)
    await store.open_view(VIEW, 1)
    while True:
        await change(store, rng, pool)
        await store.build()
        await store.advance_view(VIEW, count_words, limit=rng.randint(1, 80))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
