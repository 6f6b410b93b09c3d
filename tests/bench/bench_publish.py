"""Publish to event: from the call in one process to the event in another, by WebRTC on loopback, both with files.

The reference is aiortc's bare channel with messages of the same size at the same pace, in the same run. Both processes
read one clock, so what is measured is one way. What publishing costs the writer is counted beside what it costs while
nothing is published.
"""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Final

from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription

import peerset
from peerset.core.signal import RoomName
from peerset.protocol.events import RecordAdded
from peerset.testing.tracker import local_tracker
from tests.bench.joined import join_nearby
from tests.bench.loops import run_fast
from tests.bench.sizes import sized

Row = tuple[str, float, str]
Ask = Callable[[str], Awaitable[list[float]]]

ROOM: Final = RoomName("bench", "publish")
CONTENT_CHARACTERS: Final = 150
RECORD_BYTES: Final = 300
RATES: Final = sized({10: 60, 100: 300}, {10: 10, 100: 50})
"""Records a second, and how many are measured."""
WARMING: Final = 20
NEIGHBOURS: Final = 14
IDLE_SECONDS: Final = sized(6.0, 1.0)
SETTLING_SECONDS: Final = sized(3.0, 0.5)
LEAVING_SECONDS: Final = 20
LINE_BYTES_MAX: Final = 1_048_576


def run() -> Iterator[Row]:
    """Measure; give each (name, value, unit) as soon as it is known."""
    yield from run_fast(_measure_latency())
    yield from run_fast(_measure_cost())


async def _measure_latency() -> list[Row]:
    rows: list[Row] = []
    ours = await _publish_to_one()
    bare = await _send_bare()
    for rate in RATES:
        p50, least = statistics.median(ours[rate]) * 1e3, statistics.median(bare[rate]) * 1e3
        rows += [
            (f"publish to event at {rate}/s, durable, p50 (goal 3)", p50, "ms"),
            (
                f"publish to event at {rate}/s, durable, p95",
                sorted(ours[rate])[int(len(ours[rate]) * 0.95)] * 1e3,
                "ms",
            ),
            (f"aiortc's bare channel at {rate}/s, p50 (reference)", least, "ms"),
            (f"publish to event at {rate}/s, over bare aiortc", p50 / least, "times"),
        ]
    return rows


async def _publish_to_one() -> dict[int, list[float]]:
    async with AsyncExitStack() as stack:
        room, ask = await _meet(stack, readers=1)
        await _publish(room, WARMING, 50)
        await ask("take")
        found = {}
        for rate, count in RATES.items():
            await _publish(room, count, rate)
            await asyncio.sleep(1)
            found[rate] = await ask("take")
        return found


async def _measure_cost() -> list[Row]:
    async with AsyncExitStack() as stack:
        room, _ = await _meet(stack, readers=NEIGHBOURS)
        await asyncio.sleep(SETTLING_SECONDS)
        before = time.process_time()
        await asyncio.sleep(IDLE_SECONDS)
        idle = (time.process_time() - before) / IDLE_SECONDS
        await _publish(room, WARMING, 10)
        count = RATES[10]
        before, started = time.process_time(), time.perf_counter()
        await _publish(room, count, 10)
        spent, took = time.process_time() - before, time.perf_counter() - started
    return [
        (
            f"processor of a writer at 10/s with {NEIGHBOURS} neighbours (goal 1)",
            (spent - idle * took) / count * 1e3,
            "ms a record",
        ),
        (f"processor of a member with {NEIGHBOURS} neighbours, idle", idle * 1e3, "ms a second"),
    ]


async def _meet(stack: AsyncExitStack, *, readers: int) -> tuple[peerset.Room, Ask]:
    """Join with so many others, which run in one other process."""
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    url = await stack.enter_async_context(local_tracker())
    ask = await stack.enter_async_context(_child("read", url, folder, str(readers)))
    room = await stack.enter_async_context(join_nearby(ROOM, url, store=f"sqlite:{folder}/writer.db"))
    events = room.events()
    while sum(peer.state == "established" for peer in room.peers) < readers:
        await anext(events)
    events.close()
    return room, ask


async def _publish(room: peerset.Room, count: int, rate: int) -> None:
    started = time.perf_counter()
    for number in range(count):
        await asyncio.sleep(started + number / rate - time.perf_counter())
        await room.publish(f"{time.perf_counter()} ".ljust(CONTENT_CHARACTERS, "x"))


async def _send_bare() -> dict[int, list[float]]:
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    channel = connection.createDataChannel("data")
    opened = asyncio.Event()
    channel.on("open", opened.set)
    async with _process("bare") as process:
        await connection.setLocalDescription()
        answer = await _say(process, connection.localDescription.sdp.encode().hex())
        await connection.setRemoteDescription(RTCSessionDescription(bytes.fromhex(answer).decode(), "answer"))
        await opened.wait()
        found = {}
        for rate, count in RATES.items():
            started = time.perf_counter()
            for number in range(count):
                await asyncio.sleep(started + number / rate - time.perf_counter())
                channel.send(f"{time.perf_counter()} ".ljust(RECORD_BYTES, "x").encode())
            await asyncio.sleep(1)
            found[rate] = [float(each) for each in json.loads(await _say(process, "take"))]
        await connection.close()
    return found


@asynccontextmanager
async def _process(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    command = [sys.executable, "-m", "tests.bench.bench_publish", *arguments]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=LINE_BYTES_MAX)
    try:
        yield process
    finally:
        if process.stdin is not None:
            process.stdin.close()
        # Where the machine is busy, many rooms take long to leave.
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), timeout=LEAVING_SECONDS)
        if process.returncode is None:
            process.kill()
            await process.wait()


@asynccontextmanager
async def _child(*arguments: str) -> AsyncIterator[Ask]:
    async with _process(*arguments) as process:

        async def ask(line: str) -> list[float]:
            return [float(each) for each in json.loads(await _say(process, line))]

        await ask("ready")
        yield ask


async def _say(process: asyncio.subprocess.Process, line: str) -> str:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the other process has no pipes")
    process.stdin.write(f"{line}\n".encode())
    return (await process.stdout.readline()).decode().strip()


# The other process.


async def _read(url: str, folder: str, count: str) -> None:
    taken: list[float] = []

    def note(event: object) -> None:
        if isinstance(event, RecordAdded):
            taken.append(time.perf_counter() - float(event.record.content.split()[0]))

    async with AsyncExitStack() as stack:
        rooms = [
            await stack.enter_async_context(join_nearby(ROOM, url, store=f"sqlite:{folder}/reader{number}.db"))
            for number in range(int(count))
        ]
        rooms[0].on(note)
        await _answer(taken)


async def _answer(taken: list[float]) -> None:
    while await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(taken), flush=True)
        taken.clear()


async def _read_bare() -> None:
    taken: list[float] = []
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))

    def on_channel(channel: RTCDataChannel) -> None:
        channel.on("message", lambda data: taken.append(time.perf_counter() - float(data.split()[0])))

    connection.on("datachannel", on_channel)
    offer = bytes.fromhex(sys.stdin.readline()).decode()
    await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    await connection.setLocalDescription()
    print(connection.localDescription.sdp.encode().hex(), flush=True)
    await _answer(taken)
    await connection.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["read"]:
        run_fast(_read(*sys.argv[2:5]))
    elif sys.argv[1:2] == ["bare"]:
        run_fast(_read_bare())
    else:
        for name, value, unit in run():
            print(f"{name:70} {value:10.2f} {unit}")
