"""What this peer alone does not show."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

import peerset
from peerset.core.clock import UnixTime
from peerset.core.record import Record, RecordId
from peerset.core.signal import PeerId
from peerset.errors import StoreError
from peerset.moderation.curtain import KINDS, MUTED, QUARANTINE, RELEASED, Curtain, Hidden
from peerset.moderation.panel import Panel
from peerset.protocol.events import Event, RecordDeleted, RecordHidden, RecordsAdded, RecordsExpired
from peerset.stores.memory import MemoryStore
from tests.protocol.pair import START, key, make_record

# Policies run in a thread, which a jumping clock would not wait for.
pytestmark = pytest.mark.real_time

AUTHOR = key(1).public_key
PEER, SENDER = PeerId("0000peer"), key(9).public_key


@peerset.view("even", version=1)
def even(record: Record) -> str | None:
    """Hide records with an even number."""
    return "even numbers are dull" if int(record.content.split()[1]) % 2 == 0 else None


@peerset.view("broken", version=1)
def broken(record: Record) -> str | None:
    """Raise, always."""
    raise RuntimeError(record.content)


@asynccontextmanager
async def drawn(
    store: MemoryStore, *policies: peerset.Policy, events: list[Event] | None = None
) -> AsyncIterator[Curtain]:
    """Give a curtain at work, with what *store* remembers of earlier ones."""
    notes = {kind: await store.notes(kind) for kind in KINDS}
    told = (events if events is not None else []).append
    curtain = Curtain(store, Panel(policies), notes=notes, on_event=told, key_of={PEER: SENDER}.get)
    work = asyncio.create_task(curtain.run())
    try:
        await curtain.judged()
        yield curtain
    finally:
        curtain.close()
        work.cancel()
        await asyncio.wait([work])
        if not work.cancelled():
            work.result()


async def store_of(*records: Record) -> MemoryStore:
    store = MemoryStore()
    await store.add(records)
    return store


async def bring(store: MemoryStore, curtain: Curtain, record: Record, peer: PeerId | None = None) -> None:
    await store.add([record])
    curtain.take(RecordsAdded(((record, peer),)))
    await curtain.judged()


class Doorkeeper:
    """A view that remembers who brought what."""

    name = "doorkeeper"
    policy_class = peerset.PolicyClass.VIEW
    manifest = peerset.Manifest("doorkeeper", 1)

    def __init__(self) -> None:
        self.seen: list[tuple[str, peerset.PublicKey | None]] = []

    def judge(self, records: Sequence[Record]) -> list[peerset.Verdict]:
        """Is not asked, for there is the other."""
        raise NotImplementedError

    def judge_from(
        self, records: Sequence[Record], senders: Sequence[peerset.PublicKey | None]
    ) -> list[peerset.Verdict]:
        """Accept."""
        self.seen += [(record.content, sender) for record, sender in zip(records, senders, strict=True)]
        return [peerset.Accept() for _ in records]


async def test_a_view_that_asks_is_told_who_brought_each_record() -> None:
    store, doorkeeper = await store_of(make_record(1)), Doorkeeper()
    async with drawn(store, doorkeeper) as curtain:
        await bring(store, curtain, make_record(2), PEER)
        await bring(store, curtain, make_record(3))
        await bring(store, curtain, make_record(4), PeerId("0000gone"))
    assert doorkeeper.seen == [("record 1", None), ("record 2", SENDER), ("record 3", None), ("record 4", None)]


async def test_view_policies_see_what_is_here_and_every_new_record() -> None:
    records = [make_record(number, at=START + number) for number in range(4)]
    store, events = await store_of(*records[:2]), list[Event]()
    async with drawn(store, even, events=events) as curtain:
        for record in records[2:]:
            await bring(store, curtain, record)
        assert [curtain.hides(record) for record in records] == [True, False, True, False]
        assert curtain.quarantine() == [
            Hidden(record.id, record.created_at, "even", "even numbers are dull") for record in records[::2]
        ]
        assert events == [RecordHidden(record.id, "even", "even numbers are dull") for record in records[::2]]
        assert await store.entries() == sorted((record.created_at, record.id) for record in records)


async def test_ephemeral_records_are_not_judged() -> None:
    store = MemoryStore()
    async with drawn(store, even) as curtain:
        await bring(store, curtain, make_record(2, kind=20_001))
        assert curtain.quarantine() == []


async def test_what_was_hidden_or_released_stays_so_after_a_restart() -> None:
    one, two = make_record(2, at=START), make_record(4, at=START + 1)
    store, events = await store_of(one, two), list[Event]()
    async with drawn(store, even) as curtain:
        assert await curtain.release(one.id)
        assert not await curtain.release(one.id)
    async with drawn(store) as curtain:
        assert (curtain.hides(one), curtain.hides(two)) == (False, True)
    async with drawn(store, even, events=events) as curtain:
        assert (curtain.hides(one), curtain.hides(two), events) == (False, True, [])


async def test_a_muted_author_is_hidden_until_unmuted() -> None:
    record, store = make_record(1), MemoryStore()
    async with drawn(store) as curtain:
        await curtain.mute(AUTHOR)
        await curtain.mute(AUTHOR)
    async with drawn(store) as curtain:
        assert (curtain.muted(), curtain.hides(record)) == ([AUTHOR], True)
        await curtain.unmute(AUTHOR)
        assert (curtain.muted(), curtain.hides(record)) == ([], False)
    assert await store.notes(MUTED) == {}


async def test_what_is_gone_is_forgotten() -> None:
    records = [make_record(2 * number, at=START + number) for number in range(4)]
    store = await store_of(*records)
    async with drawn(store, even) as curtain:
        await curtain.release(records[1].id)
        curtain.take(RecordDeleted(records[3].id, RecordId(bytes(32))))
        curtain.take(RecordsExpired(UnixTime(START + 2), 2))
        await curtain.judged()
        assert [hidden.id for hidden in curtain.quarantine()] == [records[2].id]
        assert list(await store.notes(QUARANTINE)) == [records[2].id]
        assert await store.notes(RELEASED) == {}


async def test_a_view_policy_that_breaks_hides_nothing() -> None:
    store = await store_of(make_record(2))
    async with drawn(store, broken) as curtain:
        assert curtain.quarantine() == []


async def test_long_words_of_a_policy_fit_into_a_note() -> None:
    long = peerset.view("wordy", version=1)(lambda _: "\U0001f30d" * 9_999)
    store = await store_of(make_record(2))
    async with drawn(store, long):
        assert len(await store.notes(QUARANTINE)) == 1


async def test_notes_that_make_no_sense_are_left_out() -> None:
    store, good = MemoryStore(), '{"policy": "p", "rule": "", "reason": "r", "created_at": 1}'
    for number, text in enumerate(
        ["no json", "[" * 4_000, "[]", "{}", good.replace("1", '"1"'), good.replace('"r"', "3")]
    ):
        await store.note(QUARANTINE, bytes([number]) * 32, text)
    await store.note(QUARANTINE, b"short", good)
    await store.note(RELEASED, bytes(32), "9" * 17)
    await store.note(RELEASED, b"1" * 32, "soon")
    await store.note(MUTED, b"short", "")
    async with drawn(store) as curtain:
        assert (curtain.quarantine(), curtain.muted()) == ([], [])


class FailingStore(MemoryStore):
    """Fails at what it is told to."""

    failing = ""

    async def entries(self) -> list[tuple[int, bytes]]:
        if self.failing == "entries":
            raise StoreError("no entries")
        return await super().entries()

    async def note(self, kind: str, key: bytes, text: str | None) -> None:
        if self.failing == "note":
            raise StoreError("no notes")
        await super().note(kind, key, text)


async def test_a_store_that_fails_costs_no_more_than_the_note() -> None:
    store, records = FailingStore(), [make_record(2), make_record(4)]
    store.failing = "entries"
    async with drawn(store, even) as curtain:
        store.failing = "note"
        for record in records:
            await bring(store, curtain, record)
            assert curtain.hides(record)
        curtain.take(RecordDeleted(records[0].id, RecordId(bytes(32))))
        await curtain.judged()
        assert len(curtain.quarantine()) == 1
