"""A room of an hour and one for ever: what is kept, what ends early, what is pinned, and who holds less of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest

import peerset
from peerset.core.clock import DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS
from peerset.core.limits import RETENTION_SECONDS_MAX
from peerset.core.record import KIND_DELETION, KIND_RECORD, Record
from peerset.room import clocks
from peerset.stores.memory import MemoryStore
from peerset.testing.memory import MemorySwarm
from tests.data.places import Place, alone, foreign, key_number

START: Final = 1_790_040_600
"""Half past one in the night, UTC: an hour ago was today, and two hours ago was not."""
GONE_MINUTES: Final = 60 + 15 + 11
"""A room's hour, the margin of a quarter, and the next collection."""
PINNER: Final = key_number(1)
MAY_PIN: Final = f"pins:allow={PINNER.public_key.hex()}"
SPANS: Final = ("1h", "forever")


class Wall:
    """The wall clock of rooms, which begins in a night, and goes on with the event loop and when it is told."""

    def __init__(self) -> None:
        self.skipped = 0

    def time(self) -> float:
        return START + self.skipped + asyncio.get_running_loop().time()


@pytest.fixture(autouse=True)
def night(monkeypatch: pytest.MonkeyPatch) -> Wall:
    wall = Wall()
    monkeypatch.setattr(clocks, "time", wall)
    return wall


async def minutes(count: int) -> None:
    """Let so many pass, in each of which rooms do what is due."""
    for _ in range(count):
        await asyncio.sleep(MINUTE_SECONDS)


async def titles(found: peerset.Collection[Place]) -> list[str]:
    return sorted(doc.value.title for doc in await found.find())


async def test_in_a_room_of_an_hour_what_is_kept_stays_and_all_else_is_gone() -> None:
    store = MemoryStore()
    async with alone(retention="1h", store=store) as room:
        kept, plain = room.collection("kept", Place, keep=True), room.collection("plain", Place)
        first = await kept.add(Place("document", "Berlin"))
        await kept.put("k", Place("register", "Berlin"))
        gone = [(await plain.add(Place("other", "Berlin"))).id, (await room.publish("said")).id]
        await minutes(GONE_MINUTES)
        assert (await titles(kept), await titles(plain)) == (["document", "register"], [])
        assert await store.named([first.id, *gone]) == []
        await minutes(3 * 60)
        assert await titles(kept) == ["document", "register"]
        # Two that are kept, and the deletions of what they came after: of an hour, and not of all four.
        assert room.count <= 2 + 3


async def test_in_a_room_for_ever_what_is_kept_is_renewed_once_in_years(night: Wall) -> None:
    store, years = LastingStore(), RETENTION_SECONDS_MAX * 2 // 3
    for skipped, is_renewed in ((0, False), (years - DAY_SECONDS, False), (2 * DAY_SECONDS, True)):
        night.skipped += skipped
        async with alone(retention="forever", store=store, key=PINNER) as room:
            kept = room.collection("kept", Place, keep=True)
            if not skipped:
                first, plain = await kept.add(Place("document", "Berlin")), await room.publish("said")
            await minutes(2)
            [found] = await kept.find()
            assert (found.value, found.id != first.id) == (first.value, is_renewed)
            assert await room.get(plain.id) == plain
            assert room.count == (3 if is_renewed else 2)


@pytest.mark.parametrize("span", SPANS)
async def test_what_ends_early_is_not_seen_from_then_on_and_its_content_goes(span: str) -> None:
    store = MemoryStore()
    async with alone(retention=span, store=store) as room:
        places = room.collection("places", Place, keep=True, ttl=2 * MINUTE_SECONDS)
        brief = await places.add(Place("brief", "Berlin"))
        await minutes(3)
        assert await titles(places) == []
        await minutes(11)
        assert (await store.wires([brief.id]), room.count) == ([b""], 1)
        await minutes(GONE_MINUTES)
        assert room.count == len(await store.entries()) == (0 if span == "1h" else 1)


async def test_in_a_room_of_an_hour_a_document_may_end_later_than_the_room_keeps_it() -> None:
    async with alone(retention="1h") as room:
        places = room.collection("places", Place)
        await places.add(Place("long", "Berlin"), ttl=DAY_SECONDS)
        await minutes(GONE_MINUTES)
        assert (await titles(places), room.count) == ([], 0)


@asynccontextmanager
async def two(span: str) -> AsyncIterator[tuple[peerset.Room, peerset.Room]]:
    """Give a member who may pin, and one who writes."""
    swarm, options = MemorySwarm(), dict[str, Any](retention=span, policies=MAY_PIN)
    async with (
        peerset.join("lobby", key=PINNER, host=swarm.host(), **options) as pinner,
        peerset.join("lobby", key=key_number(2), host=swarm.host(), **options) as author,
    ):
        await pinner.synced(timeout=60)
        yield pinner, author


async def said(room: peerset.Room) -> list[Record]:
    return await room.records(kinds=KIND_RECORD)


async def test_in_a_room_of_an_hour_a_pin_is_renewed_for_as_long_as_its_author_is_there() -> None:
    async with two("1h") as (pinner, author):
        kept, _ = await author.publish("kept"), await author.publish("lost")
        await minutes(1)
        pin = await pinner.pin(kept)
        await minutes(4 * 60)
        assert await said(pinner) == await said(author) == [kept]
        assert await author.members(kinds=KIND_RECORD) == []
        [held] = await author.pins()
        assert (held.author, held.record, held.id == pin.id) == (pinner.key, kept, False)
        assert pinner.root == author.root
        await pinner.leave()
        await minutes(GONE_MINUTES)
        assert (await said(author), await author.pins(), author.count) == ([], [], 0)


async def test_in_a_room_for_ever_what_is_pinned_is_a_member_and_stays_without_its_pin() -> None:
    async with two("forever") as (pinner, author):
        kept = await author.publish("kept")
        await minutes(1)
        await pinner.pin(kept)
        await pinner.unpin(kept)
        await minutes(2 * 60)
        assert await said(pinner) == await said(author) == await author.members(kinds=KIND_RECORD) == [kept]
        await pinner.pin(kept)
        await author.delete(kept)
        await minutes(2 * 60)
        assert (await said(pinner), await pinner.pins()) == ([], [])


@pytest.mark.parametrize(
    ("span", "window", "ages"),
    [("12h", "1h", (0, 1_800, 2 * HOUR_SECONDS, 9 * HOUR_SECONDS)), ("forever", "30d", (0, 1, 60, 3_000))],
)
async def test_a_light_member_of_any_room_has_the_root_of_everybody(
    span: str, window: str, ages: tuple[int, ...]
) -> None:
    unit_seconds = 1 if span == "12h" else DAY_SECONDS
    swarm = MemorySwarm()
    async with peerset.join("lobby", host=swarm.host(), retention=span) as whole:
        records = [foreign(whole, f"{age}", tags=[], at=START - age * unit_seconds) for age in ages]
        await whole.add(records)
        async with peerset.join("lobby", host=swarm.host(), retention=span, window=window) as light:
            await minutes(3)
            assert (light.count, light.root) == (len(ages), whole.root)
            assert {each.id for each in await light.records()} == {each.id for each in records[:2]}
            assert await light.fetch(records[3].id) == [records[3]]
            assert not any(peer.has_other_rules for peer in light.peers)


async def test_where_a_window_is_no_shorter_than_an_hour_s_room_it_changes_nothing() -> None:
    swarm = MemorySwarm()
    async with peerset.join("lobby", host=swarm.host(), retention="1h") as whole:
        await whole.add([foreign(whole, "a", tags=[], at=START - 1_800)])
        async with peerset.join("lobby", host=swarm.host(), retention="1h", window="1h") as light:
            await minutes(3)
            assert await light.records() == await whole.records() != []


async def test_what_is_kept_while_the_disk_is_full_is_renewed_once_there_is_room(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = FullStore()
    async with alone(retention="1h", store=store, policies=MAY_PIN, key=PINNER) as room:
        kept = room.collection("kept", Place, keep=True)
        await kept.put("k", Place("register", "Berlin"))
        pinned = await room.publish("pinned")
        await room.pin(pinned)
        await minutes(35)
        store.is_full = True
        await minutes(15)
        assert "collection kept: cannot renew what is ours: " in caplog.text
        assert "pins of ours could not be renewed: " in caplog.text
        assert "the disk is full" in caplog.text
        store.is_full = False
        await minutes(GONE_MINUTES)
        assert await titles(kept) == ["register"]
        assert await room.get(pinned.id) == pinned
        assert KIND_DELETION in {each.kind for each in await room.records()}


class LastingStore(MemoryStore):
    """A store that outlives its rooms."""

    async def aclose(self) -> None:
        pass


class FullStore(MemoryStore):
    """A store whose disk may be full."""

    is_full = False

    async def add(self, records: Any, *, removed: Any = ()) -> None:
        if self.is_full and records:
            raise peerset.StoreError("the disk is full")
        await super().add(records, removed=removed)
