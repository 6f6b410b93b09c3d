"""What may be at the other end of a stream instead of a peer."""

import asyncio
import random

import pytest

import peerset
from peerset.cli.offline import Hermit
from peerset.core import wire
from peerset.core.clock import UnixTime
from peerset.core.limits import (
    HELLO_TIMEOUT_SECONDS,
    SILENCE_MAX_SECONDS,
    STREAM_HELLO_TIMEOUT_SECONDS,
    STREAMS_MAX,
)
from peerset.core.message import PROTOCOL_VERSION, Goodbye, GoodbyeReason, Hello, Role
from peerset.transports.envelope import enclose
from tests.room.streams import two_ends, two_rooms


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
