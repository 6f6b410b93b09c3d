"""The latest refused records: kept, bounded, and there again after a restart."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from peerset.core.clock import UnixTime
from peerset.core.note import NOTE_TEXT_BYTES_MAX
from peerset.core.record import Record, RecordId, sign_record
from peerset.core.rules import Manifest
from peerset.core.verdict import Accept, Reject
from peerset.errors import StoreError
from peerset.moderation.refusals import (
    REFUSALS,
    REFUSALS_BYTES_MAX,
    REFUSALS_MAX,
    SAVE_DELAY_SECONDS,
    Refusal,
    Refusals,
    refusals_of,
)
from peerset.protocol.events import RecordKnown, RecordsAdded, RecordsExpired
from peerset.stores.memory import MemoryStore
from tests.protocol.pair import ROOM, START, key, make_record

LOUD = Manifest("loud", 1)
MANIFESTS = {"loud": LOUD}


def refuse(*records: Record) -> list[Refusal]:
    return refusals_of(records, [Reject("loud", "too loud", "capitals", (0, 6))] * len(records), manifests=MANIFESTS)


def ids_of(refusals: Iterable[Refusal]) -> list[RecordId]:
    return [refusal.record.id for refusal in refusals]


class CountingStore(MemoryStore):
    """Counts what is written, and fails when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0
        self.is_broken = False

    async def note(self, kind: str, key: bytes, text: str | None) -> None:
        if self.is_broken:
            raise StoreError("no notes")
        self.writes += 1
        await super().note(kind, key, text)


async def reopened(store: MemoryStore) -> Refusals:
    return Refusals(store, saved=await store.notes(REFUSALS))


@asynccontextmanager
async def at_work(store: MemoryStore) -> AsyncIterator[Refusals]:
    """Give refusals that are saved as in a room."""
    refusals = await reopened(store)
    work = asyncio.create_task(refusals.notebook.run())
    try:
        yield refusals
    finally:
        work.cancel()
        await asyncio.wait([work])
        await refusals.notebook.aclose()


async def test_a_refused_record_is_kept_with_all_that_explains_it() -> None:
    record, store = make_record(1), MemoryStore()
    async with at_work(store) as refusals:
        refusals.add(refuse(record))
        kept = refusals.get(record.id)
    assert kept == Refusal(record, "loud", LOUD.id, "too loud", "capitals", (0, 6))
    assert (await reopened(store)).latest() == [kept]


async def test_what_was_accepted_or_comes_from_no_policy_in_force_is_not_kept() -> None:
    records = [make_record(1), make_record(2)]
    assert refusals_of(records, [Accept(), Reject("nobody", "no")], manifests=MANIFESTS) == []


@pytest.mark.parametrize(
    ("span", "kept"),
    [((0, 8), (0, 8)), ((0, 9), None), ((5, 4), None), ((-1, 2), None), ("ab", None), ((1.0, 2.0), None), (7, None)],
)
async def test_a_span_that_makes_no_sense_is_left_out(span: Any, kept: tuple[int, int] | None) -> None:
    [refusal] = refusals_of([make_record(1)], [Reject("loud", "no", span=span)], manifests=MANIFESTS)
    assert refusal.span == kept


async def test_what_a_policy_says_is_cut_and_made_text() -> None:
    wild: Any = 7
    verdicts = [Reject("loud", "x" * 10_000, "y" * 10_000), Reject("loud", "\ud800", wild)]
    long, odd = refusals_of([make_record(1), make_record(2)], verdicts, manifests=MANIFESTS)
    assert (len(long.reason), len(long.rule)) == (200, 64)
    assert (odd.reason, odd.rule) == ("?", "")


async def test_the_newest_win_by_count() -> None:
    records = [make_record(number) for number in range(2 * REFUSALS_MAX)]
    async with at_work(MemoryStore()) as refusals:
        refusals.add(refuse(*records))
        kept = ids_of(refusals.latest())
    assert REFUSALS_MAX / 2 < len(kept) <= REFUSALS_MAX
    assert kept == [record.id for record in records][-len(kept) :]


async def test_the_newest_win_by_size() -> None:
    records = [make_record(number, size=60_000) for number in range(8)]
    store = MemoryStore()
    async with at_work(store) as refusals:
        refusals.add(refuse(*records))
        assert sum(len(refusal.record.wire) for refusal in refusals.latest()) <= REFUSALS_BYTES_MAX
        assert ids_of(refusals.latest()) == [record.id for record in records[-4:]]
    assert ids_of((await reopened(store)).latest()) == [record.id for record in records[-4:]]


async def test_a_flood_of_ten_thousand_costs_few_writes() -> None:
    record, store = make_record(1), CountingStore()
    flood = [replace_content(record, number) for number in range(10_000)]
    async with at_work(store) as refusals:
        for start in range(0, len(flood), 100):
            refusals.add(refuse(*flood[start : start + 100]))
        await asyncio.sleep(2 * SAVE_DELAY_SECONDS)
        assert 0 < store.writes <= 100
        refusals.add(refuse(*flood))
    assert store.writes <= 200
    assert len((await reopened(store)).latest()) > REFUSALS_MAX / 2


def replace_content(record: Record, number: int) -> Record:
    return sign_record(
        key(1), created_at=UnixTime(START + number), kind=1078, tags=[["h", ROOM.tag.hex()]], content="x" * 200
    )


async def test_one_more_refusal_costs_one_write() -> None:
    store = CountingStore()
    async with at_work(store) as refusals:
        refusals.add(refuse(*(make_record(number) for number in range(50))))
    async with at_work(store) as refusals:
        before = store.writes
        refusals.add(refuse(make_record(99)))
        refusals.add(refuse(make_record(99)))
    assert store.writes <= before + 1 + 1
    assert len((await reopened(store)).latest()) == 51


async def test_opening_and_closing_writes_nothing() -> None:
    store = CountingStore()
    async with at_work(store) as refusals:
        refusals.add(refuse(*(make_record(number, size=number * 300) for number in range(20))))
    before = store.writes
    async with at_work(store):
        pass
    assert store.writes == before


async def test_they_are_saved_soon_without_waiting_for_the_end() -> None:
    store = MemoryStore()
    async with at_work(store) as refusals:
        refusals.add(refuse(make_record(1)))
        await asyncio.sleep(2 * SAVE_DELAY_SECONDS)
        assert ids_of((await reopened(store)).latest()) == [make_record(1).id]


async def test_a_record_that_becomes_a_member_after_all_is_let_go() -> None:
    one, two, store = make_record(1), make_record(2), MemoryStore()
    async with at_work(store) as refusals:
        refusals.add(refuse(one, two))
        refusals.take(RecordsAdded(((one, None),)))
        refusals.take(RecordKnown(two.id))
        assert ids_of(refusals.latest()) == [two.id]
    assert ids_of((await reopened(store)).latest()) == [two.id]


async def test_what_its_author_deletes_is_let_go_and_what_a_stranger_deletes_is_not() -> None:
    one, two = make_record(1), make_record(2, author=2)
    tags = [["h", ROOM.tag.hex()], ["e", one.id.hex()], ["e", two.id.hex()]]
    deletion = sign_record(key(1), created_at=START, kind=5, tags=tags, content="")
    async with at_work(MemoryStore()) as refusals:
        refusals.add(refuse(one, two))
        refusals.take(RecordsAdded(((deletion, None),)))
        assert ids_of(refusals.latest()) == [two.id]


async def test_what_grew_too_old_is_let_go() -> None:
    records = [make_record(number, at=START + number) for number in range(4)]
    async with at_work(MemoryStore()) as refusals:
        refusals.add(refuse(*records))
        refusals.take(RecordsExpired(UnixTime(START + 2), 0))
        assert ids_of(refusals.latest()) == [record.id for record in records[2:]]


async def test_letting_all_go_leaves_no_notes() -> None:
    store = MemoryStore()
    async with at_work(store) as refusals:
        refusals.add(refuse(make_record(1, size=9_000), make_record(2)))
    assert len(await store.notes(REFUSALS)) > 2
    async with at_work(store) as refusals:
        refusals.forget(ids_of(refuse(make_record(1, size=9_000), make_record(2), make_record(3))))
    assert await store.notes(REFUSALS) == {}


async def test_a_store_that_fails_is_tried_again() -> None:
    store = CountingStore()
    async with at_work(store) as refusals:
        store.is_broken = True
        refusals.add(refuse(make_record(1)))
        await asyncio.sleep(2 * SAVE_DELAY_SECONDS)
        store.is_broken = False
        refusals.add(refuse(make_record(2)))
        await asyncio.sleep(2 * SAVE_DELAY_SECONDS)
        assert len((await reopened(store)).latest()) == 2
        store.is_broken = True
        refusals.add(refuse(make_record(3)))
    assert len((await reopened(store)).latest()) == 2


async def test_notes_that_make_no_sense_are_left_out_and_cleared_away() -> None:
    store = MemoryStore()
    async with at_work(store) as refusals:
        refusals.add(refuse(make_record(1), make_record(2, size=9_000)))
    [(first, good), (second, begins), *_] = sorted((await store.notes(REFUSALS)).items())
    nonsense = [
        "",
        "no json",
        "[" * 4_000,
        "[]",
        "{}",
        good.replace('"too loud"', "3"),
        good.replace(LOUD.id.hex(), "00"),
    ]
    for number, text in enumerate(nonsense):
        await store.note(REFUSALS, (100 + number).to_bytes(8) + b"\0", text)
    await store.note(REFUSALS, b"short", good)
    await store.note(REFUSALS, b"\xff" * 9, good)
    await store.note(REFUSALS, second, begins[:-1] + "!")
    assert len(begins) == NOTE_TEXT_BYTES_MAX
    async with at_work(store) as refusals:
        assert ids_of(refusals.latest()) == [make_record(1).id]
    assert list(await store.notes(REFUSALS)) == [first]


async def test_a_record_that_its_author_did_not_sign_is_left_out() -> None:
    record, store = make_record(1), MemoryStore()
    other = make_record(2)
    forged = Record(
        record.id, record.author, record.created_at, record.kind, record.tags, record.content, other.signature,
        record.wire.replace(record.signature, other.signature),
    )  # fmt: skip
    async with at_work(store) as refusals:
        refusals.add(refuse(forged))
    assert (await reopened(store)).latest() == []


async def test_more_than_is_kept_today_is_cut_when_it_is_read() -> None:
    store = MemoryStore()
    for start in (0, REFUSALS_MAX):
        part = MemoryStore()
        async with at_work(part) as refusals:
            refusals.add(refuse(*(make_record(number) for number in range(start, start + REFUSALS_MAX))))
        for note, text in (await part.notes(REFUSALS)).items():
            await store.note(REFUSALS, (int.from_bytes(note[:8]) + start).to_bytes(8) + note[8:], text)
    assert len((await reopened(store)).latest()) <= REFUSALS_MAX
