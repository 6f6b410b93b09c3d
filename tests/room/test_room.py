"""Rooms on real parts: a real tracker, real data channels, real SQLite files."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

import peerset
from peerset.core.keys import SecretKey
from peerset.core.record import Record, sign_record
from peerset.stores.memory import MemoryStore
from peerset.testing.tracker import local_tracker
from tests.patience import PATIENT_SECONDS

pytestmark = pytest.mark.real_time

E = TypeVar("E", bound=peerset.Event)
KEY = SecretKey(bytes(31) + b"\7")


@asynccontextmanager
async def joined(url: str, room: str = "lobby", **options: Any) -> AsyncIterator[peerset.Room]:
    """Join on loopback, as a peer of its own."""
    settings = {"ice_servers": (), "allow_loopback": True, "host": peerset.Host(), **options}
    async with peerset.join(room, signaling=[url], **settings) as member:
        yield member


@asynccontextmanager
async def pair(**options: Any) -> AsyncIterator[tuple[peerset.Room, peerset.Room]]:
    """Give two rooms that are in sync."""
    async with local_tracker() as url, joined(url, **options) as one, joined(url, **options) as two:
        await one.synced(timeout=PATIENT_SECONDS)
        await two.synced(timeout=PATIENT_SECONDS)
        yield one, two


async def wait_for(stream: peerset.EventStream, kind: type[E]) -> E:
    """Give the next event of *kind*."""
    async with asyncio.timeout(PATIENT_SECONDS):
        async for event in stream:
            if isinstance(event, kind):
                return event
    raise AssertionError(f"the stream ended without {kind.__name__}")


async def test_what_one_publishes_the_other_reads() -> None:
    async with pair() as (one, two):
        events = two.events()
        record = await one.publish({"text": "hello"}, collection="notes", tags=[["t", "greeting"]])
        added = await wait_for(events, peerset.RecordAdded)
        assert added == peerset.RecordAdded(record, one.peer_id)
        assert record.content == '{"text": "hello"}'
        assert await two.records(collection="notes") == [record]
        assert await two.records(tags={"t": ["greeting"]}, authors=[one.key], limit=1) == [record]
        assert await two.get(record.id) == record
        assert one.root == two.root


async def test_each_side_knows_the_other_by_its_proven_key() -> None:
    async with pair() as (one, two):
        (status,) = one.peers
        assert (status.id, status.key, status.state, status.route) == (two.peer_id, two.key, "established", "direct")
        assert status.npub == peerset.npub(two.key)


async def test_a_deletion_reaches_the_other_side() -> None:
    async with pair() as (one, two):
        record = await one.publish("oops")
        events = two.events()
        if two.count == 0:
            await wait_for(events, peerset.RecordAdded)
        deletion = await one.delete(record.id)
        deleted = await wait_for(events, peerset.RecordDeleted)
        assert deleted == peerset.RecordDeleted(record.id, deletion.id)
        assert await two.get(record.id) is None
        assert one.root == two.root


async def test_only_our_own_records_can_be_deleted() -> None:
    async with pair() as (one, two):
        events = two.events()
        record = await one.publish("mine")
        await wait_for(events, peerset.RecordAdded)
        with pytest.raises(peerset.ConfigError, match="not ours"):
            await two.delete(record.id)
        with pytest.raises(peerset.ConfigError, match="no record"):
            await two.delete(peerset.RecordId(bytes(32)))


async def test_a_newcomer_gets_what_was_written_before_it_came(tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path / 'one.db'}"
    async with local_tracker() as url, joined(url, store=store, key=KEY) as one:
        written = [await one.publish(f"record {number}") for number in range(40)]
        async with joined(url) as two:
            await two.synced(timeout=PATIENT_SECONDS)
            assert {record.id for record in await two.records()} == {record.id for record in written}
            assert two.root == one.root


async def test_a_store_remembers_over_a_restart(tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path / 'one.db'}"
    async with local_tracker() as url:
        async with joined(url, store=store, key=KEY) as room:
            record = await room.publish("kept")
            gone = await room.publish("gone")
            await room.delete(gone.id)
            root = room.root
        async with joined(url, store=store, key=KEY) as room:
            assert await room.get(record.id) == record
            assert room.root == root
            # The deletion is remembered too: what it covers is refused.
            assert await room.add([gone]) == 0
            assert room.root == root


async def test_a_store_of_another_room_is_refused(tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path / 'one.db'}"
    async with local_tracker() as url:
        async with joined(url, store=store):
            pass
        with pytest.raises(peerset.PeersetError):
            async with joined(url, room="elsewhere", store=store):
                pass


async def test_records_of_anyone_can_be_brought_in_and_are_checked() -> None:
    async with local_tracker() as url, joined(url) as room:
        good = [record_of(room, number) for number in range(700)]
        bad = [forged(record_of(room, 1_000)), record_of(room, 2_000, tag="00" * 16)]
        events = room.events()
        assert await room.add([*good, *bad]) == 700
        assert await room.add(good[:3]) == 0
        room_events = [event async for event in drained(events)]
        sources = [event.source for event in room_events if isinstance(event, peerset.RecordRejected)]
        assert sorted(sources) == ["room", "signature"]


async def drained(stream: peerset.EventStream) -> AsyncIterator[peerset.Event | peerset.Lagged]:
    stream.close()
    async for event in stream:
        yield event


def record_of(room: peerset.Room, number: int, *, tag: str | None = None) -> Record:
    now = room._driver.now().unix
    tags = [["h", tag or room.name.tag.hex()]]
    return sign_record(KEY, created_at=now, kind=1078, tags=tags, content=f"record {number}")


def forged(record: Record) -> Record:
    signature = record.signature[:-1] + bytes([record.signature[-1] ^ 1])
    fields = (record.id, record.author, record.created_at, record.kind, record.tags, record.content)
    return Record(*fields, signature, record.wire)


async def test_older_versions_of_a_keyed_record_are_hidden() -> None:
    async with local_tracker() as url, joined(url, key=KEY) as room:
        now = room._driver.now().unix
        versions = [
            sign_record(
                KEY,
                created_at=peerset.core.clock.UnixTime(now - age),
                kind=30078,
                tags=[["h", room.name.tag.hex()], ["d", "profile"]],
                content=f"{age} s old",
            )
            for age in (30, 20, 10)
        ]
        await room.add(versions)
        assert await room.records() == [versions[2]]
        assert await room.records(limit=1) == [versions[2]]
        assert room.count == 3


@peerset.admission("no-shouting", version=1)
def no_shouting(record: Record) -> str | None:
    """Refuse what is all in capitals."""
    return "please do not shout" if record.content.isupper() else None


async def test_a_policy_refuses_with_its_name_and_reason() -> None:
    async with local_tracker() as url, joined(url, policies=[no_shouting]) as room:
        with pytest.raises(peerset.RejectedError, match="no-shouting: please do not shout"):
            await room.publish("HELLO")
        assert (await room.publish("hello")).content == "hello"


async def test_bad_content_is_refused_before_anything_happens() -> None:
    async with local_tracker() as url, joined(url) as room:
        for content in ("a\0b", "\ud800", "x" * 70_000):
            with pytest.raises(peerset.MalformedError):
                await room.publish(content)
        with pytest.raises(peerset.ConfigError, match="JSON"):
            await room.publish({"not": float("nan")})
        assert room.count == 0


async def test_two_passwords_do_not_meet() -> None:
    async with (
        local_tracker() as url,
        joined(url, password="open") as one,
        joined(url, password="sesame") as two,
        joined(url, password="open") as three,
    ):
        await one.synced(timeout=PATIENT_SECONDS)
        assert [peer.id for peer in one.peers] == [three.peer_id]
        assert two.peers == []


async def test_rooms_of_one_loop_share_a_peer_id_and_meet_others_through_one_channel() -> None:
    async with (
        local_tracker() as url,
        peerset.join("red", signaling=[url], ice_servers=(), allow_loopback=True) as red,
        peerset.join("blue", signaling=[url], ice_servers=(), allow_loopback=True) as blue,
    ):
        other = peerset.Host()
        async with joined(url, "red", host=other) as other_red, joined(url, "blue", host=other) as other_blue:
            assert red.peer_id == blue.peer_id
            record = await red.publish("in red")
            await red.synced(timeout=PATIENT_SECONDS)
            await other_blue.synced(timeout=PATIENT_SECONDS)
            assert await other_red.get(record.id) == record
            assert other_blue.count == 0


async def test_one_room_joined_twice_in_a_process_is_two_peers() -> None:
    async with (
        local_tracker() as url,
        peerset.join("lobby", signaling=[url], ice_servers=(), allow_loopback=True) as one,
        peerset.join("lobby", signaling=[url], ice_servers=(), allow_loopback=True) as two,
    ):
        assert one.peer_id != two.peer_id
        await one.synced(timeout=PATIENT_SECONDS)


async def test_actions_pass_between_applications_on_the_same_channel() -> None:
    async with pair() as (one, two):
        events = two.events()
        one.send_action("chat", {"text": "hi"}, metadata={"n": 1})
        received = await wait_for(events, peerset.ActionReceived)
        assert received.peer == one.peer_id
        assert (received.action.name, received.action.payload) == ("chat", {"text": "hi"})
        with pytest.raises(peerset.ConfigError):
            one.send_action("peerset", b"")


async def test_a_peer_that_leaves_is_gone_at_once() -> None:
    async with local_tracker() as url, joined(url) as one:
        async with joined(url):
            await one.synced(timeout=PATIENT_SECONDS)
            events = one.events()
        left = await wait_for(events, peerset.PeerLeft)
        assert left.reason in ("goodbye: leaving", "the peer left the room")
        assert one.peers == []


async def test_synced_times_out_alone() -> None:
    async with local_tracker() as url, joined(url) as room:
        with pytest.raises(TimeoutError):
            await room.synced(timeout=0.05)


async def test_after_leaving_everything_says_so() -> None:
    async with local_tracker() as url, joined(url) as room:
        events = room.events()
        await room.leave()
        await room.leave()
        assert [event async for event in events] == []
        for call in (room.publish("late"), room.get(peerset.RecordId(bytes(32))), room.records(), room.synced()):
            with pytest.raises(peerset.RoomClosedError):
                await call
        with pytest.raises(peerset.RoomClosedError):
            room.events()


async def test_a_cancelled_publish_harms_nobody() -> None:
    async with local_tracker() as url, joined(url) as room:
        publishing = asyncio.create_task(room.publish("maybe"))
        await asyncio.sleep(0)
        publishing.cancel()
        await asyncio.wait([publishing])
        assert publishing.cancelled()
        await room.publish("surely")
        assert room.count in (1, 2)


async def test_the_callers_own_error_leaves_the_block_as_it_is() -> None:
    async with local_tracker() as url:
        with pytest.raises(ZeroDivisionError):
            async with joined(url):
                raise ZeroDivisionError


class FullStore(MemoryStore):
    """A store on a full disk."""

    async def add(self, records: Any, *, removed: Any = ()) -> None:
        raise peerset.StoreError("no space left on the device")


async def test_a_full_store_is_told_to_the_writer_and_the_room_goes_on() -> None:
    async with local_tracker() as url, joined(url) as one, joined(url, store=FullStore()) as two:
        await two.synced(timeout=PATIENT_SECONDS)
        events = two.events()
        with pytest.raises(peerset.StoreError, match="no space left"):
            await two.publish("will not fit")
        await one.publish("from elsewhere")
        assert (await wait_for(events, peerset.SaveDelayed)).reason == "no space left on the device"
        assert [peer.state for peer in two.peers] == ["established"]


class BrokenStore(MemoryStore):
    """Raises what no store may raise."""

    async def add(self, records: Any, *, removed: Any = ()) -> None:
        raise RuntimeError("a bug")


async def test_a_background_failure_ends_streams_and_calls_with_its_cause() -> None:
    async with local_tracker() as url, joined(url, store=BrokenStore()) as room:
        events = room.events()
        with pytest.raises(peerset.RoomClosedError) as failure:
            await room.publish("hello")
        assert isinstance(failure.value.__cause__, RuntimeError)
        with pytest.raises(peerset.RoomClosedError):
            await anext(events)


async def test_another_event_loop_is_told_at_once_that_the_room_is_not_its_own() -> None:
    async with peerset.join("lobby", signaling=[]) as room:

        async def use() -> list[str]:
            reasons = []
            for call in (
                room.publish("x"),
                room.records(),
                room.synced(),
                room.moderation.mute(room.key),
                room.leave(),
            ):
                with pytest.raises(peerset.ConfigError) as error:
                    await call
                reasons.append(str(error.value))
            return reasons

        for reason in await asyncio.to_thread(asyncio.run, use()):
            assert "this room belongs to another event loop" in reason
        with pytest.raises(peerset.ConfigError, match="another event loop"):
            await asyncio.to_thread(room.events)
        assert (await room.publish("from its own loop")).content == "from its own loop"


async def test_what_is_public_says_what_it_is() -> None:
    async with peerset.join("lobby", key=KEY, signaling=[]) as room:
        await room.publish("hello")
        assert repr(room) == f"<Room 'lobby' of 'peerset': 1 records, 0 peers, as {peerset.npub(KEY.public_key)}>"
        assert repr(room.moderation) == "<Moderator: 0 hidden, 0 muted>"
        events = room.events()
        assert repr(events) == "<EventStream: 0 waiting, open>"
        assert room.is_open
    assert not room.is_open
    assert repr(room).endswith(f"left, as {peerset.npub(KEY.public_key)}>")
    assert repr(events) == "<EventStream: 0 waiting, ended>"
    assert repr(peerset.Host()).endswith(": no rooms>")
