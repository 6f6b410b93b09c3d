"""Pins: what outlasts the window, since a member says so."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest

import peerset
from peerset.core.clock import UnixTime
from peerset.core.pin import pin_content, pin_tags
from peerset.core.record import KIND_DELETION, KIND_PIN, Record, RecordId, sign_record
from peerset.data.renewal import LOOK_SECONDS
from peerset.errors import ConfigError, MalformedError, RejectedError
from peerset.testing.memory import MemorySwarm
from tests.data.places import Place, alone, foreign, key_number, version
from tests.patience import PATIENT_SECONDS, until

DAY: Final = 86_400
PINNER: Final = key_number(1)
OTHER: Final = key_number(2)
MAY_PIN: Final = f"pins:allow={PINNER.public_key.hex()}"
OPTIONS: Final[dict[str, Any]] = {"retention": DAY, "policies": MAY_PIN, "key": PINNER}

jumping = pytest.mark.usefixtures("wall")


async def pass_by(seconds: float) -> None:
    """Let time pass in steps in which rooms do what is due."""
    for _ in range(int(seconds // LOOK_SECONDS)):
        await asyncio.sleep(LOOK_SECONDS)


@asynccontextmanager
async def two(**options: Any) -> AsyncIterator[tuple[peerset.Room, peerset.Room]]:
    """Give a member who may pin, and one who writes."""
    swarm = MemorySwarm()
    settings: dict[str, Any] = {"retention": DAY, "policies": MAY_PIN} | options
    async with (
        peerset.join("lobby", key=PINNER, host=swarm.host(), **settings) as pinner,
        peerset.join("lobby", key=OTHER, host=swarm.host(), **settings) as author,
    ):
        await pinner.synced(timeout=PATIENT_SECONDS)
        yield pinner, author


def sign_pin(room: peerset.Room, record: Record, *, at: float) -> Record:
    """Pin *record* as another client with the key of who may pin would."""
    tags = [("h", room.name.tag.hex()), *pin_tags(record)]
    content = base64.b64encode(record.wire).decode()
    return sign_record(PINNER, created_at=UnixTime(int(at)), kind=KIND_PIN, tags=tags, content=content)


async def old(room: peerset.Room, *pinned: Record) -> None:
    """Let *pinned*, which are older than the window, be read in *room* by pins of who may pin."""
    stream = added_in(room)
    now = int(time.time())
    await room.add([sign_pin(room, record, at=now) for record in pinned])
    await told_of(stream, *pinned)


def added_in(room: peerset.Room) -> AsyncIterator[RecordId]:
    """Give the ids of what is added from now on."""
    events = room.events(peerset.RecordAdded)
    return (event.record.id async for event in events if isinstance(event, peerset.RecordAdded))


def deleted_in(room: peerset.Room) -> AsyncIterator[RecordId]:
    """Give the ids of what is deleted from now on."""
    events = room.events(peerset.RecordDeleted)
    return (event.id async for event in events if isinstance(event, peerset.RecordDeleted))


async def told_of(ids: AsyncIterator[RecordId], *records: Record) -> None:
    """Read *ids* until each of *records* was told."""
    waiting = {record.id for record in records}
    while waiting:
        waiting.discard(await anext(ids))


def ancient(room: peerset.Room, content: str = "kept", *, author: int = 2) -> Record:
    """Give a record of *room* that is older than its window."""
    return foreign(room, content, tags=[], at=time.time() - 30 * DAY, author=author)


@jumping
async def test_what_is_pinned_is_read_as_before_when_the_window_let_it_go() -> None:
    async with alone(**OPTIONS) as room:
        kept, destroyed, lost = [foreign(room, text, tags=[], at=time.time()) for text in ("kept", "purged", "lost")]
        await room.add([kept, destroyed, lost])
        own = await room.publish("deleted")
        deletion = await room.delete(own)
        await room.add(sign_pin(room, own, at=deletion.created_at + 1))
        pin = await room.pin(kept)
        assert await room.pin(kept.id.hex()[:8]) == pin
        await room.pin(destroyed)
        await room.moderation.purge(destroyed)
        await pass_by(DAY * 3 // 2)
        assert await room.records(kinds=1078) == [kept]
        assert await room.get(kept.id) == kept
        assert [await room.get(each.id) for each in (destroyed, lost, own)] == [None, None, None]
        assert await room.members(kinds=1078) == []
        held = {each.record.id: each for each in await room.pins()}
        assert held.keys() == {kept.id, destroyed.id}
        assert held[kept.id].author == room.key
        assert held[kept.id].id != pin.id


async def test_who_comes_later_reads_it_too_and_is_told() -> None:
    swarm = MemorySwarm()
    async with peerset.join("lobby", host=swarm.host(), **OPTIONS) as pinner:
        kept = ancient(pinner)
        await old(pinner, kept)
        async with peerset.join("lobby", host=swarm.host(), retention=DAY, policies=MAY_PIN) as late:
            events = added_in(late)
            await late.synced(timeout=PATIENT_SECONDS)
            await told_of(events, kept)
            assert await late.records(kinds=1078) == await pinner.records(kinds=1078) == [kept]
            assert late.count == pinner.count == 1
            assert late.root == pinner.root


@jumping
async def test_what_a_pin_shows_ends_with_the_window_of_the_pin_once_the_pinner_is_gone() -> None:
    async with two() as (pinner, author):
        kept = ancient(pinner)
        await old(pinner, kept)
        await pinner.synced(timeout=PATIENT_SECONDS)
        assert await author.records(kinds=1078) == [kept]
        await pinner.leave()
        await pass_by(DAY * 3 // 2)
        assert await author.records(kinds=1078) == []
        assert await author.pins() == []


async def test_what_has_expired_or_is_of_another_room_is_not_shown_by_a_pin() -> None:
    async with alone(**OPTIONS) as room:
        then = time.time() - 30 * DAY
        brief = foreign(room, "brief", tags=[("expiration", str(int(then) + 60))], at=then)
        await old(room, brief)
        assert await room.records(kinds=1078) == []
        stranger = sign_record(
            OTHER, created_at=UnixTime(int(then)), kind=1078, tags=[("h", "ab" * 16)], content="elsewhere"
        )
        with pytest.raises(RejectedError, match="of another room"):
            await room.publish(pin_content(stranger), kind=KIND_PIN, tags=pin_tags(stranger))


@jumping
async def test_nobody_keeps_by_a_pin_what_its_author_lets_expire() -> None:
    async with alone(**OPTIONS) as room:
        end = int(time.time()) + DAY * 5 // 4
        brief = foreign(room, "brief", tags=[("expiration", str(end))], at=time.time())
        await room.add(brief)
        pin = await room.pin(brief)
        assert pin.tag_value("expiration") == str(end)
        await pass_by(DAY * 9 // 8)
        assert await room.records(kinds=1078) == [brief]
        [renewed] = await room.pins()
        assert renewed.id != pin.id
        await pass_by(DAY // 4)
        assert (await room.records(kinds=1078), await room.pins()) == ([], [])
        assert [each.id for each in await room.shells(kinds=KIND_PIN)] == [renewed.id]
        await pass_by(DAY)
        assert (await room.shells(kinds=KIND_PIN), room.count) == ([], 0)


async def test_without_a_policy_nobody_pins() -> None:
    async with alone(retention=DAY) as room:
        record = await room.publish("a")
        with pytest.raises(RejectedError, match="nobody may pin in this room"):
            await room.pin(record)
        assert await room.pins() == []


async def test_who_is_not_listed_may_not_pin() -> None:
    async with alone(**OPTIONS | {"key": OTHER}) as room:
        record = await room.publish("a")
        with pytest.raises(RejectedError, match="not among those who may pin"):
            await room.pin(record)


async def test_what_cannot_be_pinned_is_refused_with_its_word() -> None:
    async with alone(**OPTIONS) as room:
        record, large = await room.publish("a"), await room.publish("x" * 40_000)
        pin = await room.pin(record)
        deletion = await room.delete(await room.publish("b"))
        for unfit, word in ((large, "at most 32768"), (pin, "kind 1081"), (deletion, "kind 5")):
            with pytest.raises(MalformedError, match=word):
                await room.pin(unfit)
        with pytest.raises(ConfigError, match="there is no record"):
            await room.pin("00" * 32)
        with pytest.raises(ConfigError, match="not pinned by us"):
            await room.unpin(large)


async def test_what_a_policy_refuses_cannot_be_pinned_either() -> None:
    async with alone(**OPTIONS | {"policies": [MAY_PIN, "words:languages=en"]}) as room:
        record = ancient(room, "fuck")
        with pytest.raises(RejectedError, match="words"):
            await room.publish(pin_content(record), kind=KIND_PIN, tags=pin_tags(record))


async def test_a_withdrawn_pin_shows_nothing_but_another_does() -> None:
    async with two(policies=f"{MAY_PIN},{OTHER.public_key.hex()}") as (one, other):
        kept = ancient(one)
        await old(one, kept)
        await one.synced(timeout=PATIENT_SECONDS)
        await other.pin(kept)
        await other.synced(timeout=PATIENT_SECONDS)
        await one.unpin(kept)
        await one.synced(timeout=PATIENT_SECONDS)
        await asyncio.sleep(60)
        assert [await room.records(kinds=1078) for room in (one, other)] == [[kept], [kept]]
        events = deleted_in(one)
        await other.unpin(kept)
        await one.synced(timeout=PATIENT_SECONDS)
        await told_of(events, kept)
        assert [await room.records(kinds=1078) for room in (one, other)] == [[], []]


async def test_its_author_deletes_what_another_pinned_and_the_pin_is_withdrawn() -> None:
    async with two() as (pinner, author):
        kept = ancient(pinner)
        await old(pinner, kept)
        await pinner.synced(timeout=PATIENT_SECONDS)
        assert await author.records(kinds=1078) == [kept]
        await author.delete(kept)
        await author.synced(timeout=PATIENT_SECONDS)
        assert [await room.records(kinds=1078) for room in (pinner, author)] == [[], []]
        await asyncio.sleep(LOOK_SECONDS)
        await pinner.synced(timeout=PATIENT_SECONDS)
        assert await pinner.pins() == await author.pins() == []


async def test_a_muted_author_is_not_shown_by_pins_of_others() -> None:
    async with alone(**OPTIONS) as room:
        kept = ancient(room)
        await old(room, kept)
        await room.moderation.mute(kept.author)
        assert await room.records(kinds=1078) == []
        await room.moderation.unmute(kept.author)
        assert await room.records(kinds=1078) == [kept]


@pytest.mark.real_time
@pytest.mark.parametrize("kind", ["memory", "sqlite"])
async def test_queries_live_ones_views_and_changes_show_what_is_pinned(tmp_path: Path, kind: str) -> None:
    store = "memory:" if kind == "memory" else f"sqlite:{tmp_path / 'room.db'}"
    options: dict[str, Any] = OPTIONS | {"store": store, "signaling": []}
    then = time.time() - 30 * DAY
    async with peerset.join("lobby", **options) as room:
        places = room.collection("places", Place, indexes=["city"], text=["title"])
        document = foreign(room, '{"title": "Zoo", "city": "Berlin"}', tags=[("c", "places")], at=then)
        before = version(room, "places/k", '{"title": "Old", "city": "Roma"}', at=then)
        after = version(room, "places/k", '{"title": "New", "city": "Roma"}', at=then + 5)
        async with await places.live({"city": "Berlin"}) as live:
            await old(room, document, before, after)
            assert [doc.id for _, doc in (await anext(live)).added] == [document.id]
        found = await places.find(order="-time")
        assert [doc.id for doc in found] == [after.id, document.id]
        assert found.docs[1].author == document.author
        assert [doc.value.title for doc in await places.find(text="zoo")] == ["Zoo"]
        register = await places.get("k", author=after.author)
        assert register is not None
        assert register.value.title == "New"
        assert {change.record.id async for change in room.changes(live=False, collection="places")} == {
            after.id,
            document.id,
        }
        if kind == "sqlite":
            rows = await room.sql("SELECT id, author FROM places ORDER BY stamp DESC")
            assert [row["id"] for row in rows] == [after.id.hex(), document.id.hex()]
        root, count = room.root, room.count
        assert count == 3
    if kind == "memory":
        return
    async with peerset.join("lobby", **options) as room:
        places = room.collection("places", Place, indexes=["city"], text=["title"])
        assert [doc.id for doc in await places.find(order="-time")] == [after.id, document.id]
        await until(lambda: room.count == count)
        assert room.root == root


@pytest.mark.real_time
async def test_what_a_pin_showed_is_gone_for_queries_when_it_is_withdrawn(tmp_path: Path) -> None:
    options: dict[str, Any] = OPTIONS | {"store": tmp_path / "room.db", "signaling": []}
    async with peerset.join("lobby", **options) as room:
        places = room.collection("places", Place)
        document = foreign(
            room, '{"title": "Zoo", "city": "Berlin"}', tags=[("c", "places")], at=time.time() - 30 * DAY
        )
        await old(room, document)
        assert await places.count() == 1
        gone = deleted_in(room)
        deletion = await room.unpin(document)
        assert deletion.kind == KIND_DELETION
        told = [await anext(gone) for _ in range(2)]
        assert told[1] == document.id
        assert await places.count() == 0
