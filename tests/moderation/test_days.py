"""Rules about days look at the days that sums name, and come to the same as if they looked at all."""

import asyncio
import random
from collections.abc import Sequence
from itertools import groupby

import pytest

import peerset
from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.day_sum import sums_of
from peerset.core.filter import Filter
from peerset.core.record import Record, RecordId, sign_record
from peerset.core.signal import RoomName
from peerset.errors import StoreError
from peerset.moderation.days import TAKEN_AT_ONCE, Days, Opener
from peerset.moderation.shadows import Shadows
from peerset.stores.memory import MemoryStore
from peerset.testing.memory import MemorySwarm
from peerset_moderation.budget import BYTES_MIN, BudgetRule
from tests.protocol.pair import START, key, make_record

TODAY = START // DAY_SECONDS
RULE = BudgetRule(author=BYTES_MIN, room=2 * BYTES_MIN)
SPEC = f"budget:author={BYTES_MIN},room={2 * BYTES_MIN}"


def large(number: int, *, author: int = 1, days_ago: int = 0) -> Record:
    return make_record(number, author=author, at=START - days_ago * DAY_SECONDS, size=20_000)


class Shelf:
    """Records by day, and which days were read."""

    def __init__(self, *records: Record) -> None:
        self.records = {record.id: record for record in records}
        self.read: list[int] = []
        self.is_broken = False

    async def load(self, day: int) -> Sequence[Record]:
        self.read.append(day)
        await asyncio.sleep(1)
        if self.is_broken:
            raise StoreError("broken")
        return [record for record in self.records.values() if record.created_at // DAY_SECONDS == day]


def begun(records: Sequence[Record], shelf: Shelf) -> Shadows:
    """Give the shadows of a room that begins with *records*, of several days."""
    shadows = Shadows([RULE], load=shelf.load)
    for _, of_day in groupby(sums_of(records), key=lambda one: one.day):
        shadows.begin(list(of_day))
    return shadows


def test_a_day_is_due_once_when_an_author_or_all_wrote_more_than_fits() -> None:
    days = Days([RULE])
    days.begin(sums_of([large(number, days_ago=1) for number in range(4)]))
    assert days.has_due
    assert days.open_next() == TODAY - 1
    assert not days.has_due
    for number in range(4):
        assert not days.has_due
        days.add([large(number)])
    assert days.has_due
    days.add([large(5)])
    assert days.open_next() == TODAY
    assert not days.has_due
    opened = [days.is_opened(large(9, days_ago=ago)) for ago in range(3)]
    assert opened == [True, True, False]
    days.put_back(TODAY)
    assert days.has_due
    assert not days.is_opened(large(9))
    days.forget_before(START + DAY_SECONDS)
    assert not days.has_due
    assert not days.is_opened(large(9, days_ago=1))


def test_many_authors_fill_a_day_together() -> None:
    days = Days([RULE])
    for author in range(1, 7):
        days.add([large(author, author=author)])
        assert not days.has_due
    days.add([large(7, author=7)])
    assert days.has_due


def test_a_rule_that_breaks_looks_at_every_day() -> None:
    class Broken(BudgetRule):
        def fits(self, author: peerset.DaySum, whole: peerset.DaySum) -> bool:
            raise ZeroDivisionError

    days = Days([Broken()])
    days.add([make_record()])
    assert days.has_due


@pytest.mark.parametrize("seed", range(10))
async def test_what_is_shadowed_is_the_same_as_when_all_is_looked_at(seed: int) -> None:
    rng = random.Random(seed)
    records = [large(n, author=rng.randrange(1, 4), days_ago=rng.randrange(3)) for n in range(25)]
    shelf = Shelf(*records[:10])
    sparing, whole = begun(records[:10], shelf), Shadows([RULE])
    whole.add(records[:10])
    await sparing.opener.settle()
    for place, record in enumerate(records[10:]):
        shelf.records[record.id] = record
        for shadows in (sparing, whole):
            shadows.add([record])
        if place % 5 == 4:
            gone = rng.choice(list(shelf.records))
            del shelf.records[gone]
            for shadows in (sparing, whole):
                shadows.remove(gone)
        if rng.random() < 0.5:
            await sparing.opener.settle()
    await sparing.opener.settle()
    for record in shelf.records.values():
        assert sparing.shadowing(record.id) == whole.shadowing(record.id)
    assert any(whole.shadowing(record.id) for record in shelf.records.values())
    assert len(shelf.read) == len(set(shelf.read)) <= 3


async def test_what_comes_and_goes_while_a_day_is_read_is_not_missed() -> None:
    records = [large(number) for number in range(8)]
    shelf = Shelf(*records[:6])
    shadows = begun(records[:6], shelf)
    reading = asyncio.create_task(shadows.opener.settle())
    await asyncio.sleep(0.5)
    shadows.remove(records[0].id)
    shadows.add(records[6:])
    await reading
    assert shadows.group_of(records[1].id) == {record.id for record in records[1:]}


async def test_others_have_their_turn_while_a_large_day_is_taken() -> None:
    records = [large(number) for number in range(2 * TAKEN_AT_ONCE + 1)]
    shadows = begun(records, Shelf(*records))
    seen: set[int] = set()

    async def watch() -> None:
        await asyncio.sleep(1)
        for _ in range(10):
            seen.add(len(shadows.group_of(records[0].id)))
            if TAKEN_AT_ONCE in seen:
                shadows.remove(records[-1].id)
            await asyncio.sleep(0)

    await asyncio.gather(shadows.opener.settle(), watch())
    assert TAKEN_AT_ONCE in seen
    assert shadows.group_of(records[0].id) == {record.id for record in records[:-1]}


async def test_a_day_that_cannot_be_read_is_read_later() -> None:
    records = [large(number) for number in range(6)]
    shelf = Shelf(*records)
    shelf.is_broken = True
    shadows = begun(records, shelf)
    with pytest.raises(StoreError):
        await shadows.opener.settle()
    shelf.is_broken = False
    await shadows.opener.settle()
    assert shadows.has_groups


async def test_who_waits_for_days_that_another_reads_waits_until_they_are_read() -> None:
    days, taken = Days([RULE]), list[Record]()
    days.begin(sums_of([large(number) for number in range(4)]))
    opener = Opener(days, Shelf(large(1)).load, begin=lambda: None, take=taken.extend, end=lambda: None)
    await asyncio.gather(opener.settle(), opener.settle())
    assert taken == [large(1)]


class Counting(MemoryStore):
    """Counts what is read."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Filter] = []

    async def query(self, query: Filter) -> list[Record]:
        """Give the records that match."""
        self.asked.append(query)
        return await super().query(query)


def write(room: peerset.Room, number: int, *, days_ago: int = 0) -> Record:
    at = UnixTime(room._driver.now().unix - days_ago * DAY_SECONDS)
    tags = [["h", RoomName("peerset", "lobby").tag.hex()]]
    return sign_record(key(3), created_at=at, kind=1078, tags=tags, content=f"{number} {'x' * 20_000}")


async def kept_by(store: Counting, policies: str | tuple[str, ...]) -> set[RecordId]:
    """Join with *store*, which outlives the room, and give what readers see."""
    async with peerset.join("lobby", host=MemorySwarm().host(), store=Lasting(store), policies=policies) as room:
        joined = len(store.asked)
        assert joined == (1 if policies == SPEC else 0), "days within their budget are not read"
        return {record.id for record in await room.records()}


def Lasting(store: Counting) -> Counting:  # noqa: N802 - as a class
    async def stay() -> None:
        pass

    store.aclose = stay  # type: ignore[method-assign]
    return store


async def test_joining_reads_the_days_alone_that_are_over_their_budget() -> None:
    store = Counting()
    async with peerset.join("lobby", host=MemorySwarm().host(), store=Lasting(store)) as room:
        records = [write(room, number, days_ago=number // 6) for number in range(12)]
        await room.add([*records[:6], *records[6:8]])
    store.asked.clear()
    assert await kept_by(store, ()) == {record.id for record in records[:8]}
    store.asked.clear()
    seen = await kept_by(store, SPEC)
    assert {record.id for record in records[6:8]} < seen < {record.id for record in records[:8]}
    [first] = [asked.since for asked in store.asked if asked.until is not None]
    assert first == records[0].created_at // DAY_SECONDS * DAY_SECONDS


async def test_a_day_that_goes_over_its_budget_while_the_room_is_joined_is_shadowed_in_collections_too() -> None:
    async with peerset.join("lobby", host=MemorySwarm().host(), policies=SPEC) as room:
        notes = room.collection("notes")
        docs = [await notes.add({"text": "x" * 20_000}) for _ in range(5)]
        await asyncio.sleep(5)
        found = {doc.id for doc in (await notes.find()).docs}
        assert len(found) == 3
        assert found < {doc.id for doc in docs}
        assert {record.id for record in await room.records()} == found
