"""Folds go on where an earlier process stopped."""

from pathlib import Path

import pytest

import peerset
from peerset.core.action import Json
from peerset.data.doc import Doc
from peerset.data.fold_keeping import KEPT_DOCUMENTS, KIND, FoldKeeping
from peerset.data.foldline import Checkpoint
from peerset.documents.change import Bookmark
from peerset.documents.order import Seat
from peerset.stores.memory import MemoryStore
from peerset.testing.sample_documents import ANN, document
from tests.data.places import alone, foreign

RECORD = document(ANN, 1, {"title": "x"})
HERE = Checkpoint(300, Seat((), 5, RECORD.id), "[1]")
SINCE = Bookmark(7, 8, 9)


async def test_what_was_kept_is_given_to_the_same_fold_alone() -> None:
    store = MemoryStore()
    keeping = FoldKeeping(store, "total", 1, b"digest")
    assert await keeping.load() is None
    await keeping.save(HERE, SINCE)
    await keeping.save(Checkpoint(0, None, "[]"), SINCE)
    assert await FoldKeeping(store, "total", 1, b"digest").load() == (HERE, SINCE)
    for name, version, digest in (("other", 1, b"digest"), ("total", 2, b"digest"), ("total", 1, b"other")):
        assert await FoldKeeping(store, name, version, digest).load() is None
    for text in ("", "5", "[1,2]", '[1,"646967657374","no bookmark",1,2,"00","[]"]'):
        await store.note(KIND, b"total", text)
        assert await FoldKeeping(store, "total", 1, b"digest").load() is None


async def test_it_is_kept_now_and_then_and_what_no_note_can_hold_is_not(caplog: pytest.LogCaptureFixture) -> None:
    store = MemoryStore()
    keeping = FoldKeeping(store, "total", 1, b"digest")
    assert [keeping.is_due(count) for count in (0, 1, KEPT_DOCUMENTS - 1, KEPT_DOCUMENTS)] == [
        False,
        False,
        False,
        True,
    ]
    await keeping.save(HERE, SINCE)
    assert [keeping.is_due(count) for count in (299, 300, 555, 556)] == [True, False, False, True]
    assert caplog.messages == []
    for count in (600, 900):
        await keeping.save(Checkpoint(count, HERE.seat, "x" * 5_000), SINCE)
    [said] = caplog.messages
    assert said.startswith("the fold 'total' is not kept, and made anew after a restart: ")
    assert await FoldKeeping(store, "total", 1, b"digest").load() == (HERE, SINCE)


@pytest.mark.real_time
async def test_a_room_folds_what_is_new_alone_and_what_comes_late(tmp_path: Path) -> None:
    steps = 0

    def step(state: Json, doc: Doc[Json]) -> Json:
        nonlocal steps
        steps += 1
        assert isinstance(state, int)
        assert isinstance(doc.value, dict)
        return state * 3 % 1_000_003 + int(str(doc.value["n"]))

    options = {"store": f"sqlite:{tmp_path / 'room.db'}", "key": str(tmp_path / "me.key")}
    async with alone(**options) as room:
        numbers = room.collection("numbers")
        batch = room.batch()
        for number in range(KEPT_DOCUMENTS + 20):
            batch.add(numbers, {"n": number})
        await batch.commit()
        fold = room.fold(numbers, 0, step, name="total")
        await fold.ready()
        assert (fold.settled, fold.count, steps) == (0, KEPT_DOCUMENTS + 20, KEPT_DOCUMENTS + 20)
        with pytest.raises(peerset.ConfigError, match="there is a fold 'total' already"):
            room.fold(numbers, 0, step, name="total")
        state = fold.state
    steps = 0
    async with alone(**options) as room:
        numbers = room.collection("numbers")
        fold = room.fold(numbers, 0, step, name="total")
        await fold.ready()
        assert (fold.state, fold.count, steps) == (state, KEPT_DOCUMENTS + 20, 0)
        await numbers.add({"n": 5})
        await fold.ready()
        assert steps == 1
        anew = room.fold(numbers, 0, step)
        await anew.ready()
        assert fold.state == anew.state
        first = await anext(aiter(numbers.all(order="time")))
        late = foreign(room, '{"n":7}', tags=[("c", "numbers")], at=first.stamp / 1e6 - 1)
        await room.add(late)
        await fold.ready()
        await anew.ready()
        assert (fold.state, fold.count) == (anew.state, KEPT_DOCUMENTS + 22)
    steps = 0
    async with alone(**options) as room:
        fold = room.fold(room.collection("numbers"), 0, step, name="total", version=2)
        await fold.ready()
        assert steps == KEPT_DOCUMENTS + 22


async def test_a_fold_that_cannot_be_meant_is_refused() -> None:
    async with alone() as room:
        numbers = room.collection("numbers")
        for wrong in ({"name": "Bad Name"}, {"name": "a", "version": -1}, {"name": "a", "version": True}):
            with pytest.raises(peerset.ConfigError):
                room.fold(numbers, 0, lambda state, doc: state, **wrong)
