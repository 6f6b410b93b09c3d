import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiortc import RTCDataChannel

from peerset.core.limits import BUFFERED_HIGH_BYTES, CHANNELS_PER_PEER_MAX, REFLECTION_TIMES_MAX
from peerset.errors import TransportError
from peerset.transports.connection import Connection, Phase
from peerset.transports.lanes import Lane, Urgency
from peerset.transports.options import ConnectionOptions
from peerset.transports.sdp import parse_description
from tests.datagram_victim import Victim
from tests.patience import PATIENT_SECONDS

pytestmark = pytest.mark.real_time

OPTIONS = ConnectionOptions((), relay_only=False, allow_loopback=True)
LANE = Lane(Urgency.PROTOCOL, "room")


@dataclass
class Recorder:
    """Remembers what a connection tells its owner."""

    events: asyncio.Queue[object] = field(default_factory=asyncio.Queue)

    def on_open(self) -> None:
        self.events.put_nowait("open")

    def on_data(self, data: bytes) -> None:
        self.events.put_nowait(data)

    def on_clogged(self, *, is_clogged: bool) -> None:
        self.events.put_nowait("clogged" if is_clogged else "drained")

    def on_closed(self, reason: str) -> None:
        self.events.put_nowait(f"closed: {reason}")

    async def next(self) -> object:
        async with asyncio.timeout(PATIENT_SECONDS):
            return await self.events.get()


@asynccontextmanager
async def make_ends() -> AsyncIterator[tuple[Connection, Recorder, Connection, Recorder]]:
    owners = Recorder(), Recorder()
    ends = Connection(OPTIONS, owners[0]), Connection(OPTIONS, owners[1])
    yield ends[0], owners[0], ends[1], owners[1]
    for end in ends:
        end.close("done")
        await end.wait_closed()


async def open_ends(one: Connection, other: Connection) -> None:
    offer = parse_description(await one.offer(), "offer", allow_loopback=True)
    answer = parse_description(await other.answer(offer), "answer", allow_loopback=True)
    await one.accept(answer)


def channel_of(connection: Connection) -> RTCDataChannel:
    assert connection._channel is not None
    return connection._channel


async def test_two_ends_open_and_carry_frames() -> None:
    async with make_ends() as (one, here, other, there):
        await open_ends(one, other)
        assert [await here.next(), await there.next()] == ["open", "open"]
        assert (one.is_open, one.path.route) == (True, "direct")
        one.send(LANE, [b"1", b"2"])
        assert [await there.next(), await there.next()] == [b"1", b"2"]
        await one.flush(PATIENT_SECONDS)


async def test_the_channels_buffer_stays_small() -> None:
    async with make_ends() as (one, here, other, _):
        await open_ends(one, other)
        await here.next()
        one.send(LANE, [bytes(16_384)] * 100)
        assert channel_of(one).bufferedAmount < BUFFERED_HIGH_BYTES + 16_384
        one.forget("room")
        await one.flush(PATIENT_SECONDS)
        assert channel_of(one).bufferedAmount == 0


async def test_texts_are_ignored() -> None:
    async with make_ends() as (one, here, other, there):
        await open_ends(one, other)
        assert [await here.next(), await there.next()] == ["open", "open"]
        channel_of(one).send("text")
        channel_of(one).send(b"bytes")
        assert await there.next() == b"bytes"


async def test_closing_one_end_closes_the_other_and_is_told_once() -> None:
    async with make_ends() as (one, here, other, there):
        await open_ends(one, other)
        assert [await here.next(), await there.next()] == ["open", "open"]
        one.close("enough")
        one.close("twice")
        one.send(LANE, [b"too late"])
        assert await here.next() == "closed: enough"
        assert str(await there.next()).startswith("closed: ")
        await one.wait_closed()
        assert here.events.empty()


async def test_further_channels_are_ignored_until_they_are_many() -> None:
    async with make_ends() as (one, here, other, there):
        await open_ends(one, other)
        assert [await here.next(), await there.next()] == ["open", "open"]
        for _ in range(CHANNELS_PER_PEER_MAX):
            one._pc.createDataChannel("more")
        assert await there.next() == f"closed: more than {CHANNELS_PER_PEER_MAX} channels"


async def test_a_channel_that_may_lose_or_reorder_is_refused() -> None:
    for settings in ({"ordered": False}, {"maxRetransmits": 0}, {"maxPacketLifeTime": 1}):
        async with make_ends() as (one, _, other, there):
            one._attach(one._pc.createDataChannel("data", **settings))
            one._tune(None)
            await one._set_up(one._pc.setLocalDescription())
            offer = parse_description(one._local_text(), "offer", allow_loopback=True)
            await one.accept(parse_description(await other.answer(offer), "answer", allow_loopback=True))
            assert await there.next() == "closed: the channel is not ordered and reliable"


async def test_a_host_that_offers_name_is_sent_at_most_twice_what_they_weigh() -> None:
    options = ConnectionOptions((), relay_only=False, allow_loopback=True, open_timeout_seconds=4.0)
    async with AsyncExitStack() as stack:
        victims = [await stack.enter_async_context(Victim.listening()) for _ in range(4)]
        ports = [victim.port for victim in victims]
        stranger = Connection(OPTIONS, Recorder())
        honest = await stranger.offer()
        stranger.close("it only made an offer")
        await stranger.wait_closed()
        lines = [line for line in honest.splitlines() if not line.startswith(("a=candidate", "a=end-of"))]
        lines += [f"a=candidate:{port} 1 udp 1 127.0.0.1 {port} typ host" for port in ports]
        text = "\r\n".join([*lines, "a=end-of-candidates", ""])
        owners = [Recorder() for _ in range(3)]
        attempts = [Connection(options, owner) for owner in owners]
        for attempt in attempts:
            await attempt.answer(parse_description(text, "offer", allow_loopback=True))
        assert [await owner.next() for owner in owners] == ["closed: no open channel within 4 s"] * 3
        for attempt in attempts:
            await attempt.wait_closed()
        received = sum(victim.size_bytes for victim in victims)
        assert any(victim.packets for victim in victims)
        assert received <= REFLECTION_TIMES_MAX * len(text) * len(attempts)


async def test_an_offer_is_answered_once() -> None:
    async with make_ends() as (one, _, other, _there):
        offer = parse_description(await one.offer(), "offer", allow_loopback=True)
        answer = parse_description(await other.answer(offer), "answer", allow_loopback=True)
        await one.accept(answer)
        with pytest.raises(TransportError, match="answered before"):
            await one.accept(answer)


async def test_a_closed_connection_offers_nothing() -> None:
    async with make_ends() as (one, here, _, _there):
        one.close("early")
        await one.wait_closed()
        assert await here.next() == "closed: early"
        assert one.phase is Phase.CLOSED
        with pytest.raises(TransportError):
            await one.offer()


async def test_cancelling_an_offer_closes_it_without_a_leak() -> None:
    async with make_ends() as (one, here, _, _there):
        task = asyncio.create_task(one.offer())
        asyncio.get_running_loop().call_soon(task.cancel)
        await asyncio.wait([task])
        assert task.cancelled()
        assert await here.next() == "closed: cancelled"
        await one.wait_closed()
