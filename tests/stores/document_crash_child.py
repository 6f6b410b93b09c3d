"""The process that `test_document_crash` kills: everything that happens to documents happens to it, for ever.

Arguments: the store's file, a seed.
"""

import asyncio
import random
import sys
from typing import Any, Final

from peerset.core.action import Json
from peerset.core.clock import UnixTime
from peerset.core.record import Record, RecordId
from peerset.data import fold_keeping
from peerset.data.fold_keeping import FoldKeeping
from peerset.data.folds import Fold
from peerset.data.pulse import Pulse
from peerset.documents.definition import Definition, define
from peerset.documents.document import State
from peerset.documents.plan import plan
from peerset.ports import DocumentStore, PromptStore, ViewStore
from peerset.stores.indexed import counts
from peerset.stores.sqlite import open_sqlite
from peerset.testing.check_documents import build
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
FOLD: Final = "total"
KEPT_DOCUMENTS: Final = 3
"""After so many more the fold is kept."""
DEFINITIONS: Final = (PLACES, WIKI, ANYTHING)
OTHERS: Final = (
    define("places", PLACES_SCHEMA | {"required": ["title", "city"]}, shared=True, indexes=["title", "-stars"]),
    define("anything", also=[]),
    define("wiki", indexes=["key"]),
)
"""The same collections as another program might declare them."""
COUNTED: Final[tuple[dict[str, Any], ...]] = (
    {"city": "Berlin"},
    {"city": "Rome", "open": True},
    {"stars": 1.1},
    {"author": ANN.public_key},
)


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


def fold_of(store: DocumentStore, name: str | None) -> Fold[Record]:
    """Fold the places, so that every one of them and its turn matters; kept under *name*."""

    def step(state: Json, record: Record) -> Json:
        return (int(str(state)) * 31 + int.from_bytes(record.id[:4], "big")) % 1_000_000_007

    keeping = None if name is None else FoldKeeping(store, name, 1, PLACES.digest)
    return Fold(store, Pulse(), PLACES, start=0, step=step, read=lambda record: record, keeping=keeping)


async def count(store: DocumentStore, definition: Definition) -> list[int]:
    """Count places so often that it is kept; give how many there are."""
    found = [await store.count(plan(definition, where, now=NOON)) for where in COUNTED for _ in range(3)]
    assert found[::3] == found[1::3] == found[2::3]
    return found[::3]


async def change(store: ViewStore, rng: random.Random, pool: list[Record], declared: dict[str, Definition]) -> None:
    """Make one random change, also of what is *declared*."""
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
            definition = rng.choice((*DEFINITIONS, rng.choice(OTHERS)))
            await store.define([definition], span_seconds=SPAN_SECONDS)
            declared[definition.name] = definition
        case 6 if rng.random() < 0.3:
            name = rng.choice(DEFINITIONS).name
            await store.drop([name])
            declared.pop(name, None)
        case 7 | 8 if isinstance(store, PromptStore):
            few = rng.sample(pool, rng.randint(4, 8))
            if not store.add_at_once(few):
                await store.add(few)
        case _:
            gone = rng.sample(held, rng.randint(0, len(held) // 3))
            await store.add(rng.sample(pool, rng.randint(1, 60)), removed=gone)


async def main(path: str, seed: int) -> None:
    """Go on for ever."""
    vars(fold_keeping)["KEPT_DOCUMENTS"] = KEPT_DOCUMENTS
    vars(counts)["ROWS_MIN"] = 1
    rng, pool = random.Random(seed), make_pool()
    declared = {each.name: each for each in DEFINITIONS}
    print("ready", flush=True)
    store = await open_sqlite(path)
    await store.sweep(NOON)
    await store.define(DEFINITIONS, span_seconds=SPAN_SECONDS)
    await store.open_view(VIEW, 1)
    fold = fold_of(store, FOLD)
    while True:
        await change(store, rng, pool, declared)
        if rng.random() < 0.7:
            await build(store)
            # A room has one collection of a name, and folds it once it is built.
            if declared.get(PLACES.name) is PLACES:
                await fold.ready()
        if rng.random() < 0.3 and declared.get(PLACES.name) is PLACES:
            await count(store, PLACES)
        await store.advance_view(VIEW, count_words, limit=rng.randint(1, 80))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
