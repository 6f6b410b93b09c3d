"""One peer at the other end of a stream."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import pytest

from peerset.core.action import Action
from peerset.core.limits import (
    MESSAGE_BYTES_MAX,
    SEND_QUEUE_BYTES_PER_PEER_MAX,
    SEND_QUEUE_HIGH_BYTES,
    STREAM_STALL_SECONDS,
)
from peerset.core.signal import Answer, Offer, OfferId, PeerId
from peerset.errors import LocalProtocolError, TransportError
from peerset.protocol.inputs import Clogged, Closed, Drained, Faulted, Opened, Received, TransportInput
from peerset.testing import check_transport
from peerset.transports.envelope import enclose
from peerset.transports.stream import FINGERPRINT, StreamTransport

ONE, OTHER = PeerId("0000" + "1" * 16), PeerId("0000" + "2" * 16)
OFFER = Offer(OfferId("offer"), "")

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def two_ends() -> tuple[Stream, Stream]:
    one, other = socket.socketpair()
    return await asyncio.open_connection(sock=one), await asyncio.open_connection(sock=other)


@asynccontextmanager
async def open_one() -> AsyncIterator[tuple[StreamTransport, AsyncIterator[TransportInput], Stream]]:
    """Give a transport to OTHER, what it tells after its opening, and the stream's other end."""
    (reader, writer), far = await two_ends()
    transport = StreamTransport(OTHER, reader, writer)
    inputs = transport.inputs()
    opened = await anext(inputs)
    assert isinstance(opened, Opened)
    yield transport, inputs, far
    await transport.aclose()
    far[1].close()


class Dialed:
    """Streams for the acceptance suite, which connects by offers and answers: an answer makes a stream."""

    def __init__(self) -> None:
        self.other: Dialed
        self._streams: asyncio.Queue[StreamTransport] = asyncio.Queue()
        self._stream: StreamTransport | None = None

    async def make_offers(self, count: int) -> list[Offer]:
        return [OFFER] * count

    async def make_answer(self, peer: PeerId, offer: Offer) -> Answer:
        return Answer(offer.id, peer)

    async def accept_answer(self, peer: PeerId, answer: Answer) -> None:
        here, there = await two_ends()
        self.take(StreamTransport(peer, *here))
        self.other.take(StreamTransport(PeerId(answer.sdp), *there))

    def take(self, stream: StreamTransport) -> None:
        self._stream = stream
        self._streams.put_nowait(stream)

    def add_candidate(self, peer: PeerId, offer_id: OfferId, candidate: str) -> None:
        raise NotImplementedError

    def drop_offers(self, offer_ids: Sequence[OfferId]) -> None:
        raise NotImplementedError

    def heed(self, event: Opened | Closed) -> None:
        raise NotImplementedError

    def send(self, peer: PeerId, data: bytes) -> None:
        assert self._stream is not None
        self._stream.send(peer, data)

    def send_action(self, peer: PeerId, action: Action) -> bool:
        raise NotImplementedError

    def disconnect(self, peer: PeerId, reason: str) -> None:
        assert self._stream is not None
        self._stream.disconnect(peer, reason)

    async def inputs(self) -> AsyncIterator[TransportInput]:
        while True:
            stream = await self._streams.get()
            async for event in stream.inputs():
                yield event
                if isinstance(event, Closed):
                    break
            if stream.reason == "we left the room":
                return

    async def aclose(self) -> None:
        if self._stream is not None:
            await self._stream.aclose()


@pytest.mark.parametrize(
    "check",
    [
        check_transport.check_order,
        check_transport.check_disconnect,
        check_transport.check_slow_peer,
        check_transport.check_backpressure,
    ],
    ids=lambda check: check.__name__,
)
async def test_it_passes_what_of_the_acceptance_suite_is_not_of_offers_and_actions(
    check: check_transport.Check,
) -> None:
    one, other = Dialed(), Dialed()
    one.other, other.other = other, one
    await check(check_transport.TransportEnd(ONE, one), check_transport.TransportEnd(OTHER, other))
    await one.aclose()
    await other.aclose()


async def test_a_stream_has_the_same_fingerprint_at_both_ends() -> None:
    here, (_, far) = await two_ends()
    transport = StreamTransport(OTHER, *here, address="192.0.2.1")
    opened = await anext(transport.inputs())
    assert isinstance(opened, Opened)
    assert (opened.binding.local, opened.binding.remote) == (FINGERPRINT, FINGERPRINT)
    assert FINGERPRINT.hex() == "4c2c2e60c51f985d173770340aab398349b0ec8f6ed13513d4b1a63ad08c5c67"
    assert (opened.peer, opened.route, opened.address) == (OTHER, "stream", "192.0.2.1")
    await transport.aclose()
    far.close()


async def test_strangers_are_ignored_and_what_is_too_long_is_refused_where_it_is_sent() -> None:
    async with open_one() as (transport, _, (reader, _)):
        transport.send(ONE, b"nobody")
        transport.disconnect(ONE, "nobody")
        transport.send_action(OTHER, Action("chat", "no application is there"))
        with pytest.raises(LocalProtocolError):
            transport.send(OTHER, bytes(MESSAGE_BYTES_MAX + 1))
        transport.send(OTHER, b"hello")
        assert await reader.readexactly(9) == enclose(b"hello")


async def test_a_transport_that_leaves_says_its_last_words() -> None:
    async with open_one() as (transport, inputs, (reader, _)):
        transport.send(OTHER, b"last words")
        await transport.aclose()
        await transport.aclose()
        assert await reader.read() == enclose(b"last words")
        assert [event async for event in inputs] == [Closed(OTHER, "we left the room")]


async def test_the_end_of_the_stream_is_no_fault() -> None:
    async with open_one() as (transport, inputs, (reader, writer)):
        writer.write(enclose(b"hello"))
        writer.write_eof()
        assert [await anext(inputs), await anext(inputs)] == [
            Received(OTHER, b"hello"),
            Closed(OTHER, "the stream ended"),
        ]
        assert await reader.read() == b""
        assert transport.fault is None


async def test_the_end_is_told_when_all_was_dealt_with() -> None:
    here, (_, writer) = await two_ends()
    is_dealt_with = asyncio.Event()
    transport = StreamTransport(OTHER, *here, linger=partial(wait, is_dealt_with))
    writer.write(enclose(b"hello"))
    writer.write_eof()
    await asyncio.sleep(1)
    assert not transport.is_ended
    is_dealt_with.set()
    await asyncio.sleep(0.1)
    assert transport.is_ended
    await transport.aclose()
    writer.close()


async def wait(event: asyncio.Event) -> None:
    await event.wait()


async def test_whoever_said_nothing_is_not_waited_for() -> None:
    here, (_, writer) = await two_ends()
    transport = StreamTransport(OTHER, *here, linger=partial(wait, asyncio.Event()))
    writer.close()
    await asyncio.sleep(0.1)
    assert transport.is_ended
    await transport.aclose()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ((MESSAGE_BYTES_MAX + 1).to_bytes(4), "does not speak peerset"),
        (b"\xff\xff\xff\xff" + bytes(100), "does not speak peerset"),
        (b"Last login: Sun Nov 29 06:10:45\r\n", "it begins with b'Last login: Sun Nov 29"),
        (enclose(b"hello") + b"\0\x10\0\0", "a message of 1048576 bytes"),
    ],
)
async def test_lengths_beyond_the_limit_end_the_stream(data: bytes, reason: str) -> None:
    async with open_one() as (transport, inputs, (_, writer)):
        writer.write(data)
        told = [event async for event in until_closed(inputs)]
        assert isinstance(told[-2], Faulted)
        assert reason in told[-2].reason
        assert isinstance(transport.fault, TransportError)
        assert reason in str(transport.fault)


async def until_closed(inputs: AsyncIterator[TransportInput]) -> AsyncIterator[TransportInput]:
    async for event in inputs:
        yield event
        if isinstance(event, Closed):
            return


async def test_a_stream_that_ends_within_a_message_broke() -> None:
    async with open_one() as (transport, inputs, (_, writer)):
        writer.write(enclose(b"hello")[:-1])
        writer.write_eof()
        assert await anext(inputs) == Closed(OTHER, "the stream ended within a message")
        assert isinstance(transport.fault, TransportError)


async def test_whoever_takes_nothing_is_given_up_in_time() -> None:
    async with open_one() as (transport, inputs, _):
        loop = asyncio.get_running_loop()
        began = loop.time()
        for _ in range(SEND_QUEUE_BYTES_PER_PEER_MAX // MESSAGE_BYTES_MAX // 2):
            transport.send(OTHER, bytes(MESSAGE_BYTES_MAX))
        [*_, closed] = [event async for event in until_closed(inputs)]
        assert closed == Closed(OTHER, "the other end took nothing for 60 s")
        assert loop.time() - began == pytest.approx(STREAM_STALL_SECONDS, abs=1)
        assert isinstance(transport.fault, TransportError)


async def test_more_than_can_wait_ends_the_stream_and_what_comes_after_is_ignored() -> None:
    async with open_one() as (transport, _, _):
        for _ in range(SEND_QUEUE_BYTES_PER_PEER_MAX // MESSAGE_BYTES_MAX + 8):
            transport.send(OTHER, bytes(MESSAGE_BYTES_MAX))
        assert "wait to be sent" in transport.reason
        assert isinstance(transport.fault, TransportError)


async def test_one_learns_when_too_much_waits_to_be_sent_and_when_most_of_it_has_left() -> None:
    async with open_one() as (transport, inputs, (reader, _)):
        count = SEND_QUEUE_HIGH_BYTES // MESSAGE_BYTES_MAX + 4
        for _ in range(count):
            transport.send(OTHER, bytes(MESSAGE_BYTES_MAX))
        assert await anext(inputs) == Clogged(OTHER)
        await reader.readexactly(count * len(enclose(bytes(MESSAGE_BYTES_MAX))))
        assert await anext(inputs) == Drained(OTHER)
        transport.send(OTHER, b"hello")
        assert await reader.readexactly(9) == enclose(b"hello")


class Broken:
    """Reads and writes nothing but errors."""

    async def read(self, n: int = -1, /) -> bytes:
        await asyncio.sleep(1)
        raise OSError(5, "Input/output error")

    def write(self, data: bytes, /) -> None:
        raise OSError(28, "No space left on device")

    async def drain(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise OSError(9, "Bad file descriptor")

    async def wait_closed(self) -> None:
        raise NotImplementedError


async def test_what_cannot_be_read_ends_the_stream() -> None:
    transport = StreamTransport(OTHER, Broken(), Broken())
    await asyncio.sleep(2)
    assert str(transport.fault) == "the stream broke: [Errno 5] Input/output error"
    await transport.aclose()


async def test_what_cannot_be_written_ends_the_stream_unless_the_other_has_ended_it() -> None:
    (reader, writer), (_, far) = await two_ends()
    transport = StreamTransport(OTHER, reader, Broken())
    transport.send(OTHER, b"hello")
    await asyncio.sleep(2)
    assert str(transport.fault) == "the stream broke: [Errno 28] No space left on device"
    await transport.aclose()
    writer.close()
    far.close()
    (reader, writer), (_, far) = await two_ends()
    transport = StreamTransport(OTHER, reader, Broken())
    far.close()
    transport.send(OTHER, b"hello")
    await asyncio.sleep(2)
    assert (transport.reason, transport.fault) == ("the stream ended", None)
    await transport.aclose()
    writer.close()


async def test_a_writer_that_cannot_be_ended_alone_is_closed() -> None:
    (reader, writer), (far, far_writer) = await two_ends()
    transport = StreamTransport(OTHER, reader, OneWay(writer))
    transport.send(OTHER, b"goodbye")
    await transport.aclose()
    assert await far.read() == enclose(b"goodbye")
    far_writer.close()


class OneWay:
    """What of a writer every sink has."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.write = writer.write
        self.drain = writer.drain
        self.close = writer.close
        self.wait_closed = writer.wait_closed
