"""The transport between two processes on loopback, beside aiortc's bare channel in the same run.

The sender keeps at most a megabyte unacknowledged, as the sync above the transport does with its credits.
"""

import asyncio
import random
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription

from peerset.core.signal import Answer, Offer, OfferId, PeerId, RoomName
from peerset.protocol.inputs import Opened, Received, TransportInput
from peerset.transports.webrtc import WebRTCHub, WebRTCTransport
from tests.bench.loops import run_fast
from tests.bench.sizes import sized

ROOM: Final = RoomName("bench", "room")
SENDER, RECEIVER = PeerId("0000" + "s" * 16), PeerId("0000" + "r" * 16)
TOTAL_BYTES: Final = sized(24_000_000, 3_000_000)
ACK_BYTES: Final = 262_144
WINDOW_BYTES: Final = 1_048_576
SIZES: Final = (16_384, 262_144)
CONNECTS: Final = sized(20, 4)
CONNECTIONS: Final = sized(20, 4)
ROUNDS: Final = sized(3, 1)
Row = tuple[str, float, str]


class Run(NamedTuple):
    """What one transfer cost."""

    seconds: float
    sender: float
    """Seconds of CPU."""
    receiver: float


def run() -> list[Row]:
    """Measure and give (name, value, unit)."""
    return run_fast(_measure())


async def _measure() -> list[Row]:
    rows: list[Row] = []
    for size in SIZES:
        rows += await _compare(size)
    return rows + await _connecting() + await _memory()


async def _compare(size: int) -> list[Row]:
    """Alternate the ways, so that what else the machine does meets all of them."""
    ways: dict[str, Callable[[], Awaitable[Run]]] = {
        "transport": lambda: throughput(size, is_quick=True),
        "transport without the quick way": lambda: throughput(size, is_quick=False),
        "aiortc's bare channel": lambda: bare_throughput(size),
    }
    runs: dict[str, list[Run]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, run_once in ways.items():
            runs[way].append(await run_once())
    best = {way: Run(*map(min, zip(*runs[way], strict=True))) for way in ways}
    bare = best["aiortc's bare channel"]
    rows: list[Row] = []
    for way, run in best.items():
        rows += [
            (f"{way}, {size} B messages", TOTAL_BYTES / run.seconds / 1e6, "MB/s"),
            (f"CPU of the sender, {way}, {size} B messages", run.sender / TOTAL_BYTES * 1e9, "ms/MB"),
            (f"CPU of the receiver, {way}, {size} B messages", run.receiver / TOTAL_BYTES * 1e9, "ms/MB"),
        ]
    return [*rows, (f"pace over bare, {size} B messages", bare.seconds / best["transport"].seconds, "x")]


async def throughput(size: int, *, is_quick: bool, total: int = TOTAL_BYTES) -> Run:
    """Send *total* bytes in messages of *size* bytes to another process, our own quick way or aiortc's."""
    hub = WebRTCHub(SENDER, ice_servers=(), allow_loopback=True, plain_channels=not is_quick)
    transport = hub.join(ROOM)
    async with _child("receive" if is_quick else "receive-slowly", str(total)) as child:
        [offer] = await transport.make_offers(1)
        answer = await child(f"{offer.id} {offer.sdp.encode().hex()}")
        await transport.accept_answer(RECEIVER, Answer(offer.id, bytes.fromhex(answer).decode()))
        events = transport.inputs()
        await _expect(events, Opened)
        with child.watch() as run:
            await _push(transport, events, size, total)
        await hub.aclose()
    return run()


async def _push(transport: WebRTCTransport, events: AsyncIterator[TransportInput], size: int, total: int) -> None:
    """Send everything, at most a window ahead of the receiver's acknowledgements."""
    sent = acknowledged = 0
    while acknowledged < total:
        while sent < total and sent - acknowledged < WINDOW_BYTES:
            transport.send(RECEIVER, bytes(size))
            sent += size
        event = await anext(events)
        if isinstance(event, Received):
            acknowledged = int(event.data)


async def bare_throughput(size: int) -> Run:
    """Send as much over a bare channel of aiortc."""
    connection = _bare_connection()
    channel = connection.createDataChannel("data")
    opened, done = asyncio.Event(), asyncio.Event()
    channel.on("open", opened.set)
    channel.on("message", lambda _: done.set())
    async with _child("bare") as child:
        await connection.setLocalDescription()
        answer = await child(f"bare {connection.localDescription.sdp.encode().hex()}")
        await connection.setRemoteDescription(RTCSessionDescription(bytes.fromhex(answer).decode(), "answer"))
        await opened.wait()
        with child.watch() as run:
            await _push_bare(channel, size)
            await done.wait()
        await connection.close()
    return run()


async def _push_bare(channel: RTCDataChannel, size: int) -> None:
    low = asyncio.Event()
    channel.bufferedAmountLowThreshold = 65_536
    channel.on("bufferedamountlow", low.set)
    for _ in range(-(-TOTAL_BYTES // size)):
        if channel.bufferedAmount > ACK_BYTES:
            low.clear()
            await low.wait()
        channel.send(bytes(size))


async def _connecting() -> list[Row]:
    times = []
    for number in range(CONNECTS):
        async with _two_hubs(number) as (one, other):
            started = time.perf_counter()
            await _connect(one, other)
            times.append((time.perf_counter() - started) * 1e3)
    return [
        ("from make_offers to Opened, p50", statistics.median(times), "ms"),
        ("from make_offers to Opened, p95", sorted(times)[int(len(times) * 0.95) - 1], "ms"),
    ]


async def _memory() -> list[Row]:
    before = resident_bytes()
    async with _two_hubs(0) as (one, _):
        others = [
            WebRTCHub(PeerId(f"0001{number:016}"), ice_servers=(), allow_loopback=True) for number in range(CONNECTIONS)
        ]
        for other in others:
            await _connect(one, other.join(ROOM), remote=other.peer_id)
        grown = (resident_bytes() - before) / CONNECTIONS / 2
        await asyncio.gather(*(other.aclose() for other in others))
    return [("resident memory of one end of a connection", grown / 1e3, "kB")]


@asynccontextmanager
async def _two_hubs(seed: int) -> AsyncIterator[tuple[WebRTCTransport, WebRTCTransport]]:
    hubs = [
        WebRTCHub(peer, ice_servers=(), allow_loopback=True, rng=random.Random(seed)) for peer in (SENDER, RECEIVER)
    ]
    yield hubs[0].join(ROOM), hubs[1].join(ROOM)
    for hub in hubs:
        await hub.aclose()
        await hub.wait_closed()


async def _connect(one: WebRTCTransport, other: WebRTCTransport, *, remote: PeerId = RECEIVER) -> None:
    [offer] = await one.make_offers(1)
    answer = await other.make_answer(SENDER, offer)
    if answer is None:
        raise RuntimeError("the offer was not answered")
    await one.accept_answer(remote, answer)
    await _expect(other.inputs(), Opened)


async def _expect(events: AsyncIterator[TransportInput], kind: type[Opened]) -> None:
    event = await anext(events)
    if not isinstance(event, kind):
        raise TypeError(f"expected {kind.__name__}, got {event!r:.200}")


def _bare_connection() -> RTCPeerConnection:
    """A connection of aiortc as it comes; it offers the machine's addresses, but not the loopback."""
    return RTCPeerConnection(RTCConfiguration(iceServers=[]))


def resident_bytes() -> int:
    """Give how much memory this process has."""
    pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    return int(pages) * 4_096


class Child:
    """The receiving process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def __call__(self, line: str) -> str:
        """Send it a line; give the line it answers."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the receiving process has no pipes")
        self._process.stdin.write(f"{line}\n".encode())
        return (await self._process.stdout.readline()).decode().strip()

    @contextmanager
    def watch(self) -> Iterator[Callable[[], Run]]:
        """Measure what is done inside; the value gives it afterwards."""
        runs: list[Run] = []
        before = self._spent()
        yield lambda: runs[0]
        runs.append(Run(*(after - start for start, after in zip(before, self._spent(), strict=True))))

    def _spent(self) -> Run:
        of_child = int(Path(f"/proc/{self._process.pid}/schedstat").read_text("ascii").split()[0]) / 1e9
        return Run(time.perf_counter(), time.process_time(), of_child)


@asynccontextmanager
async def _child(*arguments: str) -> AsyncIterator[Child]:
    """Run this file as the receiving process."""
    command = [sys.executable, "-m", "tests.bench.bench_transport", *arguments]
    process = await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, limit=1_048_576
    )
    try:
        yield Child(process)
    finally:
        process.kill()
        await process.communicate()


async def _receive(line: str, expected: int, *, is_quick: bool) -> None:
    offer_id, text = line.split()
    hub = WebRTCHub(RECEIVER, ice_servers=(), allow_loopback=True, plain_channels=not is_quick)
    transport = hub.join(ROOM)
    answer = await transport.make_answer(SENDER, Offer(OfferId(offer_id), bytes.fromhex(text).decode()))
    if answer is None:
        raise RuntimeError("the offer was not answered")
    print(answer.sdp.encode().hex(), flush=True)
    total = told = 0
    async for event in transport.inputs():
        if isinstance(event, Received):
            total += len(event.data)
            if total - told >= ACK_BYTES or total >= expected:
                transport.send(SENDER, str(total).encode())
                told = total


async def _receive_bare(line: str) -> None:
    connection = _bare_connection()
    ended = asyncio.Event()

    def on_state() -> None:
        if connection.connectionState == "closed":
            ended.set()

    connection.on("connectionstatechange", on_state)

    def on_channel(channel: RTCDataChannel) -> None:
        total = 0

        def on_message(data: bytes) -> None:
            nonlocal total
            total += len(data)
            if total >= TOTAL_BYTES:
                channel.send(b"done")

        channel.on("message", on_message)

    connection.on("datachannel", on_channel)
    await connection.setRemoteDescription(RTCSessionDescription(bytes.fromhex(line.split()[1]).decode(), "offer"))
    await connection.setLocalDescription()
    print(connection.localDescription.sdp.encode().hex(), flush=True)
    await ended.wait()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        first = sys.stdin.readline()
        if sys.argv[1] == "bare":
            run_fast(_receive_bare(first))
        else:
            run_fast(_receive(first, int(sys.argv[2]), is_quick=sys.argv[1] == "receive"))
    else:
        for name, value, unit in run():
            print(f"{name:50} {value:10.1f} {unit}")
