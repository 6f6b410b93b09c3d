"""A room over any stream of bytes."""

import asyncio
import random
import time
from collections.abc import Sequence
from contextlib import suppress

import pytest

import peerset
from peerset.cli.offline import Hermit
from peerset.core import wire
from peerset.core.clock import UnixTime
from peerset.core.limits import (
    RETENTION_SECONDS,
    SILENCE_MAX_SECONDS,
    STREAM_LINGER_SECONDS,
    STREAM_SETTLED_SECONDS,
)
from peerset.core.message import Goodbye, GoodbyeReason
from peerset.core.record import sign_record
from peerset.core.rules import Manifest, Rules
from peerset.core.signal import ChannelBinding, PeerId
from peerset.protocol.effects import Send
from peerset.protocol.session import Identity, Session, State
from peerset.room.clocks import read_clocks
from peerset.room.replication import address_of
from peerset.stores.memory import MemoryStore
from peerset.testing.memory import MemorySwarm
from peerset.transports.envelope import enclose
from peerset.transports.stream import FINGERPRINT
from tests.patience import PATIENT_SECONDS
from tests.room.streams import meet, two_ends, two_rooms, write


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
        await one.synced(timeout=PATIENT_SECONDS)
        await asyncio.sleep(3_600)
        record = await one.publish("hello")
        async with asyncio.timeout(PATIENT_SECONDS):
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


class SlowStore(MemoryStore):
    """Takes minutes to write."""

    async def add(self, records: Sequence[peerset.Record], *, removed: Sequence[peerset.RecordId] = ()) -> None:
        await asyncio.sleep(150)
        await super().add(records, removed=removed)


@pytest.mark.parametrize("attempt", range(6))
async def test_a_room_that_takes_in_slowly_is_waited_for(attempt: int) -> None:
    # Which of the two opens the rounds is drawn anew at each attempt.
    async with two_rooms(store=SlowStore()) as (one, two):
        await write(one, 5)
        await write(two, 2, "m")
        here, there = await meet(one, two)
        assert (here.received, here.sent, here.is_equal) == (2, 5, True)
        assert (there.received, there.sent, there.is_equal) == (5, 2, True)


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


async def test_who_only_looks_in_with_a_window_fetches_the_newest_days_and_no_names() -> None:
    async with two_rooms(window="2d") as (whole, part):
        key = peerset.SecretKey.generate(random.Random(7))
        now = int(time.time())
        tags = [("h", whole.name.tag.hex())]
        await whole.add(
            sign_record(key, created_at=UnixTime(now - days * 86_400), kind=1, tags=tags, content=str(days))
            for days in (0, 1, 4, 20)
        )
        here, there = await meet(whole, part)
        assert (here.is_equal, here.has_other_rules, there.is_equal, there.has_other_rules) == (
            True,
            False,
            True,
            False,
        )
        assert sorted(record.content for record in await part.records()) == ["0", "1"]
        assert (part.count, whole.count) == (2, 4)


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
        async with asyncio.timeout(PATIENT_SECONDS):
            assert getattr(await anext(arrivals), "record", None) == record
        await two.leave()
        await streams


async def test_the_stream_is_gone_when_whoever_waits_is_cancelled() -> None:
    async with two_rooms() as (one, two):
        here, there = await two_ends()
        waiting = asyncio.create_task(one.replicate(*here, live=True))
        other = asyncio.create_task(two.replicate(*there, live=True))
        await one.synced(timeout=PATIENT_SECONDS)
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


def test_a_writer_whose_socket_is_gone_has_no_address() -> None:
    class Gone:
        def get_extra_info(self, _: str) -> object:
            # As uvloop does once the other end has closed.
            raise AttributeError("'NoneType' object has no attribute 'getpeername'")

    assert address_of(Gone()) == ""
