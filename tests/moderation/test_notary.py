"""Receipts are written sparingly, once, and never of what could not be proven."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

import peerset
from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.key_signer import KeySigner
from peerset.core.receipt import KIND_RECEIPT, Fate, Receipt, hash_group, receipt_of, sign_receipt
from peerset.core.record import Record, RecordId
from peerset.core.rules import Manifest
from peerset.core.verdict import FAILED, Reject, Seat
from peerset.errors import RejectedError, StoreError
from peerset.moderation.notary import CASES_WAITING_MAX, MINUTE_SECONDS, RECEIPTS_PER_MINUTE_MAX, Notary
from peerset.moderation.panel import Panel
from peerset.moderation.refusals import Refusal, refusals_of
from peerset.moderation.shadows import Shadows
from peerset.ports import SetRule
from peerset.protocol.events import RecordKnown, RecordsAdded
from peerset.stores.memory import MemoryStore
from tests.protocol.pair import ROOM, START, key, make_record
from tests.testing.policies import Newest

LOUD = Manifest("loud", 1)
ME = key(9)


@dataclass
class Office:
    """A notary, its room, and what it wrote, with the time of each."""

    notary: Notary
    store: MemoryStore
    shadows: Shadows
    panel: Panel
    written: list[tuple[float, Record]] = field(default_factory=list)
    answer: Exception | None = None
    """What publishing raises."""

    @property
    def receipts(self) -> list[Receipt]:
        return [receipt_of(record) for _, record in self.written]

    async def publish(self, record: Record) -> None:
        self.written.append((asyncio.get_running_loop().time(), record))
        if self.answer is not None:
            raise self.answer
        await self.store.add([record])
        self.join(record)

    async def add(self, *records: Record) -> None:
        """Let new members in."""
        await self.store.add(records)
        for record in records:
            self.join(record)

    def join(self, record: Record) -> None:
        self.shadows.add([record])
        self.notary.take(RecordsAdded(((record, None),)))


def now() -> Moment:
    seconds = asyncio.get_running_loop().time()
    return Moment(Monotonic(seconds), UnixTime(START + int(seconds)))


@asynccontextmanager
async def opened(*rules: SetRule, store: MemoryStore | None = None) -> AsyncIterator[Office]:
    """Give an office at work, for a room with *rules*."""
    held, shadows, panel = store or MemoryStore(), Shadows(rules), Panel([])
    offices: list[Office] = []
    notary = Notary(
        held,
        shadows,
        panel,
        signer=KeySigner(ME),
        room_tag=ROOM.tag,
        now=now,
        publish=lambda record: offices[0].publish(record),
    )
    offices.append(Office(notary, held, shadows, panel))
    work = asyncio.create_task(notary.run())
    try:
        yield offices[0]
    finally:
        work.cancel()
        await asyncio.wait([work])
        if not work.cancelled():
            work.result()


def refuse(*records: Record, rule: str = "capitals") -> list[Refusal]:
    return refusals_of(records, [Reject("loud", "too loud", rule)] * len(records), manifests={"loud": LOUD})


async def test_a_refusal_gives_a_signed_receipt() -> None:
    async with opened() as office:
        office.notary.consider(refuse(make_record(1)))
        await asyncio.sleep(1)
        [(_, record)] = office.written
    assert office.receipts == [Receipt(make_record(1).id, "loud", LOUD.id, Fate.REFUSED, "capitals")]
    assert (record.author, record.room_tag, record.created_at) == (ME.public_key, ROOM.tag, START)
    assert record.has_valid_signature()


async def test_a_shadowing_gives_a_receipt_that_names_the_group() -> None:
    old, new = make_record(1, at=START), make_record(2, at=START + 1)
    async with opened(Newest()) as office:
        await office.add(old, new)
        await asyncio.sleep(1)
    expected = Receipt(old.id, "newest", Newest.manifest.id, Fate.SHADOWED, group=hash_group([old.id, new.id]))
    assert office.receipts == [expected]


async def test_within_any_minute_there_are_only_so_many() -> None:
    async with opened() as office:
        for start in range(0, 60, 7):
            office.notary.consider(refuse(*(make_record(number) for number in range(start, start + 7))))
            await asyncio.sleep(11)
        await asyncio.sleep(3_600)
    times = [at for at, _ in office.written]
    assert len(times) == 63
    assert all(
        later - earlier >= MINUTE_SECONDS
        for earlier, later in zip(times, times[RECEIPTS_PER_MINUTE_MAX:], strict=False)
    )


async def test_a_flood_of_refusals_gives_a_bounded_number() -> None:
    flood = refuse(*(make_record(number) for number in range(3 * CASES_WAITING_MAX)))
    async with opened() as office:
        office.notary.consider(flood)
        await asyncio.sleep(36_000)
        assert len(office.written) == CASES_WAITING_MAX


async def test_a_flood_of_shadowed_records_gives_a_bounded_number() -> None:
    async with opened(Newest()) as office:
        await office.add(*(make_record(number, at=START + number) for number in range(3 * CASES_WAITING_MAX)))
        await asyncio.sleep(36_000)
        assert len(office.written) == CASES_WAITING_MAX


async def test_no_record_gets_two_receipts_even_after_a_restart() -> None:
    store = MemoryStore()
    for _ in range(2):
        async with opened(Newest(), store=store) as office:
            for _ in range(2):
                office.notary.consider(refuse(make_record(5, author=2)))
                await office.add(make_record(1, at=START), make_record(2, at=START + 1))
                await asyncio.sleep(1_000)
    records = await store.query(peerset.Filter(kinds=frozenset([KIND_RECEIPT])))
    assert len(records) == 2


async def test_the_limit_of_a_minute_holds_over_a_restart() -> None:
    store = MemoryStore()
    for number in range(RECEIPTS_PER_MINUTE_MAX):
        receipt = Receipt(make_record(number).id, "loud", LOUD.id, Fate.REFUSED)
        await store.add([sign_receipt(ME, receipt, room_tag=ROOM.tag, created_at=UnixTime(START - 20))])
    async with opened(store=store) as office:
        office.notary.consider(refuse(make_record(99)))
        await asyncio.sleep(36_000)
    assert [at for at, _ in office.written] == [pytest.approx(40, abs=1)]


async def test_nothing_is_written_of_receipts_of_our_own_records_or_by_a_broken_policy() -> None:
    theirs = sign_receipt(
        key(2), Receipt(RecordId(bytes(32)), "loud", LOUD.id, Fate.REFUSED), room_tag=ROOM.tag, created_at=START
    )
    newer = make_record(3, author=2, at=START + 1)
    ours = make_record(4, author=9)
    async with opened(Newest()) as office:
        office.notary.consider(refuse(theirs, ours))
        office.notary.consider(refuse(make_record(1), rule=FAILED))
        await office.add(theirs, newer, ours, make_record(5, author=9, at=START + 2))
        office.notary.take(RecordKnown(newer.id))
        await asyncio.sleep(1_000)
    assert office.written == []


async def test_nothing_is_said_in_the_name_of_a_policy_that_does_not_keep_its_word() -> None:
    class Broken(Newest):
        def keep(self, group: Sequence[Seat]) -> frozenset[RecordId]:
            if len(group) > 2:
                raise ZeroDivisionError
            return super().keep(group)

    async with opened(Broken()) as office:
        office.panel.complaints["loud"] = "gave other verdicts when asked again"
        office.notary.consider(refuse(make_record(1, author=3)))
        await office.add(*(make_record(number, at=START + number) for number in range(2)))
        office.shadows.complaints["newest"] = "raised"
        await asyncio.sleep(1_000)
    assert office.written == []


async def test_what_is_shown_again_or_gone_meanwhile_gets_no_receipt() -> None:
    old, new = make_record(1, at=START), make_record(2, at=START + 1)
    gone, rival = make_record(3, author=2, at=START), make_record(4, author=2, at=START + 1)
    async with opened(Newest()) as office:
        office.notary.consider(refuse(*(make_record(number, author=3) for number in range(RECEIPTS_PER_MINUTE_MAX))))
        await asyncio.sleep(1)
        await office.add(old, new, gone, rival)
        await asyncio.sleep(1)
        office.shadows.remove(new.id)
        await office.store.purge([gone.id])
        await asyncio.sleep(1_000)
    assert {receipt.fate for receipt in office.receipts} == {Fate.REFUSED}


@pytest.mark.parametrize("error", [RejectedError("words: no"), StoreError("full")])
async def test_a_receipt_that_is_refused_or_cannot_be_saved_is_not_tried_again(error: Exception) -> None:
    async with opened() as office:
        office.answer = error
        office.notary.consider(refuse(make_record(1)))
        await asyncio.sleep(1)
        office.notary.consider(refuse(make_record(1)))
        await asyncio.sleep(1)
        assert len(office.written) == 1


async def test_a_store_that_cannot_say_what_was_written_gives_no_receipts(caplog: pytest.LogCaptureFixture) -> None:
    class Unreadable(MemoryStore):
        async def query(self, query: peerset.Filter) -> list[Record]:
            raise StoreError("no queries")

    with caplog.at_level(logging.WARNING, "peerset.moderation.notary"):
        async with opened(store=Unreadable()) as office:
            office.notary.consider(refuse(make_record(1)))
            await asyncio.sleep(1)
            assert office.written == []
    assert "no receipts are written" in caplog.text
