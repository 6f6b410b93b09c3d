"""The acceptance suite of stores that keep views: what every `peerset.ports.ViewStore` must do.

async def test_my_store_keeps_the_contract() -> None:
    await check_views(MyStore.open_new)

It asks nothing that `peerset.testing.check_documents` asks; a store must pass both.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.limits import CHANGES_KEPT_SECONDS, VIEW_KEY_BYTES_MAX, VIEW_VALUE_BYTES_MAX, VIEWS_MAX
from peerset.core.record import Record
from peerset.documents.change import Change, ChangeKind
from peerset.documents.document import State
from peerset.documents.keys import ViewKey
from peerset.documents.view import VIEW_BATCH, ViewProgress, ViewStep, ViewWriter
from peerset.errors import ConfigError, StoreError
from peerset.ports import ViewStore
from peerset.testing.sample_documents import ANN, NOON, PLACES, SPAN_SECONDS, document, sample_places

Make = Callable[[], Awaitable[ViewStore]]

KEYS: Final[tuple[ViewKey, ...]] = (
    [],
    [None],
    [None, None],
    [False],
    [True],
    [True, "a"],
    [-1e300],
    [-2],
    [-1.5],
    [0],
    [1e-300],
    [1.5],
    [2**53 - 1],
    [1e300],
    [""],
    ["", 1],
    ["a"],
    ["a", None],
    ["a", 5],
    ["a", "a"],
    ["a\0"],
    ["a\0b"],
    ["a\x01"],
    ["ab"],
    ["\uffff"],
    ["\U0001f30d"],
)
"""In their order."""


async def check_views(make: Make) -> None:
    """Put stores through every promise of the port; *make* opens a new, empty store at each call.

    Raises:
        AssertionError: a promise is broken; the message names it.

    """
    checks = (
        _check_rows,
        _check_limits,
        _check_following,
        _check_errors,
        _check_versions,
        _check_purging,
        _check_closing,
    )
    for check in checks:
        store = await make()
        try:
            await check(store)
        finally:
            await store.aclose()


async def _check_rows(store: ViewStore) -> None:
    keys = [*KEYS]
    random.Random(5).shuffle(keys)

    def write(tx: ViewWriter, change: Change) -> None:
        del change
        for key in keys:
            assert tx.get(key, "none") == "none", "nothing is there before it is put"
            tx.put(key, {"key": [*key]})
        tx.put(["a"], [1, "ü\u2028\U0001f30d", None])
        tx.put(["gone"], 1)
        tx.delete(["gone"])
        tx.delete(["never"])
        assert tx.get(["gone"]) is None, "what is deleted is gone at once"
        assert tx.get([0.0]) == tx.get([-0.0]) == tx.get([0]) == {"key": [0]}, "there is one zero"
        assert [key for key, _ in tx.range()] == list(KEYS), "range gives everything, in order, at once"
        assert [key for key, _ in tx.range(["a"], limit=2, reverse=True)] == [["a", "a"], ["a", 5]], "from the end"

    await _with_one(store)
    await _run(store, write)
    rows = await store.view_rows("view", [], limit=None, is_reversed=False)
    assert [key for key, _ in rows] == list(KEYS), f"view_rows gives keys in their order: {rows}"
    assert {repr(key): value for key, value in rows}["['a']"] == [1, "ü\u2028\U0001f30d", None], "values are JSON"
    texts = await store.view_rows("view", ["a"], limit=3, is_reversed=False)
    assert [key for key, _ in texts] == [["a"], ["a", None], ["a", 5]], "a prefix is of whole parts"
    last = await store.view_rows("view", [], limit=1, is_reversed=True)
    assert last == [(["\U0001f30d"], {"key": ["\U0001f30d"]})], "the last comes first"
    assert await store.view_rows("view", ["none"], limit=None, is_reversed=False) == [], "nothing begins so"


async def _check_limits(store: ViewStore) -> None:
    refused = 0

    def write(tx: ViewWriter, change: Change) -> None:
        nonlocal refused
        del change
        tx.put(["k" * (VIEW_KEY_BYTES_MAX - 2)], "v" * (VIEW_VALUE_BYTES_MAX - 2))
        wrong: list[tuple[object, object]] = [
            (["k" * (VIEW_KEY_BYTES_MAX - 1)], 1),
            ("text", 1),
            (5, 1),
            ([[1]], 1),
            ([float("nan")], 1),
            ([2**53], 1),
            (["\ud800"], 1),
            (["k"], "v" * (VIEW_VALUE_BYTES_MAX - 1)),
            (["k"], float("inf")),
            (["k"], 2**53 + 1),
            (["k"], "\ud800"),
            (["k"], {1, 2}),
        ]
        for key, value in wrong:
            try:
                tx.put(key, value)  # type: ignore[arg-type] # that is what is tried
            except ConfigError:
                refused += 1
            else:
                raise AssertionError(f"a view cannot keep {value!r:.50} under {key!r:.50}")

    await _with_one(store)
    progress = await _run(store, write)
    assert (progress.error, refused) == (None, 12), "what JSON cannot say, or is too long, is a ConfigError"
    for number in range(VIEWS_MAX - 1):
        await store.open_view(f"v{number}", 1)
    (error,) = await asyncio.gather(store.open_view("one-more", 1), return_exceptions=True)
    assert isinstance(error, ConfigError), f"a room has at most {VIEWS_MAX} views"
    await store.open_view("v0", 2)
    await store.drop_view("v0")
    await store.drop_view("never")
    await store.open_view("one-more", 1)


async def _check_following(store: ViewStore) -> None:
    """See whether views that follow closely, and such that lag behind, agree with one that begins at the end."""
    rng = random.Random(13)
    records, here = sample_places(), list[Record]()
    await store.define([PLACES], span_seconds=SPAN_SECONDS)
    for name in ("close", "slow", "page"):
        await store.open_view(name, 1)
    for _ in range(40):
        match rng.randrange(5):
            case 0 if here:
                gone = [here.pop(rng.randrange(len(here))) for _ in range(min(3, len(here)))]
                await store.add([], removed=[each.id for each in gone])
                records += gone
            case 1 | 2 if here:
                some = rng.sample(here, min(4, len(here)))
                await store.mark([each.id for each in some], State.HIDDEN, is_set=rng.random() < 0.6)
            case _:
                rng.shuffle(records)
                came, records = records[:5], records[5:]
                here += came
                await store.add(came)
        await _catch_up(store, "close", VIEW_BATCH)
        if rng.random() < 0.2:
            await _catch_up(store, "slow", VIEW_BATCH)
        await store.advance_view("page", count_words, limit=2)
    edge = sorted(each.created_at for each in here)[len(here) // 2]
    await store.expire(UnixTime(edge))
    await store.open_view("fresh", 1)
    tables = {}
    for name in ("close", "slow", "page", "fresh"):
        await _catch_up(store, name, 3)
        tables[name] = await store.view_rows(name, [], limit=None, is_reversed=False)
    assert tables["fresh"], "a view that begins at the end is told of all that is seen"
    for name, rows in tables.items():
        assert rows == tables["fresh"], f"the view that is {name} agrees with one that is built anew: {rows}"
    seen = Counter(change.kind for change in (await store.changes(None, limit=10_000)).changes)
    total = {key[0]: value for key, value in tables["fresh"] if len(key) == 1}
    assert total == {"all": sum(seen.values())}, "a view has what is seen"


async def _check_errors(store: ViewStore) -> None:
    records = sample_places()[:6]
    await store.add(records)
    await store.open_view("view", 1)

    def fail(tx: ViewWriter, change: Change) -> None:
        tx.put([change.record.content], 1)
        if change.record == records[3]:
            raise KeyError("what happened")

    first = await store.advance_view("view", fail, limit=2)
    assert first == ViewProgress(2, is_caught_up=False, error=None), "a page of two"
    stopped = await store.advance_view("view", fail, limit=10)
    assert (stopped.count, stopped.is_caught_up) == (1, False), "what came before the error counts"
    assert (stopped.error, type(stopped.cause)) == ("KeyError: 'what happened'", KeyError), "the error is given"
    rows = await store.view_rows("view", [], limit=None, is_reversed=False)
    assert {key[0] for key, _ in rows} == {each.content for each in records[:3]}, "what it wrote meanwhile is undone"
    await store.add([document(ANN, 1, {"title": "more"})])
    again = await store.advance_view("view", count_words, limit=10)
    assert again == ViewProgress(0, is_caught_up=False, error="KeyError: 'what happened'"), "it stays stopped"
    await store.open_view("view", 1)
    assert (await store.advance_view("view", count_words, limit=10)).error, "and so when it is opened again"
    await store.open_view("view", 2)
    assert (await store.advance_view("view", count_words, limit=10)).count == 7, "until it has another version"


async def _check_versions(store: ViewStore) -> None:
    await store.sweep(NOON)
    await store.add(sample_places()[:6])
    await store.open_view("view", 1)
    await store.open_view("other", 1)
    for name in ("view", "other"):
        progress = await store.advance_view(name, count_words, limit=6)
        assert progress == ViewProgress(6, is_caught_up=True, error=None), "all is taken"
    await store.open_view("view", 1)
    assert (await store.advance_view("view", count_words, limit=6)).count == 0, "the same version goes on"
    await store.open_view("view", 0)
    assert await store.view_rows("view", [], limit=None, is_reversed=False) == [], "another version begins with nothing"
    assert (await store.advance_view("view", count_words, limit=9)).count == 6, "and takes everything again"
    await store.add([], removed=[each.id for each in sample_places()[:3]])
    await store.sweep(UnixTime(NOON + CHANGES_KEPT_SECONDS + 1))
    await _catch_up(store, "other", 2)
    await _catch_up(store, "view", 2)
    rows = [await store.view_rows(name, ["all"], limit=None, is_reversed=False) for name in ("view", "other")]
    assert rows == [[(["all"], 3)], [(["all"], 3)]], "a view that the log does not reach begins anew"
    for name in ("view", "other"):
        await store.drop_view(name)
    (error,) = await asyncio.gather(store.advance_view("view", count_words, limit=1), return_exceptions=True)
    assert isinstance(error, ConfigError), "a view that was dropped is not known"
    await store.open_view("other", 1)
    assert await store.view_rows("other", [], limit=None, is_reversed=False) == [], "what is dropped leaves nothing"


async def _check_purging(store: ViewStore) -> None:
    records = sample_places()[:6]
    await store.add(records)
    for name in ("seen", "fresh"):
        await store.open_view(name, 1)
    await _catch_up(store, "seen", 10)
    await store.purge([records[0].id])
    for name in ("seen", "fresh"):
        await _catch_up(store, name, 10)
    seen, fresh = [await store.view_rows(name, [], limit=None, is_reversed=False) for name in ("seen", "fresh")]
    assert seen == fresh, "what is purged is in no view"


async def _check_closing(store: ViewStore) -> None:
    await store.aclose()
    errors = await asyncio.gather(
        store.open_view("view", 1),
        store.drop_view("view"),
        store.advance_view("view", count_words, limit=1),
        store.view_rows("view", [], limit=1, is_reversed=False),
        return_exceptions=True,
    )
    assert all(isinstance(error, StoreError) for error in errors), "a closed store refuses every call with a StoreError"


def count_words(tx: ViewWriter, change: Change) -> None:
    """Count what is seen, altogether and by content: a view of a few lines."""
    assert change.record.wire, "of what went, the content is told"
    step = 1 if change.kind in (ChangeKind.ADDED, ChangeKind.SHOWN) else -1
    for key in (["all"], ["content", change.record.content]):
        count = tx.get(key, 0)
        assert isinstance(count, int)
        if count + step:
            tx.put(key, count + step)
        else:
            tx.delete(key)


async def _with_one(store: ViewStore) -> None:
    await store.add([document(ANN, 1, {"title": "one"})])
    await store.open_view("view", 1)


async def _run(store: ViewStore, step: ViewStep) -> ViewProgress:
    progress = await store.advance_view("view", step, limit=1)
    if progress.cause is not None:
        raise progress.cause
    return progress


async def _catch_up(store: ViewStore, name: str, limit: int) -> None:
    progress = await store.advance_view(name, count_words, limit=limit)
    while not progress.is_caught_up:
        assert progress.cause is None, f"{name}: {progress.error}"
        progress = await store.advance_view(name, count_words, limit=limit)
