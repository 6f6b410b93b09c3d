"""Folds of a room: whatever happens, the state is that of everything folded anew."""

import asyncio
from collections.abc import Collection, Sequence

import pytest
from hypothesis import example, given, settings

from peerset.core.action import Json
from peerset.core.record import Record
from peerset.data.folds import Fold
from peerset.data.pulse import Pulse
from peerset.documents.change import Bookmark, Changes
from peerset.documents.document import State
from peerset.documents.plan import Plan, plan
from peerset.errors import CursorError, ViewError
from peerset.stores.memory import MemoryStore
from peerset.testing.sample_documents import ANN, NOON, PLACES, document
from tests.data.test_feed import RECORDS, REFUSED, STEPS, change


def id_of(record: Record) -> str:
    assert record.tag_value("c") in PLACES.names
    return record.id.hex()


def append(state: Json, doc: str) -> Json:
    assert isinstance(state, list)
    return [*state, doc]


def fold_over(store: MemoryStore, pulse: Pulse | None = None, refused: Collection[int] = ()) -> Fold[str]:
    ids = {RECORDS[number].id for number in refused}

    def read(record: Record) -> str | None:
        return None if record.id in ids else id_of(record)

    return Fold(store, pulse or Pulse(), PLACES, start=[], step=append, read=read)


async def expected(store: MemoryStore, refused: Collection[int] = ()) -> list[str]:
    ids = {RECORDS[number].id for number in refused}
    found = await store.find(plan(PLACES, order="time", limit=1_000, now=NOON))
    return [each.id.hex() for each in found if each.id not in ids]


async def new_store(store: MemoryStore | None = None) -> MemoryStore:
    store = store or MemoryStore()
    await store.define([PLACES], span_seconds=86_400)
    await store.add(RECORDS[::3])
    return store


@settings(max_examples=25)
@example([("add", [44]), ("remove", [44])], set())
@given(STEPS.map(lambda steps: [step for step in steps if step[0] != "grow"]), REFUSED)
def test_whatever_happens_it_is_the_state_over_all_that_is_seen(
    steps: list[tuple[str, Sequence[int]]], refused: set[int]
) -> None:
    async def run() -> None:
        store = await new_store()
        fold = fold_over(store, refused=refused)
        for step in steps:
            await fold.ready()
            await change(store, *step)
        await fold.ready()
        assert fold.state == await expected(store, refused)

    asyncio.run(run())


class RestlessStore(MemoryStore):
    """Changes whenever it is asked something."""

    steps: list[tuple[str, Sequence[int]]]

    async def find(self, plan: Plan) -> list[Record]:
        found = await super().find(plan)
        if self.steps:
            await change(self, *self.steps.pop())
        return found

    async def changes(self, since: Bookmark | None, *, limit: int, with_untold: bool = False) -> Changes:
        if self.steps:
            await change(self, *self.steps.pop())
        return await super().changes(since, limit=3, with_untold=with_untold)


@settings(max_examples=25)
@given(STEPS.map(lambda steps: [step for step in steps if step[0] != "grow"]))
def test_a_store_that_changes_meanwhile_is_caught_up_with(steps: list[tuple[str, Sequence[int]]]) -> None:
    async def run() -> None:
        store = RestlessStore()
        store.steps = []
        await new_store(store)
        store.steps, fold = list(steps), fold_over(store)
        while store.steps:
            await fold.ready()
        await fold.ready()
        assert fold.state == await expected(store)

    asyncio.run(run())


async def test_what_comes_in_order_undoes_nothing() -> None:
    store, pulse = await new_store(), Pulse()
    fold = fold_over(store, pulse)
    task = asyncio.create_task(fold.run(), name="fold")
    for number in range(30):
        await store.add([document(ANN, 10**13 + number, {"title": "new"})])
        pulse.beat()
        for _ in range(9):
            await asyncio.sleep(0)
    assert fold.state == await expected(store)
    assert (fold.undone, fold.count) == (0, len(await expected(store)))
    assert repr(fold) == f"<Fold over 'places': {fold.count} documents>"
    task.cancel()
    await asyncio.wait([task])


async def test_a_function_that_raises_stops_it() -> None:
    def fail(state: Json, doc: str) -> Json:
        raise KeyError(f"{state} and {doc}")

    fold = Fold(await new_store(), Pulse(), PLACES, start=None, step=fail, read=id_of)
    await fold.run()
    with pytest.raises(ViewError, match="the fold over 'places' stopped: KeyError") as caught:
        await fold.ready()
    assert isinstance(caught.value.__cause__, KeyError)
    assert "stopped" in repr(fold)


async def test_a_log_that_does_not_reach_back_is_no_loss() -> None:
    class ForgetfulStore(MemoryStore):
        forgets = True

        async def changes(self, since: Bookmark | None, *, limit: int, with_untold: bool = False) -> Changes:
            if self.forgets and since != await self.last_change():
                raise CursorError("no longer")
            return await super().changes(since, limit=limit, with_untold=with_untold)

    store = await new_store(forgetful := ForgetfulStore())
    fold = fold_over(store)
    await fold.ready()
    await store.add(RECORDS, removed=[RECORDS[0].id])
    await fold.ready()
    assert fold.state == await expected(store)
    # What was hidden in the stretch that is lost, and is shown later, is not taken for what was folded.
    [first, *_] = await store.find(plan(PLACES, order="time", limit=1, now=NOON))
    await store.mark([first.id], State.HIDDEN, is_set=True)
    await fold.ready()
    forgetful.forgets = False
    assert fold.state == await expected(store)
    await store.mark([first.id], State.HIDDEN, is_set=False)
    await fold.ready()
    assert fold.state == await expected(store)
