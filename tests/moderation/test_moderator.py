"""What a room's user decides for this peer alone, in rooms that are joined."""

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import pytest

import peerset
from peerset.cli.offline import Hermit
from peerset.core.keys import SecretKey
from peerset.moderation.bans import SAVE_DELAY_SECONDS, STRIKES
from peerset.protocol.inputs import Received
from peerset.stores.memory import MemoryStore
from peerset.testing.memory import MemorySwarm
from tests.patience import PATIENT_SECONDS

STRANGER = SecretKey.generate(random.Random(3)).public_key
KEY, OTHER = SecretKey(bytes(31) + b"\7"), SecretKey(bytes(31) + b"\x08")


@peerset.view("dull", version=1)
def dull(record: peerset.Record) -> str | None:
    """Hide what says that it is dull."""
    return "it says so itself" if "dull" in record.content else None


async def wait_for(stream: peerset.EventStream, kind: type[Any]) -> Any:
    async for event in stream:
        if isinstance(event, kind):
            return event
    raise AssertionError(f"the stream ended without {kind.__name__}")


async def test_a_banned_peer_is_sent_away_and_kept_away_until_the_ban_is_lifted() -> None:
    swarm = MemorySwarm()
    async with (
        peerset.join("lobby", key=KEY, host=swarm.host()) as one,
        peerset.join("lobby", key=OTHER, host=swarm.host()) as two,
    ):
        await one.synced(timeout=PATIENT_SECONDS)
        events = one.events()
        await one.moderation.ban(two.key, seconds=86_400, reason="spam")
        assert (await wait_for(events, peerset.PeerLeft)).key == two.key
        assert [(ban.subject, ban.reason) for ban in one.moderation.bans()] == [(two.key, "spam")]
        with pytest.raises(TimeoutError):
            await one.synced(timeout=600)
        await one.moderation.lift(two.key)
        assert one.moderation.bans() == []
        await one.synced(timeout=600)


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), 1e30])
async def test_a_ban_has_a_sensible_length(seconds: float) -> None:
    async with peerset.join("lobby", host=Hermit()) as room:
        with pytest.raises(peerset.ConfigError, match="a ban lasts"):
            await room.moderation.ban(STRANGER, seconds=seconds)
        with pytest.raises(peerset.ConfigError, match="our own key"):
            await room.moderation.ban(room.key, seconds=5)


@pytest.mark.parametrize("subject", ["", "x" * 65, peerset.PublicKey(b"short")])
async def test_a_ban_is_of_a_key_or_an_address(subject: Any) -> None:
    async with peerset.join("lobby", host=Hermit()) as room:
        with pytest.raises(peerset.ConfigError, match="no npub, no key in hex and no IP address"):
            await room.moderation.ban(subject, seconds=5)
        assert room.moderation.bans() == []


@pytest.mark.real_time
async def test_a_ban_in_a_real_file_refuses_sessions_after_a_restart_until_it_ends(tmp_path: Path) -> None:
    swarm, store = MemorySwarm(), f"sqlite:{tmp_path / 'room.db'}"
    async with peerset.join("lobby", key=OTHER, host=swarm.host()) as two:
        async with peerset.join("lobby", key=KEY, store=store, host=swarm.host()) as one:
            await one.synced(timeout=PATIENT_SECONDS)
            await one.moderation.ban(two.key, seconds=3, reason="spam")
        async with peerset.join("lobby", key=KEY, store=store, host=swarm.host()) as one:
            events = two.events()
            assert [ban.reason for ban in one.moderation.bans()] == ["spam"]
            assert (await wait_for(events, peerset.PeerLeft)).peer == one.peer_id
            await one.synced(timeout=PATIENT_SECONDS)
            assert one.moderation.bans() == []


@pytest.mark.real_time
async def test_all_of_it_survives_a_restart_of_a_real_file(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"store": f"sqlite:{tmp_path / 'room.db'}", "key": KEY, "policies": [dull]}
    async with peerset.join("lobby", host=Hermit(), **settings) as room:
        events = room.events()
        hidden, shown, gone = [await room.publish(text) for text in ("dull", "quite dull", "to be purged")]
        await wait_for(events, peerset.RecordHidden)
        await room.moderation.judged()
        assert await room.records() == [gone]
        await room.moderation.release(shown.id)
        await room.moderation.purge(gone.id)
        await room.moderation.ban(STRANGER, seconds=3_600, reason="spam")
        await room.moderation.ban("192.0.2.1", seconds=1_000)
        await room.moderation.mute(STRANGER)
        root, bans = room.root, room.moderation.bans()
    async with peerset.join("lobby", host=Hermit(), **settings) as room:
        await room.moderation.judged()
        assert await room.records() == [shown]
        assert [each.id for each in room.moderation.quarantine()] == [hidden.id]
        assert [ban.subject for ban in room.moderation.bans()] == ["192.0.2.1", STRANGER]
        assert all(abs(new.until - old.until) <= 1 for new, old in zip(room.moderation.bans(), bans, strict=True))
        assert room.moderation.muted() == [STRANGER]
        assert (room.root, room.count) == (root, 3)
        assert (await room.add([gone]), await room.get(gone.id)) == (0, None)
        await room.moderation.unmute(STRANGER)
        assert room.moderation.muted() == []


async def test_what_a_peer_did_wrong_is_in_the_store_soon_after() -> None:
    swarm, store = MemorySwarm(), MemoryStore()
    async with (
        peerset.join("lobby", key=KEY, store=store, host=swarm.host()) as one,
        peerset.join("lobby", key=OTHER, host=swarm.host()) as two,
    ):
        await one.synced(timeout=PATIENT_SECONDS)
        one._driver.take(Received(two.peer_id, b"no message"))
        assert await store.notes(STRIKES) == {}
        await asyncio.sleep(2 * SAVE_DELAY_SECONDS)
        [(key, text)] = (await store.notes(STRIKES)).items()
        assert key == b"k" + two.key
        assert json.loads(text)["banned_until"] is None


async def test_a_muted_author_is_not_shown_but_synced() -> None:
    swarm = MemorySwarm()
    async with (
        peerset.join("lobby", key=KEY, host=swarm.host()) as one,
        peerset.join("lobby", key=OTHER, host=swarm.host()) as two,
    ):
        await one.moderation.mute(two.key)
        await two.publish("hello")
        await two.synced(timeout=PATIENT_SECONDS)
        assert (await one.records(), one.count) == ([], 1)
        assert one.root == two.root


async def test_what_is_purged_is_neither_fetched_again_nor_given() -> None:
    swarm = MemorySwarm()
    async with (
        peerset.join("lobby", key=KEY, host=swarm.host()) as one,
        peerset.join("lobby", key=OTHER, host=swarm.host()) as two,
    ):
        record = await one.publish("unlawful")
        await one.synced(timeout=PATIENT_SECONDS)
        await two.moderation.purge(record.id)
        await two.synced(timeout=600)
        assert await two.get(record.id) is None
        assert (one.root, one.count) == (two.root, two.count)
        # Its author can still delete it: the shell goes everywhere alike.
        events = two.events()
        deletion = await one.delete(record.id)
        assert await wait_for(events, peerset.RecordDeleted) == peerset.RecordDeleted(record.id, deletion.id)
        assert (one.root, one.count, two.count) == (two.root, 1, 1)


async def test_what_cannot_be_released_or_purged_is_said() -> None:
    async with peerset.join("lobby", host=Hermit()) as room:
        record = await room.publish("hello")
        deletion = await room.delete(record.id)
        with pytest.raises(peerset.ConfigError, match="not in quarantine"):
            await room.moderation.release(record.id)
        with pytest.raises(peerset.ConfigError, match="no record"):
            await room.moderation.purge(record.id)
        with pytest.raises(peerset.ConfigError, match="is a deletion"):
            await room.moderation.purge(deletion.id)
    for call in (
        room.moderation.judged(),
        room.moderation.mute(STRANGER),
        room.moderation.unmute(STRANGER),
        room.moderation.lift(STRANGER),
        room.moderation.purge(record.id),
    ):
        with pytest.raises(peerset.RoomClosedError):
            await call


async def test_what_breaks_the_moderator_fails_its_room_with_the_cause_kept() -> None:
    class BrokenStore(MemoryStore):
        async def note(self, kind: str, key: bytes, text: str | None) -> None:
            if kind == STRIKES:
                raise RuntimeError("the store has a bug")
            await super().note(kind, key, text)

    swarm = MemorySwarm()
    async with (
        peerset.join("lobby", key=KEY, store=BrokenStore(), host=swarm.host()) as one,
        peerset.join("lobby", key=OTHER, host=swarm.host()) as two,
    ):
        await one.synced(timeout=PATIENT_SECONDS)
        one._driver.take(Received(two.peer_id, b"no message"))
        await asyncio.sleep(2 * SAVE_DELAY_SECONDS)
        with pytest.raises(peerset.RoomClosedError) as failure:
            await one.moderation.judged()
        assert repr(failure.value.__cause__) == "RuntimeError('the store has a bug')"
        with pytest.raises(RuntimeError, match="has a bug"):
            await one.leave()
