import asyncio
import contextlib
import logging
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aioice import stun
from aiortc import RTCPeerConnection
from aiortc.rtcsctptransport import (
    SCTP_DATA_FIRST_FRAG,
    SCTP_DATA_LAST_FRAG,
    SCTP_DATA_UNORDERED,
    DataChunk,
    RTCSctpTransport,
)

from peerset.core.limits import CONGESTION_WINDOW_BYTES_MAX
from peerset.core.signal import Offer, OfferId, PeerId, make_peer_id
from peerset.errors import LocalProtocolError
from peerset.protocol.inputs import Closed, Opened, Received
from peerset.testing.check_transport import Pair, TransportEnd, connect
from peerset.transports import tuning
from peerset.transports.webrtc import WebRTCHub
from tests.patience import PATIENT_SECONDS
from tests.transports.test_webrtc import join, links_of, make_hub, make_pair

pytestmark = pytest.mark.real_time

KILLED_PEER = """
import asyncio, sys
from peerset.core.signal import Answer, Offer, RoomName
from peerset.core.signal import OfferId, PeerId
from peerset.transports.webrtc import WebRTCHub

async def main():
    hub = WebRTCHub(PeerId(sys.argv[1]), ice_servers=(), allow_loopback=True)
    transport = hub.join(RoomName("app", "room"))
    [offer] = await transport.make_offers(1)
    print(offer.id, offer.sdp.encode().hex(), flush=True)
    reader = asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    answer = Answer(offer.id, bytes.fromhex((await reader).strip()).decode())
    await transport.accept_answer(PeerId(sys.argv[2]), answer)
    async for event in transport.inputs():
        pass

asyncio.run(main())
"""


def sctp_of(end: TransportEnd) -> RTCSctpTransport:
    [link] = links_of(end.transport._hub)  # type: ignore[attr-defined]  # it is a WebRTCTransport
    sctp = link.connection._pc.sctp
    assert sctp is not None
    return sctp


def is_quick(sctp: RTCSctpTransport) -> bool:
    return "_data_channel_send" in vars(sctp)


def chunk(tsn: int, *, flags: int = 0, stream: int = 0, size: int = 1_000) -> DataChunk:
    made = DataChunk(flags=flags)
    made.tsn, made.stream_id, made.stream_seq, made.protocol = tsn % 2**32, stream, 0, 53
    made.user_data = bytes(size)
    return made


@asynccontextmanager
async def connected() -> AsyncIterator[Pair]:
    async with make_pair() as (one, other):
        await connect(one, other)
        yield one, other


def hostile_chunk(kind: str, number: int, sctp: RTCSctpTransport) -> DataChunk:
    """The chunk of that number in a flood of that kind, as aiortc would never send it."""
    start, [stream] = sctp._local_tsn, sctp._data_channels
    first = SCTP_DATA_FIRST_FRAG if number == 0 else 0
    whole = SCTP_DATA_FIRST_FRAG | SCTP_DATA_LAST_FRAG | SCTP_DATA_UNORDERED
    match kind:
        case "endless message":
            return chunk(start + number, flags=first, stream=stream)
        case "tiny chunks":
            return chunk(start + number, flags=first, size=1)
        case "many streams":
            return chunk(start + number, stream=number, size=1)
        case "gaps":
            return chunk(start + 2 * number + 1, flags=whole, size=1)
        case _:
            opening = chunk(start + number, flags=whole, stream=stream)
            opening.protocol, opening.user_data = 50, b"\x03" + bytes(11)
            return opening


async def flood(hostile: TransportEnd, victim: TransportEnd, *, kind: str) -> str:
    """Send chunks below aiortc's own rules until the victim closes; give its reason."""
    sctp = sctp_of(hostile)
    with contextlib.suppress(ConnectionError):
        for number in range(8_192):
            await sctp._send_chunk(hostile_chunk(kind, number, sctp))
            # Let the victim read before the socket's buffer is full.
            await asyncio.sleep(0)
    return (await victim.next(Closed)).reason


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("endless message", "more unfinished data than the receive window holds"),
        ("tiny chunks", "a message of more than 4096 chunks"),
        ("many streams", "more than 64 streams"),
        ("gaps", "more than 1024 chunks out of order"),
        ("a second opening", "an illegal SCTP packet: AssertionError()"),
    ],
)
async def test_what_aiortc_would_hold_without_end_closes_the_peer(kind: str, reason: str) -> None:
    async with connected() as (hostile, victim):
        assert await flood(hostile, victim, kind=kind) == reason


async def test_an_empty_datagram_from_a_stranger_harms_nobody() -> None:
    async with connected() as (one, other):
        loop = asyncio.get_running_loop()
        for protocol in sctp_of(one).transport.transport._connection._protocols:
            host, port = protocol.transport.get_extra_info("sockname")[:2]
            stranger, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(host, port))
            stranger.sendto(b"")
            stranger.close()
        other.transport.send(one.peer, b"still here")
        assert await one.next(Received) == Received(other.peer, b"still here")


async def test_datagrams_that_nobody_reads_are_dropped() -> None:
    async with make_pair() as (one, _):
        await one.transport.make_offers(1)
        [link] = one.transport._hub._offers.values()  # type: ignore[attr-defined]  # it is a WebRTCTransport
        sctp = link.connection._pc.sctp
        ice = sctp.transport.transport._connection
        for _ in range(tuning.DATAGRAMS_QUEUED_MAX + 100):
            ice.data_received(b"\x14", 1)
        assert ice._queue.qsize() == tuning.DATAGRAMS_QUEUED_MAX


async def test_the_congestion_window_stays_small_while_the_round_trip_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    update = RTCSctpTransport._update_rto

    def grow(sctp: RTCSctpTransport, _: float) -> None:
        # The first round trip is short, and later ones last as long as at a peer that is ever busier.
        update(sctp, 0.001 if sctp._srtt is None else sctp._srtt + 1)

    monkeypatch.setattr(RTCSctpTransport, "_update_rto", grow)
    async with connected() as (one, other):
        for _ in range(3):
            for _ in range(12):
                one.transport.send(other.peer, bytes(200_000))
            for _ in range(12):
                await other.next(Received)
        assert (sctp_of(one)._srtt or 0) > tuning.SHORT_ROUND_TRIP_SECONDS
        assert sctp_of(one)._cwnd <= CONGESTION_WINDOW_BYTES_MAX + 1_200


async def test_few_peer_reflexive_candidates_are_learned() -> None:
    async with connected() as (one, _):
        ice = sctp_of(one).transport.transport._connection
        protocol = ice._protocols[0]
        message = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
        ice.check_incoming(message, ("192.0.2.99", 1), protocol)
        assert not any(candidate.host == "192.0.2.99" for candidate in ice._remote_candidates)


async def test_a_killed_process_is_noticed_within_thirty_seconds() -> None:
    hub = make_hub(2)
    end = join(hub)
    peer = PeerId("0000killedKilledKill")
    pipe = asyncio.subprocess.PIPE
    command = [sys.executable, "-c", KILLED_PEER, peer, hub.peer_id]
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    assert process.stdin is not None
    assert process.stdout is not None
    offer_id, text = (await process.stdout.readline()).decode().split()
    answer = await end.transport.make_answer(peer, Offer(OfferId(offer_id), bytes.fromhex(text).decode()))
    assert answer is not None
    process.stdin.write(answer.sdp.encode().hex().encode() + b"\n")
    assert (await end.next(Opened)).peer == peer
    process.kill()
    async with asyncio.timeout(PATIENT_SECONDS):
        assert isinstance(event := await anext(end.inputs), Closed)
    assert event.peer == peer
    await process.communicate()
    await hub.aclose()
    await hub.wait_closed()


async def test_what_is_sent_while_there_is_no_connection_is_no_error() -> None:
    hub = make_hub(2)
    await join(hub).transport.make_offers(1)
    [link] = hub._offers.values()
    sctp = link.connection._pc.sctp
    assert sctp is not None
    # Here it is not there yet; aiortc's timers send so, in tasks that nobody looks at.
    sctp._remote_port = 5_000
    await sctp._send_chunk(chunk(1))
    await hub.aclose()
    await hub.wait_closed()


async def test_without_a_data_channel_there_is_nothing_to_tune() -> None:
    connection = RTCPeerConnection()
    assert tuning.read_path(connection) == tuning.Path("unknown", "")
    with pytest.raises(LocalProtocolError, match="no data channel"):
        tuning.is_drained(connection)
    await connection.close()


def test_these_are_the_versions_it_was_written_for() -> None:
    assert tuning.is_supported()


@pytest.mark.parametrize(("table", "found"), [("QUICK", "1.16.9"), ("SUPPORTED", "9.")])
async def test_another_aiortc_works_its_own_way_and_says_so(
    table: str, found: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(getattr(tuning, table), "aiortc", found)
    monkeypatch.setitem(tuning.QUICK, "aiortc", found)
    async with connected() as (one, other):
        assert "with others data go at half the pace" in caplog.text
        assert not is_quick(sctp_of(one))
        one.transport.send(other.peer, bytes(100_000))
        assert len((await other.next(Received)).data) == 100_000


@pytest.mark.parametrize("plain", [True, False])
async def test_channels_are_quick_unless_they_are_to_be_plain(plain: bool) -> None:
    rng = random.Random(3)
    hub = WebRTCHub(make_peer_id(rng), ice_servers=(), allow_loopback=True, plain_channels=plain, rng=rng)
    await join(hub).transport.make_offers(1)
    [link] = hub._offers.values()
    sctp = link.connection._pc.sctp
    assert sctp is not None
    assert is_quick(sctp) is not plain
    await hub.aclose()
    await hub.wait_closed()


def test_aioice_is_quiet_unless_somebody_asked_for_its_lines() -> None:
    noisy = logging.getLogger("aioice")
    before = noisy.level
    try:
        for level, after in ((logging.NOTSET, logging.WARNING), (logging.DEBUG, logging.DEBUG)):
            noisy.setLevel(level)
            tuning.quieten()
            assert noisy.level == after
    finally:
        noisy.setLevel(before)


async def test_the_first_connection_makes_aioice_quiet() -> None:
    noisy = logging.getLogger("aioice")
    before = noisy.level
    try:
        noisy.setLevel(logging.NOTSET)
        async with make_pair() as (one, _):
            await one.transport.make_offers(1)
            assert noisy.level == logging.WARNING
    finally:
        noisy.setLevel(before)
