"""What pins show rests beside the members, and is none."""

from collections.abc import Sequence
from typing import Final

import pytest

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.pin import pin_content, pin_tags
from peerset.core.record import KIND_DELETION, KIND_PIN, Record, RecordId, sign_record
from peerset.errors import StoreError
from peerset.protocol.events import RecordDeleted, RecordsAdded, RecordsExpired, StorageEvicted
from peerset.room.guests import Guests
from peerset.stores.memory import MemoryStore

ROOM: Final = "0" * 32
EDGE: Final = UnixTime(1_000)
OLD: Final = UnixTime(10)
YOUNG: Final = UnixTime(2_000)


def sign(
    content: str, *, at: int, kind: int = 1078, author: int = 1, tags: list[tuple[str, str]] | None = None
) -> Record:
    key = SecretKey(bytes([author]) * 32)
    return sign_record(key, created_at=UnixTime(at), kind=kind, tags=[("h", ROOM), *(tags or [])], content=content)


def pin_of(record: Record, *, at: int = YOUNG, author: int = 2) -> Record:
    return sign(pin_content(record), at=at, kind=KIND_PIN, author=author, tags=pin_tags(record))


def deletion_of(record: Record, *, author: int = 1) -> Record:
    return sign("", at=YOUNG, kind=KIND_DELETION, author=author, tags=[("e", record.id.hex())])


class House:
    """A store, its guests, and what readers were told."""

    def __init__(self, *purged: RecordId) -> None:
        self.store = MemoryStore()
        self.told: list[object] = []
        self.guests = Guests(
            self.store,
            purged=set(purged),
            show=lambda records: self.told.extend(each.content for each in records),
            hide=lambda record_id, pin: self.told.append((record_id, pin)),
        )

    async def add(self, *records: Record) -> None:
        await self.store.add(records)
        self.guests.take(RecordsAdded(tuple((each, None) for each in records)))
        await self.guests.settle()

    async def delete(self, *records: Record) -> None:
        await self.store.add([], removed=[each.id for each in records])
        for each in records:
            self.guests.take(RecordDeleted(each.id, RecordId(bytes(32))))
        await self.guests.settle()

    async def expire(self, before: UnixTime = EDGE) -> int:
        expired = await self.guests.expire(before)
        self.guests.take(RecordsExpired(before, expired.count, expired.kept or frozenset()))
        await self.guests.settle()
        return expired.count

    async def shown(self, *records: Record) -> list[str]:
        return [each.content for each in await self.store.get([each.id for each in records])]


async def test_an_original_that_grows_old_becomes_a_guest_and_nobody_is_told() -> None:
    house, record, other = House(), sign("a", at=OLD), sign("b", at=OLD)
    await house.add(record, other, pin_of(record))
    assert record.id not in house.guests
    assert await house.expire() == 1
    assert record.id in house.guests
    assert await house.shown(record, other) == ["a"]
    assert house.told == []


async def test_what_comes_within_a_pin_is_shown_once_it_is_older_than_the_window() -> None:
    house, old, young = House(), sign("old", at=OLD), sign("young", at=YOUNG)
    await house.add(pin_of(old), pin_of(old, author=3), pin_of(young))
    assert house.told == []
    await house.expire()
    assert house.told == ["old"]
    assert await house.shown(old, young) == ["old"]


async def test_it_goes_with_the_last_of_its_pins() -> None:
    house, record = House(), sign("a", at=OLD)
    first, second = pin_of(record), pin_of(record, at=YOUNG + 5, author=3)
    await house.add(first, second)
    await house.expire()
    await house.delete(first)
    assert await house.shown(record) == ["a"]
    await house.expire(UnixTime(YOUNG + 9))
    assert await house.shown(record) == []
    assert house.told == ["a", (record.id, second.id)]


async def test_what_its_author_deleted_is_not_shown_whichever_came_first() -> None:
    record = sign("a", at=OLD)
    before, after, between = House(), House(), House()
    await before.add(deletion_of(record), pin_of(record))
    await before.expire()
    await after.expire()
    await after.add(pin_of(record))
    assert await after.shown(record) == ["a"]
    # As the node does with what a deletion covers.
    await after.store.add([deletion_of(record)], removed=[record.id])
    after.guests.take(RecordDeleted(record.id, RecordId(bytes(32))))
    await after.guests.settle()
    await between.expire()
    await between.add(pin_of(record), deletion_of(record))
    for house in (before, after, between):
        assert await house.shown(record) == []
        assert record.id not in house.guests


async def test_a_deletion_by_somebody_else_covers_nothing() -> None:
    house, record = House(), sign("a", at=OLD)
    await house.add(deletion_of(record, author=2), pin_of(record))
    await house.expire()
    assert await house.shown(record) == ["a"]


async def test_what_the_user_destroyed_does_not_come_back() -> None:
    record = sign("a", at=OLD)
    house = House(record.id)
    await house.add(pin_of(record))
    await house.expire()
    assert await house.shown(record) == []


async def test_what_holds_nothing_is_passed_over() -> None:
    house = House()
    await house.add(sign("?", at=YOUNG, kind=KIND_PIN))
    await house.expire()
    assert house.told == []


async def test_what_only_a_shell_is_left_of_is_shown_as_it_is_in_its_pin() -> None:
    house, record = House(), sign("a", at=OLD)
    await house.add(record, pin_of(record))
    # As a full disk does, or a light member's window.
    await house.store.purge([record.id])
    await house.expire()
    assert await house.shown(record) == ["a"]
    assert record.id in house.guests


async def test_what_became_a_shell_since_an_earlier_collection_is_shown_as_it_is_in_its_pin() -> None:
    house, record = House(), sign("a", at=OLD)
    await house.add(record, pin_of(record))
    await house.expire()
    await house.store.purge([record.id])
    house.guests.take(StorageEvicted(0, 1))
    await house.expire()
    assert await house.shown(record) == ["a"]
    assert record.id in house.guests


async def test_pins_of_an_earlier_life_keep_what_they_show_from_the_first_collection() -> None:
    house, record = House(), sign("a", at=OLD)
    await house.store.add([record, pin_of(record)])
    assert await house.expire() == 0
    assert await house.shown(record) == ["a"]
    assert record.id in house.guests


async def test_what_has_been_here_since_an_earlier_collection_is_not_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house, first, second = House(), sign("a", at=OLD), sign("b", at=EDGE + 1)
    await house.add(first, second, pin_of(first), pin_of(second))
    await house.expire()
    read, wires = list[Sequence[RecordId]](), house.store.wires

    async def noted(ids: Sequence[RecordId]) -> list[bytes]:
        read.append(ids)
        return await wires(ids)

    monkeypatch.setattr(house.store, "wires", noted)
    for before in (EDGE + 1, EDGE + 2, EDGE + 3):
        await house.expire(UnixTime(before))
    assert read == [[second.id]]
    assert await house.shown(first, second) == ["a", "b"]


async def test_a_store_that_fails_is_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    house, record = House(), sign("a", at=OLD)
    await house.expire()
    await house.store.aclose()
    house.guests.take(RecordsAdded(((pin_of(record), None),)))
    with pytest.raises(StoreError):
        await house.guests.settle()
    await house.guests.work()
    assert "what pins show could not be read or written" in caplog.text
