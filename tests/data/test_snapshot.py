"""All documents as they stood at one moment, while others write."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import peerset
from peerset.core.action import Json
from peerset.core.record import Record
from peerset.data import snapshot
from peerset.data.facts import Facts
from peerset.data.snapshot import Snapshot
from peerset.documents.document import row_of
from peerset.documents.order import Seat
from peerset.documents.plan import Plan, plan
from peerset.errors import CursorError
from peerset.stores.memory import MemoryStore
from peerset.testing.sample_documents import ANN, PLACES, document
from tests.data.places import alone, everything, values

ORDERS = ("time", "-time", "key", ["city", "-stars"])
STEPS = st.lists(st.tuples(st.sampled_from(["add", "put", "remove"]), st.integers(0, 5)), max_size=4)


def place(number: int, city: str) -> Json:
    return {"title": f"n{number}", "city": city, "stars": number % 5}


def seat_in(asked: Plan) -> Callable[[Record], Seat]:
    def seat_of(record: Record) -> Seat:
        row = row_of(PLACES, record)
        assert row is not None
        return Facts(PLACES, record, row).seat(asked.order)

    return seat_of


class Writer:
    """Writes into a store what is asked for by small numbers."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._here: list[Record] = []
        self._count = 0

    async def write(self, what: str, number: int) -> None:
        self._count += 1
        if what == "remove":
            gone = [self._here.pop(number % len(self._here))] if self._here else []
            await self._store.add([], removed=[record.id for record in gone])
            return
        value = place(self._count, "ab"[number % 2])
        record = document(ANN, self._count, value, key=f"k{number}" if what == "put" else None)
        self._here.append(record)
        await self._store.add([record])


@given(STEPS.map(lambda steps: steps * 4), st.lists(STEPS, max_size=8), st.sampled_from(ORDERS), st.booleans())
def test_whatever_is_written_meanwhile_all_of_the_beginning_is_given_once(
    before: list[tuple[str, int]], meanwhile: list[list[tuple[str, int]]], order: Any, is_narrow: bool
) -> None:
    async def run() -> None:
        store = MemoryStore()
        await store.define([PLACES], span_seconds=86_400)
        writer = Writer(store)
        for step in before:
            await writer.write(*step)
        asked = plan(PLACES, {"city": "a"} if is_narrow else None, order=order, limit=2, now=0)
        expected = [record.id for record in await store.find(replace(asked, limit=1_000))]
        parts = iter(meanwhile)

        async def find(part: Plan) -> list[Record]:
            found = await store.find(part)
            # It is written after a page was read and before the log is, and before the next page.
            for step in next(parts, ()):
                await writer.write(*step)
            return found

        given = []
        async for records in Snapshot(store, PLACES, asked, find=find, seat_of=seat_in(asked)).pages():
            given += [record.id for record in records]
            for step in next(parts, ()):
                await writer.write(*step)
        here = {record_id for _, record_id in await store.entries()}
        assert len(given) == len(set(given))
        assert [each for each in given if each in here] == [each for each in expected if each in here]
        assert set(given) <= set(expected)

    asyncio.run(run())


async def test_what_is_replaced_and_added_meanwhile_is_neither_lost_nor_given_twice() -> None:
    async with alone() as room:
        notes: peerset.Collection[Any] = room.collection("notes")
        batch = room.batch()
        for number in range(400):
            batch.put(notes, f"k{number:04}", number)
        await batch.commit()
        for start in (400, 800, 1_200):
            batch = room.batch()
            for number in range(start, start + 400):
                batch.put(notes, f"k{number:04}", number)
            await batch.commit()
        seen = []
        async for doc in notes.all(order="time"):
            if doc.value == 3:
                await notes.put("k1500", "ahead, now behind")
                await notes.put("k0001", "given already, now ahead")
                await notes.delete("k1501")
                await notes.add("new")
            seen.append(doc.value)
        assert seen == list(range(1_600))
        assert len(await everything(notes.all())) == 1_600
        assert values(await notes.find({"key": "k1500"})) == ["ahead, now behind"]


async def test_what_is_deleted_or_muted_meanwhile_is_left_out() -> None:
    async with alone() as room:
        notes: peerset.Collection[Any] = room.collection("notes")
        batch = room.batch()
        for number in range(500):
            batch.add(notes, number)
        first = await batch.commit()
        for _ in range(2):
            batch = room.batch()
            for number in range(500):
                batch.add(notes, number)
            last = await batch.commit()
        count = 0
        async for _ in notes.all(order="time"):
            if not count:
                await notes.remove(last[-1])
                await notes.remove(first[0])
            count += 1
        assert count == 1_499


async def test_what_is_written_ahead_is_kept_apart_up_to_a_limit_and_nothing_else_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(snapshot, "SNAPSHOT_CHANGES_MAX", 3)
    store = MemoryStore()
    await store.define([PLACES], span_seconds=86_400)
    await store.add([document(ANN, number, place(number, "a")) for number in range(100, 110)])
    asked = plan(PLACES, {"city": "a"}, order="time", limit=2, now=0)
    pages = Snapshot(store, PLACES, asked, find=store.find, seat_of=seat_in(asked)).pages()
    count = len(await anext(pages))
    behind = [document(ANN, number, place(number, "a")) for number in range(20)]
    others = [document(ANN, number, place(number, "b")) for number in range(200, 220)]
    gone = [document(ANN, number, place(number, "a")) for number in range(300, 320)]
    await store.add([*behind, *others, *gone])
    await store.add([], removed=[each.id for each in gone])
    await store.add([document(ANN, number, place(number, "a")) for number in range(400, 403)])
    for _ in range(4):
        count += len(await anext(pages))
    assert count == 10
    pages = Snapshot(store, PLACES, asked, find=store.find, seat_of=seat_in(asked)).pages()
    await anext(pages)
    await store.add([document(ANN, number, place(number, "a")) for number in range(500, 504)])
    with pytest.raises(CursorError, match="more than 3 documents"):
        await anext(pages)
