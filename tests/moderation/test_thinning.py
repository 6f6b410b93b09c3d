"""What a light member does not keep: content that is older than its window, but for its own."""

import asyncio
from collections.abc import Sequence

import pytest

from peerset.core.clock import DAY_SECONDS, HOUR_SECONDS, UnixTime
from peerset.core.pin import pin_content, pin_tags
from peerset.core.record import KIND_DELETION, KIND_PIN, Record, RecordId, sign_record
from peerset.errors import StoreError
from peerset.moderation.thinning import Thinning
from peerset.stores.memory import MemoryStore
from tests.protocol.pair import START, key, make_record


def deletion() -> Record:
    return sign_record(key(1), created_at=UnixTime(START), kind=KIND_DELETION, tags=[("e", "ab" * 32)], content="")


class Thinned:
    """A store, and what is destroyed in it."""

    def __init__(self, own: int) -> None:
        self.store = MemoryStore()
        self.edge = START + 300
        self.gone: list[RecordId] = []
        self.thinning = Thinning(self.store, own=key(own).public_key, edge=lambda: self.edge, destroy=self.destroy)

    async def destroy(self, ids: Sequence[RecordId]) -> None:
        self.gone += ids
        await self.store.purge(ids)


async def test_what_is_older_than_the_window_is_destroyed_but_for_deletions() -> None:
    room = Thinned(own=2)
    records = [make_record(number, at=START + number) for number in range(302)]
    await room.store.add([*records, deletion()])
    await room.thinning.thin()
    assert sorted(room.gone) == sorted(record.id for record in records[:300])
    assert len(await room.store.entries()) == 303


async def test_pins_stay_and_so_does_what_they_hold() -> None:
    room = Thinned(own=2)
    held, other = make_record(1), make_record(2)
    pin = sign_record(
        key(1),
        created_at=UnixTime(START),
        kind=KIND_PIN,
        tags=[("h", str(held.tag_value("h"))), *pin_tags(held)],
        content=pin_content(held),
    )
    await room.store.add([held, other, pin])
    await room.thinning.thin()
    assert room.gone == [other.id]


async def test_what_we_wrote_stays() -> None:
    room = Thinned(own=1)
    await room.store.add([make_record(1)])
    await room.thinning.thin()
    assert room.gone == []


async def test_what_is_fetched_stays_until_another_day_is_too_old() -> None:
    room = Thinned(own=2)
    records = [make_record(1), make_record(2, at=START + 400)]
    await room.store.add(records)
    await room.thinning.thin()
    await room.store.fill(records)
    await room.thinning.thin()
    assert room.gone == [records[0].id]
    room.edge += DAY_SECONDS
    await room.thinning.thin()
    assert sorted(room.gone[1:]) == sorted(record.id for record in records)


async def test_a_store_that_fails_is_tried_again_an_hour_later(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Thinned(own=2)
    await room.store.aclose()

    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        raise asyncio.CancelledError

    monkeypatch.setattr("asyncio.sleep", sleep)
    with pytest.raises(asyncio.CancelledError):
        await room.thinning.run()
    assert waited == [HOUR_SECONDS]
    assert "could not be destroyed" in caplog.text
    with pytest.raises(StoreError):
        await room.thinning.thin()
