"""The process that `test_document_crash` kills: everything that happens to documents happens to it, for ever.

Arguments: the store's file, a seed.
"""

import asyncio
import random
import sys
from typing import Any, Final

from peerset.core.clock import UnixTime
from peerset.core.record import Record, RecordId
from peerset.documents.definition import define
from peerset.documents.document import State
from peerset.ports import ViewStore
from peerset.stores.sqlite import open_sqlite
from peerset.testing.check_views import count_words
from peerset.testing.sample_documents import (
    ANN,
    ANYTHING,
    BOB,
    NOON,
    PLACES,
    PLACES_SCHEMA,
    SPAN_SECONDS,
    WIKI,
    commit,
    deletion,
    document,
)

POOL_RECORDS: Final = 300
VIEW: Final = "words"
DEFINITIONS: Final = (PLACES, WIKI, ANYTHING)
OTHERS: Final = (
    define("places", PLACES_SCHEMA | {"required": ["title", "city"]}, shared=True, indexes=["title", "-stars"]),
    define("anything", also=[]),
    define("wiki", indexes=["key"]),
)
"""The same collections as another program might declare them."""


def make_pool() -> list[Record]:
    """Sign the records to draw from, the same in every run: documents and registers, batches, deletions."""
    rng = random.Random(3)
    pool: list[Record] = []
    for number in range(POOL_RECORDS):
        collection = rng.choice([PLACES, PLACES, WIKI, ANYTHING])
        said: dict[str, Any] = {
            "key": rng.choice([None, "a", "b", "c"]),
            "expires_at": rng.choice([None, None, NOON + rng.randrange(100)]),
            "batch": rng.choice([None, None, None, f"{number // 50:032x}"]),
            "follows": rng.sample(pool[-20:], min(rng.choice([0, 0, 1, 3]), len(pool))),
        }
        value: Any = {"text": f"{number}"} if collection is WIKI else place_of(rng, number)
        author = rng.choice((ANN, BOB))
        # Three in ten of one microsecond.
        pool.append(document(author, number * 7 // 10 * 1_000_000, value, collection=collection, **said))
    parts = [each for each in pool if each.tag_values("batch")]
    for author in (ANN, BOB):
        own = [each for each in parts if each.author == author.public_key]
        pool += [
            commit(author, nonce, [each.id for each in own if each.tag_values("batch")[0] == nonce])
            for nonce in sorted({each.tag_values("batch")[0] for each in own})
        ]
        pool += [deletion(author, *rng.sample(own, 3)) for _ in range(3)]
    return pool


def place_of(rng: random.Random, number: int) -> dict[str, Any]:
    """Give a value with words, elements and a place; now and then one that does not fit."""
    return {
        "title": f"title {rng.randrange(40)}" if number % 11 else 5,
        "city": rng.choice(["Berlin", "Rome", None]),
        "stars": number % 5 + 0.1,
        "open": number % 3 == 0,
        "tags": rng.sample(["vegan", "süß", "new"], rng.randrange(3)),
        "at": {"lat": 52 + number % 7 / 10, "lon": 13.4},
    }


async def change(store: ViewStore, rng: random.Random, pool: list[Record]) -> None:
    """Make one random change."""
    held = [RecordId(record_id) for _, record_id in await store.entries()]
    match rng.randrange(12):
        case 0 | 1:
            state = rng.choice((State.HIDDEN, State.SHADOWED))
            await store.mark(rng.sample(held, len(held) // 4), state, is_set=rng.random() < 0.5)
        case 2:
            await store.sweep(UnixTime(NOON + rng.randrange(100)))
        case 3 if rng.random() < 0.3:
            await store.purge(rng.sample(held, min(2, len(held))))
        case 4 if rng.random() < 0.2:
            await store.expire(UnixTime(NOON + rng.randrange(POOL_RECORDS)))
        case 5:
            await store.define(rng.sample((*DEFINITIONS, rng.choice(OTHERS)), 1), span_seconds=SPAN_SECONDS)
        case 6 if rng.random() < 0.3:
            await store.drop([rng.choice(DEFINITIONS).name])
        case _:
            gone = rng.sample(held, rng.randint(0, len(held) // 3))
            await store.add(rng.sample(pool, rng.randint(1, 60)), removed=gone)


async def main(path: str, seed: int) -> None:
    """Go on for ever."""
    rng, pool = random.Random(seed), make_pool()
    print("ready", flush=True)
    store = await open_sqlite(path)
    await store.sweep(NOON)
    await store.define(DEFINITIONS, span_seconds=SPAN_SECONDS)
    await store.open_view(VIEW, 1)
    while True:
        await change(store, rng, pool)
        if rng.random() < 0.7:
            await store.build()
        await store.advance_view(VIEW, count_words, limit=rng.randint(1, 80))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
