"""What expires while readers look."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from peerset.core.clock import UnixTime
from peerset.core.limits import EXPIRATIONS_AWAITED_MAX
from peerset.core.receipt import Fate
from peerset.core.record import Record, RecordId, sign_record
from peerset.moderation.explanation import EXPIRATION
from peerset.protocol.events import Event, RecordDeleted, RecordHidden, RecordsAdded
from peerset.room.expirations import LOOK_SECONDS_MAX, Expirations
from tests.patience import PATIENT_SECONDS
from tests.protocol.pair import START, key
from tests.room.test_room import pair

AUTHOR = key(1).public_key


class Reader:
    """Is told what expires, by a clock that goes with the loop's from `START` on."""

    def __init__(self) -> None:
        self._begun = asyncio.get_running_loop().time()
        self.ahead = 0
        """By how many seconds the clock was set."""
        self.told: list[tuple[int, RecordId]] = []
        """After how many seconds, and of what."""
        self.expirations = Expirations(self.now, self._take)

    def now(self) -> UnixTime:
        return UnixTime(START + int(asyncio.get_running_loop().time() - self._begun) + self.ahead)

    def _take(self, event: Event) -> None:
        assert isinstance(event, RecordHidden)
        assert event.policy == EXPIRATION
        self.told.append((self.now() - START, event.id))


@asynccontextmanager
async def reading() -> AsyncIterator[Reader]:
    reader = Reader()
    running = asyncio.create_task(reader.expirations.run())
    yield reader
    running.cancel()
    await asyncio.wait([running])


def expiring(*ats: int) -> list[Record]:
    return [_expiring(at, number) for number, at in enumerate(ats)]


def _expiring(at: int, number: int) -> Record:
    tags = [["expiration", str(START + at)]]
    return sign_record(key(1), created_at=UnixTime(START - 9), kind=1, tags=tags, content=str(number))


def added(records: Sequence[Record]) -> RecordsAdded:
    return RecordsAdded(tuple((record, None) for record in records))


async def test_each_is_told_when_it_is_due_whatever_came_first() -> None:
    later, soon, over = expiring(500, 5, -3)
    never = sign_record(key(1), created_at=UnixTime(START), kind=1, tags=[], content="")
    async with reading() as reader:
        reader.expirations.take(added([later, never]))
        await asyncio.sleep(1)
        assert reader.told == []
        reader.expirations.expect([soon, soon, later])
        reader.expirations.take(added([over]))
        await asyncio.sleep(2)
        assert reader.told == [(1, over.id)]
        await asyncio.sleep(600)
        assert reader.told == [(1, over.id), (5, soon.id), (500, later.id)]


async def test_what_was_deleted_is_not_told_of() -> None:
    gone, left = expiring(5, 6)
    async with reading() as reader:
        reader.expirations.expect([gone, left])
        reader.expirations.take(RecordDeleted(gone.id, left.id))
        await asyncio.sleep(9)
        assert reader.told == [(6, left.id)]


async def test_a_clock_that_is_set_ahead_is_noticed() -> None:
    (record,) = expiring(86_400)
    async with reading() as reader:
        reader.expirations.expect([record])
        await asyncio.sleep(1)
        assert not reader.expirations.hides(record)
        reader.ahead = 86_400
        assert reader.expirations.hides(record)
        await asyncio.sleep(LOOK_SECONDS_MAX + 1)
        assert [record_id for _, record_id in reader.told] == [record.id]


async def test_of_too_many_the_first_to_expire_are_awaited() -> None:
    first, last = expiring(9, 11)
    async with reading() as reader:
        reader.expirations.expect([last, *map(_due_at_ten, range(EXPIRATIONS_AWAITED_MAX)), first])
        await asyncio.sleep(20)
        assert len(reader.told) == EXPIRATIONS_AWAITED_MAX
        assert reader.told[0] == (9, first.id)
        assert {at for at, _ in reader.told[1:]} == {10}


def _due_at_ten(number: int) -> Record:
    """Make a record that nobody signed, which would take long for so many."""
    tags = (("expiration", str(START + 10)),)
    record_id = RecordId(number.to_bytes(32, "big"))
    return Record(record_id, AUTHOR, UnixTime(START), 1, tags, "", b"", b"expiration")


@pytest.mark.real_time
async def test_peers_with_one_clock_see_alike_and_hold_alike() -> None:
    async with pair() as (one, two):
        hidden = [room.events(RecordHidden) for room in (one, two)]
        kept = await one.publish("stays")
        soon = int(time.time()) + 3
        gone = await one.publish("goes", tags={"expiration": str(soon)})
        async with asyncio.timeout(PATIENT_SECONDS):
            told = [await anext(stream) for stream in hidden]
        assert time.time() >= soon
        assert told == [RecordHidden(gone.id, EXPIRATION, "it has expired")] * 2
        for room in (one, two):
            assert await room.records() == [kept]
            assert {record.id for record in await room.members()} == {gone.id, kept.id}
            explained = await room.moderation.explain(gone.id)
            assert explained is not None
            assert (explained.policy, explained.fate) == (EXPIRATION, Fate.HIDDEN)
        assert one.root == two.root
