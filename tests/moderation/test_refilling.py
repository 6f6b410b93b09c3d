"""Content that a narrower window gave up, and that is fetched again."""

from collections.abc import Sequence

from peerset.core.record import Record, RecordId
from peerset.moderation.refilling import BEFORE, WINDOW, Refilling, given_up_before, note_given_up
from peerset.stores.memory import MemoryStore
from tests.protocol.pair import START, make_record


class Refilled:
    """A store of shells, and a swarm that has some of their content."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.swarm: dict[RecordId, Record] = {}
        self.edge = 0
        self.has_room = True
        self.purged: set[RecordId] = set()
        self.asked: list[RecordId] = []
        self.refilling = Refilling(
            self.store,
            edge=lambda: self.edge,
            purged=self.purged,
            has_room=lambda: self.has_room,
            fetch=self.fetch,
        )

    async def give_up(self, records: Sequence[Record]) -> None:
        await self.store.add(records)
        await note_given_up(self.store, max(record.created_at for record in records) + 1)
        await self.store.purge([record.id for record in records])

    async def fetch(self, ids: Sequence[RecordId]) -> None:
        self.asked += ids
        await self.store.fill([self.swarm[each] for each in ids if each in self.swarm])


def made(count: int) -> list[Record]:
    return [make_record(number, at=START + number) for number in range(count)]


async def test_all_that_was_given_up_is_asked_for_the_newest_first_and_that_is_remembered() -> None:
    room, records = Refilled(), made(300)
    room.swarm = {record.id: record for record in records}
    await room.give_up(records)

    assert await room.refilling.refill() == 0

    assert room.asked == [record.id for record in reversed(records)]
    assert len(await room.store.get(room.asked)) == 300
    assert await given_up_before(room.store) == 0


async def test_what_nobody_has_is_still_missing_and_asked_for_again() -> None:
    room, (one, two) = Refilled(), made(2)
    room.swarm = {one.id: one}
    await room.give_up([one, two])

    assert await room.refilling.refill() == 1
    assert await room.refilling.refill() == 1

    assert room.asked == [two.id, one.id, two.id]
    assert await given_up_before(room.store) == two.created_at + 1


async def test_a_wider_window_brings_what_lies_in_it_and_remembers_the_rest() -> None:
    room, records = Refilled(), made(4)
    room.swarm = {record.id: record for record in records}
    room.edge = START + 2
    await room.give_up(records)

    assert await room.refilling.refill() == 0

    assert room.asked == [records[3].id, records[2].id]
    assert await given_up_before(room.store) == room.edge


async def test_what_was_destroyed_stays_so_and_a_full_store_asks_for_nothing() -> None:
    room, (one, two) = Refilled(), made(2)
    room.purged.add(one.id)
    await room.give_up([one, two])
    room.has_room = False

    assert await room.refilling.refill() == 1
    assert room.asked == []

    room.has_room = True
    await room.refilling.refill()
    assert room.asked == [two.id]


async def test_a_store_from_which_no_window_took_anything_asks_for_nothing() -> None:
    room, records = Refilled(), made(2)
    await room.store.add(records)
    await room.store.purge([record.id for record in records])

    assert await room.refilling.refill() == 0
    assert room.asked == []


async def test_a_note_that_makes_no_sense_counts_for_none() -> None:
    room = Refilled()
    await room.store.note(WINDOW, BEFORE, "soon")

    assert await given_up_before(room.store) == 0
