"""A room over any stream of bytes."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

import peerset
from peerset.cli.offline import Hermit
from peerset.core import wire
from peerset.core.clock import UnixTime
from peerset.core.limits import (
    HELLO_TIMEOUT_SECONDS,
    RETENTION_SECONDS,
    SILENCE_MAX_SECONDS,
    STREAM_HELLO_TIMEOUT_SECONDS,
    STREAM_LINGER_SECONDS,
    STREAM_SETTLED_SECONDS,
    STREAMS_MAX,
)
from peerset.core.message import PROTOCOL_VERSION, Goodbye, GoodbyeReason, Hello, Role
from peerset.core.rules import Manifest, Rules
from peerset.core.signal import ChannelBinding, PeerId
from peerset.protocol.effects import Send
from peerset.protocol.session import Identity, Session, State
from peerset.room.driver import read_clocks
from peerset.room.replication import address_of
from peerset.stores.memory import MemoryStore
from peerset.testing.memory import MemorySwarm
from peerset.transports.envelope import enclose
from peerset.transports.stream import FINGERPRINT

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def two_ends() -> tuple[Stream, Stream]:
    one, other = socket.socketpair()
    return await asyncio.open_connection(sock=one), await asyncio.open_connection(sock=other)


@asynccontextmanager
async def two_rooms(**options: Any) -> AsyncIterator[tuple[peerset.Room, peerset.Room]]:
    """Give two rooms of one name that have no network."""
    async with (
        peerset.join("lobby", host=Hermit()) as one,
        peerset.join("lobby", host=Hermit(), **options) as two,
    ):
        yield one, two


async def meet(
    one: peerset.Room, two: peerset.Room, *, live: bool = False
) -> tuple[peerset.Replicated, peerset.Replicated]:
    here, there = await two_ends()
    return await asyncio.gather(one.replicate(*here, live=live), two.replicate(*there))


async def write(room: peerset.Room, count: int, name: str = "n") -> None:
    for number in range(count):
        await room.publish({name: number})


async def test_two_rooms_hold_the_same_after_a_stream_between_them() -> None:
    async with two_rooms() as (one, two):
        await write(one, 30)
        await write(two, 20, "m")
        here, there = await meet(one, two)
        assert here == peerset.Replicated(two.key, received=20, sent=30, is_equal=True, has_other_rules=False)
        assert there == peerset.Replicated(one.key, received=30, sent=20, is_equal=True, has_other_rules=False)
        assert one.root == two.root
        assert one.peers == two.peers == []


async def test_it_ends_a_second_after_the_sets_are_equal() -> None:
    async with two_rooms() as (one, two):
        loop = asyncio.get_running_loop()
        began = loop.time()
        await meet(one, two)
        assert loop.time() - began == pytest.approx(STREAM_SETTLED_SECONDS, abs=0.5)


async def test_a_set_of_many_megabytes_crosses_a_stream() -> None:
    async with two_rooms() as (one, two):
        for number in range(150):
            await one.publish({"number": number, "text": "x" * 60_000})
        assert (await meet(one, two))[1].received == 150
        assert one.root == two.root


async def test_what_is_written_meanwhile_crosses_too_and_a_live_stream_goes_on_until_the_room_is_left() -> None:
    async with two_rooms() as (one, two):
        here, there = await two_ends()
        streams = asyncio.gather(one.replicate(*here, live=True), two.replicate(*there, live=True))
        arrivals = two.events(peerset.RecordAdded)
        await one.synced(timeout=60)
        await asyncio.sleep(3_600)
        record = await one.publish("hello")
        async with asyncio.timeout(60):
            assert getattr(await anext(arrivals), "record", None) == record
        assert [peer.route for peer in one.peers] == ["stream"]
        await two.leave()
        assert [(each.received, each.sent, each.is_equal) for each in await streams] == [(0, 1, True), (1, 0, True)]


async def test_one_side_may_stay_where_the_other_goes() -> None:
    async with two_rooms() as (one, two):
        await write(one, 5)
        assert [each.is_equal for each in await meet(one, two, live=True)] == [True, True]


@pytest.mark.parametrize(
    ("goodbye", "complaint"),
    [
        (Goodbye(GoodbyeReason.EXPIRED, "the session is a day old"), ""),
        (Goodbye(GoodbyeReason.LEAVING, "see you"), ""),
        (Goodbye(GoodbyeReason.BANNED, "banned: lying"), "was given up: goodbye: banned banned: lying"),
    ],
)
async def test_a_goodbye_is_a_complaint_or_none(goodbye: Goodbye, complaint: str) -> None:
    async with peerset.join("lobby", host=Hermit()) as room:
        here, there = await two_ends()
        waiting = asyncio.create_task(room.replicate(*here, live=True))
        await say_who_i_am(room, *there)
        there[1].write(enclose(wire.encode(goodbye)))
        if complaint:
            with pytest.raises(peerset.TransportError, match=complaint):
                await waiting
        else:
            assert (await waiting).is_equal is False
        there[1].close()


async def say_who_i_am(room: peerset.Room, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Be a peer until its key is proven."""
    key = peerset.SecretKey.generate(random.Random(1))
    identity = Identity(key, room.name.tag, Rules().id, RETENTION_SECONDS)
    binding = ChannelBinding(FINGERPRINT, FINGERPRINT)
    session = Session(PeerId("0000" + "1" * 16), binding, identity, rng=random.Random(1))
    effects = session.start(read_clocks())
    while True:
        for effect in effects:
            assert isinstance(effect, Send)
            writer.write(enclose(wire.encode(effect.message)))
        if session.state is State.ESTABLISHED:
            return
        size = int.from_bytes(await reader.readexactly(4))
        effects = session.receive(wire.decode(await reader.readexactly(size)), read_clocks())


class NoFives:
    """Refuses what has a five in it."""

    name = "no-fives"
    policy_class = peerset.PolicyClass.ADMISSION
    manifest = Manifest("no-fives", 1)

    def judge(self, records: Sequence[peerset.Record]) -> list[peerset.Verdict]:
        """Look for a five."""
        return [
            peerset.Reject("no-fives", "a five") if "5" in record.content else peerset.Accept() for record in records
        ]


@pytest.mark.real_time
async def test_rooms_of_other_rules_share_what_both_keep_and_part() -> None:
    async with two_rooms(policies=[NoFives()]) as (one, two):
        await write(one, 20)
        await write(two, 5, "m")
        here, there = await meet(one, two)
        assert (here.is_equal, here.has_other_rules, there.is_equal, there.has_other_rules) == (
            False,
            True,
            False,
            True,
        )
        assert (here.received, there.received) == (5, 18)


async def test_a_stream_joins_two_swarms() -> None:
    left, right = MemorySwarm(seed=1), MemorySwarm(seed=2)
    async with (
        peerset.join("lobby", host=left.host()) as one,
        peerset.join("lobby", host=left.host()) as two,
        peerset.join("lobby", host=right.host()) as three,
        peerset.join("lobby", host=right.host()) as four,
    ):
        here, there = await two_ends()
        streams = asyncio.gather(two.replicate(*here, live=True), three.replicate(*there, live=True))
        arrivals = four.events(peerset.RecordAdded)
        record = await one.publish("hello")
        async with asyncio.timeout(120):
            assert getattr(await anext(arrivals), "record", None) == record
        await two.leave()
        await streams


async def test_the_stream_is_gone_when_whoever_waits_is_cancelled() -> None:
    async with two_rooms() as (one, two):
        here, there = await two_ends()
        waiting = asyncio.create_task(one.replicate(*here, live=True))
        other = asyncio.create_task(two.replicate(*there, live=True))
        await one.synced(timeout=60)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        assert (await other).is_equal
        assert one.peers == []


async def test_a_peer_that_ends_before_the_sets_are_equal_is_no_error_but_no_equality() -> None:
    async with two_rooms() as (one, two):
        await write(one, 3)
        here, (reader, writer) = await two_ends()
        inner, outer = await two_ends()
        relaying = asyncio.gather(relay(reader, inner[1], 1), relay(inner[0], writer, 1))
        waiting = asyncio.gather(one.replicate(*here), two.replicate(*outer))
        with pytest.raises(peerset.TransportError, match="did not prove who it is: the stream ended"):
            await waiting
        await relaying


async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: int) -> None:
    """Pass on so many messages, then end."""
    for _ in range(count):
        size = await reader.readexactly(4)
        writer.write(size + await reader.readexactly(int.from_bytes(size)))
    writer.close()


# What may be at the other end instead of a peer.


async def test_an_end_that_says_nothing_is_given_up_in_time() -> None:
    async with peerset.join("lobby", host=Hermit()) as room:
        here, (_, writer) = await two_ends()
        loop = asyncio.get_running_loop()
        began = loop.time()
        with pytest.raises(peerset.TransportError, match="said no word of peerset within 60 s"):
            await room.replicate(*here)
        assert loop.time() - began == pytest.approx(STREAM_HELLO_TIMEOUT_SECONDS, abs=2)
        assert room.peers == []
        writer.close()


async def test_whoever_is_asked_for_a_password_on_the_way_is_waited_for() -> None:
    async with two_rooms() as (one, two):
        here, there = await two_ends()
        waiting = asyncio.create_task(one.replicate(*here))
        await asyncio.sleep(STREAM_HELLO_TIMEOUT_SECONDS - 5)
        assert (await two.replicate(*there)).is_equal
        assert (await waiting).is_equal


async def test_a_message_that_comes_byte_by_byte_is_not_waited_for_for_ever() -> None:
    async with peerset.join("lobby", host=Hermit()) as room:
        here, (_, writer) = await two_ends()
        waiting = asyncio.create_task(room.replicate(*here, live=True))
        message = enclose(wire.encode(hello(room)))
        loop = asyncio.get_running_loop()
        began = loop.time()
        for at in range(len(message)):
            writer.write(message[at : at + 1])
            await asyncio.sleep(0.05)
        # Nothing is proven, and nothing more comes in full.
        with pytest.raises(peerset.TransportError, match="no proof within 10 s"):
            await waiting
        assert loop.time() - began < HELLO_TIMEOUT_SECONDS + SILENCE_MAX_SECONDS
        writer.close()


def hello(room: peerset.Room) -> Hello:
    key = peerset.SecretKey.generate(random.Random(1)).public_key
    return Hello(
        PROTOCOL_VERSION, room.name.tag, key, bytes(32), bytes(32), 86_400, Role.MEMBER, 0, UnixTime(1_800_000_000)
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "did not prove who it is: the stream ended"),
        (b"bash: peerset: command not found\n", "it begins with b'bash: peerset"),
        (b"\0\0\0\x05hi", "ended within a message"),
        (b"\0\x10\0\0", "does not speak peerset"),
        (enclose(b"\xff\xff\xff"), "did not prove who it is"),
        (enclose(b""), "did not prove who it is"),
        (enclose(wire.encode(Goodbye(GoodbyeReason.FULL, "come back later"))), "goodbye: full come back later"),
    ],
)
async def test_whatever_else_is_at_the_other_end_is_named_and_costs_the_stream_alone(data: bytes, reason: str) -> None:
    async with peerset.join("lobby", host=Hermit()) as room:
        here, (_, writer) = await two_ends()
        writer.write(data)
        writer.write_eof()
        with pytest.raises(peerset.TransportError, match=reason):
            await room.replicate(*here)
        await room.publish("still here")
        assert room.peers == []
        writer.close()


async def test_another_room_is_refused_at_both_ends() -> None:
    async with peerset.join("lobby", host=Hermit()) as one, peerset.join("attic", host=Hermit()) as two:
        here, there = await two_ends()
        results = await asyncio.gather(one.replicate(*here), two.replicate(*there), return_exceptions=True)
        assert all(isinstance(each, peerset.TransportError) and "another room" in str(each) for each in results)


async def test_our_own_room_at_the_other_end_is_told_from_a_peer() -> None:
    async with peerset.join("lobby", host=Hermit()) as room:
        (reader, writer), (far, far_writer) = await two_ends()
        echo = asyncio.create_task(pipe(far, far_writer))
        with pytest.raises(peerset.TransportError, match="our own hello came back"):
            await room.replicate(reader, writer)
        await echo


async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
    writer.close()


async def test_a_banned_key_is_refused_and_told_so() -> None:
    async with two_rooms() as (one, two):
        await one.moderation.ban(two.key, seconds=60)
        here, there = await two_ends()
        mine, its = await asyncio.gather(one.replicate(*here), two.replicate(*there), return_exceptions=True)
        assert isinstance(mine, peerset.TransportError)
        assert isinstance(its, peerset.TransportError)
        assert "banned" in str(its)


async def test_what_is_no_stream_is_refused_before_anything_is_sent() -> None:
    async with peerset.join("lobby", host=Hermit()) as room:
        (reader, writer), (_, far) = await two_ends()
        with pytest.raises(peerset.ConfigError, match="a reader has the method read"):
            await room.replicate("lobby.db", writer)  # type: ignore[arg-type]
        with pytest.raises(peerset.ConfigError, match="a writer has the method write"):
            await room.replicate(reader, reader)  # type: ignore[arg-type]
        writer.close()
        far.close()


async def test_a_room_that_was_left_takes_no_stream() -> None:
    async with peerset.join("lobby", host=Hermit()) as room:
        await room.leave()
        (reader, writer), (_, far) = await two_ends()
        with pytest.raises(peerset.RoomClosedError):
            await room.replicate(reader, writer)
        writer.close()
        far.close()


async def test_a_room_carries_so_many_streams_and_refuses_one_more() -> None:
    async with peerset.join("lobby", host=Hermit()) as room:
        ends = [await two_ends() for _ in range(STREAMS_MAX + 1)]
        *waiting, last = [asyncio.create_task(room.replicate(*here, live=True)) for here, _ in ends]
        with pytest.raises(peerset.TransportError, match=f"{STREAMS_MAX} streams"):
            await last
        for _, (_, writer) in ends:
            writer.close()
        assert all(
            isinstance(each, peerset.TransportError) for each in await asyncio.gather(*waiting, return_exceptions=True)
        )


class FullStore(MemoryStore):
    """Has no room."""

    async def add(self, records: Sequence[peerset.Record], *, removed: Sequence[peerset.RecordId] = ()) -> None:
        raise peerset.StoreError("disk full")


async def test_a_store_that_is_full_ends_the_stream_without_equality_and_without_blame() -> None:
    async with two_rooms(store=FullStore()) as (one, two):
        await write(one, 3)
        strikes = [room.events(peerset.StrikeCounted) for room in (one, two)]
        here, there = await meet(one, two)
        assert (here.is_equal, there.is_equal, there.received) == (False, False, 0)
        for stream in strikes:
            stream.close()
            assert [event async for event in stream] == []


async def test_an_address_is_one_that_strangers_do_not_share() -> None:
    assert address_of(Named(("192.0.2.1", 5000))) == "192.0.2.1"
    assert address_of(Named(("2001:db8::1", 5000, 0, 0))) == "2001:db8::1"
    assert [address_of(each) for each in (Named(("127.0.0.1", 1)), Named("/run/x"), Named(("box", 1)), object())] == [
        ""
    ] * 4


class Named:
    """Says who is at its other end."""

    def __init__(self, peername: object) -> None:
        self._peername = peername

    def get_extra_info(self, name: str) -> object:
        """Say it."""
        return {"peername": self._peername}[name]


def test_lingering_ends_before_the_other_gives_us_up() -> None:
    assert STREAM_LINGER_SECONDS < SILENCE_MAX_SECONDS
