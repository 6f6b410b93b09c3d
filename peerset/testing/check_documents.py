"""The acceptance suite of stores that find documents: what every `peerset.ports.DocumentStore` must do.

async def test_my_store_keeps_the_contract() -> None:
    await check_documents(MyStore.open_new)

It asks nothing that `peerset.testing.check_store` asks; a store must pass both.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from peerset.core.action import Json
from peerset.core.limits import COLLECTIONS_MAX
from peerset.documents.definition import Older, define
from peerset.documents.document import State, row_of
from peerset.documents.plan import Figure, Slot, plan
from peerset.errors import ConfigError, StoreError
from peerset.ports import DocumentStore
from peerset.testing import check_changes, check_queries, check_registers
from peerset.testing.check_queries import expected_of, with_places
from peerset.testing.sample_documents import (
    ANN,
    ANYTHING,
    BOB,
    NOON,
    PLACES,
    PLACES_SCHEMA,
    SPAN_SECONDS,
    document,
    sample_places,
)

Make = Callable[[], Awaitable[DocumentStore]]


async def check_documents(make: Make) -> None:
    """Put stores through every promise of the port; *make* opens a new, empty store at each call.

    Raises:
        AssertionError: a promise is broken; the message names it.

    """
    checks = (
        *check_queries.CHECKS,
        _check_misfits,
        _check_building,
        _check_redefinition,
        _check_purged_redefinition,
        _check_older,
        _check_unknown,
        *check_registers.CHECKS,
        *check_changes.CHECKS,
        _check_closing,
    )
    for check in checks:
        async with _opened(make) as store:
            await check(store)


@asynccontextmanager
async def _opened(make: Make) -> AsyncIterator[DocumentStore]:
    store = await make()
    try:
        yield store
    finally:
        await store.aclose()


async def _check_misfits(store: DocumentStore) -> None:
    good = document(ANN, 0, {"title": "good", "more": 1})
    bad = [
        document(ANN, 1, {"title": ""}),
        document(ANN, 2, {"city": "Berlin"}),
        document(ANN, 3, "no object"),
        document(ANN, 4, {"title": "x", "stars": "many"}, key="k"),
        document(ANN, 5, None),
        document(ANN, 6, {"title": "x"}, key=""),
        document(ANN, 7, {"title": "x"}, key="k" * 513),
        document(ANN, 8, {"title": "x", "big": 2**53 + 1}),
    ]
    other = [document(ANN, 9, {"title": "x"}, collection=ANYTHING), document(BOB, 9, "x", collection=ANYTHING, key="k")]
    await store.add([good, *bad[:4]])
    await store.define([PLACES], span_seconds=SPAN_SECONDS)
    await build(store)
    await store.add([*bad[4:], *other])
    assert await store.find(plan(PLACES, now=NOON)) == [good], "what does not fit is not found"
    assert await store.misfits("places") == bad[::-1], "misfits are given, newest first"
    await store.purge([bad[0].id])
    await store.add([], removed=[bad[1].id])
    assert await store.misfits("places") == bad[:1:-1], "misfits that are gone are not given"
    fitting = document(ANN, -5, {"title": "fits"}, key="k")
    await store.add([fitting])
    assert await store.find(plan(PLACES, {"key": "k"}, now=NOON)) == [fitting], "a misfit replaces nothing"


async def _check_building(store: DocumentStore) -> None:
    records = sample_places()
    await store.add(records[:40])
    await store.define([PLACES, ANYTHING], span_seconds=SPAN_SECONDS)
    await store.add(records[40:50], removed=[records[0].id])
    await build(store)
    await store.add(records[50:])
    asked = plan(PLACES, now=NOON)
    assert await store.find(asked) == expected_of(PLACES, records[1:], asked), (
        "what was here before is found once it is built"
    )
    assert await store.build() == 0, "once built, nothing is left to build"
    await store.define([PLACES], span_seconds=SPAN_SECONDS)
    assert await store.find(asked) == expected_of(PLACES, records[1:], asked), (
        "what is defined again as it was stays built"
    )
    await store.drop(["places", "nothing"])
    (error,) = await asyncio.gather(store.find(asked), return_exceptions=True)
    assert isinstance(error, ConfigError), "a collection that was dropped is not known"
    assert len(await store.entries()) == len(records) - 1, "the records of a collection that was dropped stay"


async def _check_redefinition(store: DocumentStore) -> None:
    records = await with_places(store)
    strict = PLACES_SCHEMA | {"required": ["title", "open"]}
    narrow = define("places", strict, indexes=["title"], shared=True)
    await store.define([narrow], span_seconds=SPAN_SECONDS)
    await build(store)
    asked = plan(narrow, order="title", now=NOON)
    found, rows = await store.find(asked), {record: row_of(narrow, record) for record in records}
    fitting = [record for record, row in rows.items() if row is not None and not row.state]
    assert found == expected_of(narrow, fitting, asked), "a collection defined anew is read anew"
    assert {*await store.misfits("places")} == {*records} - {*fitting}, "and so are its misfits"
    await store.define([PLACES], span_seconds=SPAN_SECONDS)
    await build(store)
    assert await store.find(plan(PLACES, now=NOON)) == expected_of(PLACES, records, plan(PLACES, now=NOON)), (
        "and back again"
    )


async def _check_purged_redefinition(store: DocumentStore) -> None:
    older, newer, purged = (
        document(ANN, number, {"title": f"version {number}"}, key="k", follows=()) for number in (1, 2, 3)
    )
    await store.add([older, newer, purged])
    await store.purge([purged.id])
    slots = [Slot("k", None)]
    for definition in (PLACES, define("places", shared=True), PLACES):
        await store.define([definition], span_seconds=SPAN_SECONDS)
        await build(store)
        assert await store.find(plan(definition, now=NOON)) == [], "a version that was purged replaces those before it"
        (versions,) = await store.register_versions("places", slots)
        assert [each.id for each in versions] == [purged.id, newer.id, older.id], "and is a version still"
        await store.drop(["places"])
    await store.define([define("all", also=[Older("places")])], span_seconds=SPAN_SECONDS)
    await build(store)
    (versions,) = await store.register_versions("all", slots)
    assert [each.state for each in versions] == [State.VOID, State.SUPERSEDED, State.SUPERSEDED], "whoever reads it"
    await store.add([], removed=[purged.id])
    assert await store.find(plan(define("all"), now=NOON)) == [newer], "until it is gone"


async def _check_older(store: DocumentStore) -> None:
    old = define("spots", {"type": "object", "properties": {"name": {"type": "string"}}})
    new = define("places", PLACES_SCHEMA, indexes=["city"], also=[Older("spots", _upgrade), Older("sites")])
    spot = document(ANN, 1, {"name": "a spot"}, collection=old, key="k")
    broken = document(ANN, 2, {"noname": 1}, collection=old, key="k")
    site = document(ANN, 3, {"title": "a site"}, collection=define("sites"))
    place, newer = document(ANN, 4, {"title": "a place"}), document(ANN, 5, {"title": "newer"}, key="k")
    await store.define([old], span_seconds=SPAN_SECONDS)
    await store.add([spot, broken, site])
    assert await store.count(plan(old, now=NOON)) == 1, "a collection has documents"
    await store.define([new], span_seconds=SPAN_SECONDS)
    await build(store)
    await store.add([place])
    assert await store.find(plan(new, order="time", now=NOON)) == [spot, site, place], "older documents are upgraded"
    assert await store.find(plan(new, {"title": "a spot"}, now=NOON)) == [spot], "and found by what they became"
    assert await store.misfits("places") == [broken], "what cannot be upgraded is a misfit"
    other = define("places", PLACES_SCHEMA, indexes=["city"], also=[Older("spots", _upgrade_otherwise), Older("sites")])
    await store.define([other], span_seconds=SPAN_SECONDS)
    await build(store)
    assert await store.find(plan(other, {"title": "another"}, now=NOON)) == [broken], "all is read anew"
    await store.define([new], span_seconds=SPAN_SECONDS)
    await build(store)
    await store.add([newer])
    assert await store.find(plan(new, {"key": "k"}, now=NOON)) == [newer], "registers go on under the new name"
    (error,) = await asyncio.gather(store.count(plan(old, now=NOON)), return_exceptions=True)
    assert isinstance(error, ConfigError), "a collection whose documents another one reads is taken over"


async def _check_unknown(store: DocumentStore) -> None:
    asked = plan(PLACES, now=NOON)
    errors = await asyncio.gather(
        store.find(asked),
        store.count(asked),
        store.aggregate(asked, [Figure("n", "count", None)], by=None),
        store.explain(asked),
        store.misfits("places"),
        store.register_versions("places", [Slot("k", None)]),
        store.heads("places", limit=1),
        return_exceptions=True,
    )
    assert all(isinstance(error, ConfigError) for error in errors), "a collection that is not known is a ConfigError"
    twice = [define("places"), define("others", also=[Older("places")])]
    many = [define(f"c{number}") for number in range(COLLECTIONS_MAX)]
    await store.define(many, span_seconds=SPAN_SECONDS)
    wrong = (twice, [PLACES])
    refused = await asyncio.gather(
        *(store.define(each, span_seconds=SPAN_SECONDS) for each in wrong), return_exceptions=True
    )
    assert all(isinstance(error, ConfigError) for error in refused), "one record is in one collection, of not too many"
    await store.define([define("c0", shared=True)], span_seconds=SPAN_SECONDS)


async def _check_closing(store: DocumentStore) -> None:
    await store.aclose()
    asked = plan(PLACES, now=NOON)
    errors = await asyncio.gather(
        store.define([PLACES], span_seconds=SPAN_SECONDS),
        store.build(),
        store.drop([]),
        store.find(asked),
        store.count(asked),
        store.aggregate(asked, [], by=None),
        store.explain(asked),
        store.misfits("places"),
        store.register_versions("places", []),
        store.heads("places", limit=1),
        store.links([], of_parents=True),
        store.mark([], State.HIDDEN, is_set=True),
        store.marked(State.HIDDEN),
        store.sweep(NOON),
        store.changes(None, limit=1),
        store.last_change(),
        return_exceptions=True,
    )
    assert all(isinstance(error, StoreError) for error in errors), "a closed store refuses every call with a StoreError"


async def build(store: DocumentStore) -> None:
    """Build until nothing is left."""
    while await store.build():
        pass


def _upgrade_otherwise(value: Json) -> Json:
    del value
    return {"title": "another"}


def _upgrade(value: Json) -> Json:
    assert isinstance(value, dict)
    return {"title": value["name"]}
