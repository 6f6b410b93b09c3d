"""What a Nostr relay takes from publishing an event to having it at a subscriber: rust-nostr's, in memory, on loopback.

The events are records of ours, signed here, at the paces of ``publish``; the relay verifies and keeps them, on
no disk, in a process of its own. It is installed by ``pip install 'peerset[performance]'``.
"""

import asyncio
import importlib
import json
import random
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

import aiohttp

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import event_of, sign_record
from tests.bench.loops import run_fast
from tests.bench.sizes import sized

Row = tuple[str, float, str]

RATES: Final = sized({10: 60, 100: 300}, {10: 10, 100: 50})
"""Events a second, and how many are measured."""
WARMING: Final = 20
CONTENT_CHARACTERS: Final = 150
EVENTS_PER_MINUTE: Final = 1_000_000
ANSWER_SECONDS: Final = 30
KEY: Final = SecretKey.generate(random.Random(1))


def run() -> list[Row]:
    """Measure; give (name, value, unit)."""
    return run_fast(_measure())


async def _measure() -> list[Row]:
    rows: list[Row] = []
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(_relay())
        session = await stack.enter_async_context(aiohttp.ClientSession())
        writer, reader = [await stack.enter_async_context(session.ws_connect(url)) for _ in range(2)]
        await reader.send_json(["REQ", "all", {"kinds": [1]}])
        while (await reader.receive_json())[0] != "EOSE":
            pass
        await _publish(writer, reader, WARMING, 50)
        for rate, count in RATES.items():
            seconds = sorted(await _publish(writer, reader, count, rate))
            rows += [
                (f"Nostr relay in memory at {rate}/s, p50", statistics.median(seconds) * 1e3, "ms"),
                (f"Nostr relay in memory at {rate}/s, p95", seconds[int(len(seconds) * 0.95)] * 1e3, "ms"),
            ]
    return rows


async def _publish(
    writer: aiohttp.ClientWebSocketResponse, reader: aiohttp.ClientWebSocketResponse, count: int, rate: int
) -> list[float]:
    """Publish at a pace; give the seconds that each event took."""
    reading = asyncio.create_task(_take(reader, count))
    listening = asyncio.create_task(_take(writer, count))
    started = time.perf_counter()
    for number in range(count):
        await asyncio.sleep(started + number / rate - time.perf_counter())
        content = f"{time.perf_counter()} ".ljust(CONTENT_CHARACTERS, "x")
        record = sign_record(KEY, created_at=UnixTime(int(time.time())), kind=1, tags=[], content=content)
        await writer.send_json(["EVENT", event_of(record)])
    async with asyncio.timeout(ANSWER_SECONDS):
        await listening
        return [taken - float(message[2]["content"].split()[0]) for taken, message in await reading]


async def _take(socket: aiohttp.ClientWebSocketResponse, count: int) -> list[tuple[float, Any]]:
    """Take so many messages; give when each came, and it."""
    taken = []
    for _ in range(count):
        message = await socket.receive_json()
        taken.append((time.perf_counter(), message))
    return taken


@asynccontextmanager
async def _relay() -> AsyncIterator[str]:
    """Run the relay; give its address."""
    command = [sys.executable, "-m", "tests.bench.bench_relay", "serve"]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), ANSWER_SECONDS)
        if not line:
            raise RuntimeError("the relay did not start; is peerset[performance] installed?")
        yield str(json.loads(line))
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _serve() -> None:
    """Be the relay, until killed."""
    sdk = importlib.import_module("nostr_sdk")
    limit = sdk.RateLimit(max_reqs=100, notes_per_minute=EVENTS_PER_MINUTE)
    relay = sdk.LocalRelayBuilder().rate_limit(limit).build()
    await relay.run()
    print(json.dumps(str(await relay.url())), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        asyncio.run(_serve())
    for name, figure, unit in run():
        print(f"{name:50} {figure:10.2f} {unit}")
