"""How many events the relay face of a room takes, gives and passes on a second, beside two Nostr relays.

Ours saves each to a file of SQLite before it answers, as nostr-relay (from PyPI, in Python) does; rust-nostr's keeps
them in memory. All get the same events from the same clients, in turns, each relay in a process of its own. They
are installed by ``pip install 'peerset[tests]'``.
"""

import asyncio
import importlib
import json
import random
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import aiohttp

import peerset
from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import event_of, sign_record
from peerset.core.signal import RoomName
from peerset.faces.gallery import Gallery
from peerset.faces.gate import Gate
from peerset.faces.limits import FaceLimits
from peerset.faces.relay import relay_served
from tests.bench.loops import run_fast
from tests.bench.sizes import sized
from tests.signaling.relays import nostr_relay_process

Row = tuple[str, float, str]

EVENTS: Final = sized(1_500, 300)
PAGE_EVENTS: Final = 500
PAGES: Final = sized(10, 2)
FOLLOWERS: Final = 20
PASSED_EVENTS: Final = sized(300, 50)
ROUNDS: Final = sized(2, 1)
WINDOW_EVENTS: Final = 100
"""So many are under way at a time: relays close who has more."""
CONTENT_CHARACTERS: Final = 150
ANSWER_SECONDS: Final = 120
ROOM: Final = RoomName("peerset", "bench")
KEYS: Final = [SecretKey.generate(random.Random(number)) for number in range(20)]
GENEROUS: Final = FaceLimits(
    messages_per_second=1e6,
    messages_burst=1_000_000,
    bytes_per_second=1e9,
    bytes_burst=1_000_000_000,
    records_per_second=1e6,
    records_burst=1_000_000,
    records_read_per_second=1e6,
    records_read_burst=1_000_000,
)
"""What it takes is measured; how fast clients are read otherwise `peerset.faces.limits` says."""
NAMES: Final = {"ours": "relay face", "nostr-relay": "nostr-relay (PyPI)", "rust": "rust-nostr in memory"}


def run() -> list[Row]:
    """Measure; give (name, value, unit), of several rounds the best."""
    best = dict[str, float]()
    for _ in range(ROUNDS):
        for kind in NAMES:
            for name, figure in run_fast(_measure(kind)).items():
                best[name] = max(best.get(name, 0.0), figure)
    return [(name, figure, "events/s") for name, figure in best.items()]


async def _measure(kind: str) -> dict[str, float]:
    rng = random.Random(time.time_ns())
    events = [_event(number, rng) for number in range(EVENTS)]
    passed = [_event(number, rng) for number in range(PASSED_EVENTS)]
    name = NAMES[kind]
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(_relay(kind))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        writer = await stack.enter_async_context(session.ws_connect(url))
        async with asyncio.timeout(ANSWER_SECONDS):
            taken, given = await _take(writer, events), await _give(writer)
            # Who was silent meanwhile some relays would let go.
            followers = [await stack.enter_async_context(session.ws_connect(url)) for _ in range(FOLLOWERS)]
            passed_on = await _pass_on(writer, followers, passed)
    return {
        f"{name}: events taken": taken,
        f"{name}: events given": given,
        f"{name}: events passed on to {FOLLOWERS} clients": passed_on,
    }


async def _take(writer: aiohttp.ClientWebSocketResponse, events: list[str]) -> float:
    """Publish all, some at a time; give how many were taken a second."""
    places = asyncio.Semaphore(WINDOW_EVENTS)

    async def send() -> None:
        for text in events:
            await places.acquire()
            await writer.send_str(text)

    began = time.perf_counter()
    sending = asyncio.create_task(send(), name="sending")
    for _ in events:
        while not (text := await writer.receive_str()).startswith('["OK"'):
            pass
        assert json.loads(text)[2], text
        places.release()
    await sending
    return len(events) / (time.perf_counter() - began)


async def _give(reader: aiohttp.ClientWebSocketResponse) -> float:
    """Ask for the newest again and again; give how many came a second."""
    began, count = time.perf_counter(), 0
    for number in range(PAGES):
        await reader.send_json(["REQ", f"page {number}", {"kinds": [1], "limit": PAGE_EVENTS}])
        while not (await reader.receive_str()).startswith('["EOSE"'):
            count += 1
        await reader.send_json(["CLOSE", f"page {number}"])
    assert count >= PAGES * min(PAGE_EVENTS, EVENTS), count
    return count / (time.perf_counter() - began)


async def _pass_on(
    writer: aiohttp.ClientWebSocketResponse, followers: list[aiohttp.ClientWebSocketResponse], events: list[str]
) -> float:
    """Publish to clients that follow; give how many events came to them a second, all together."""
    for follower in followers:
        await follower.send_json(["REQ", "new", {"kinds": [1], "limit": 1}])
        while not (await follower.receive_str()).startswith('["EOSE"'):
            pass
    began = time.perf_counter()
    await asyncio.gather(_take(writer, events), *(_read(follower, len(events)) for follower in followers))
    return len(events) * len(followers) / (time.perf_counter() - began)


async def _read(follower: aiohttp.ClientWebSocketResponse, count: int) -> None:
    for _ in range(count):
        assert (await follower.receive_str()).startswith('["EVENT"')


def _event(number: int, rng: random.Random) -> str:
    record = sign_record(
        KEYS[number % len(KEYS)],
        created_at=UnixTime(int(time.time())),
        kind=1,
        tags=[["h", ROOM.tag.hex()]],
        content=f"{rng.randbytes(8).hex()} ".ljust(CONTENT_CHARACTERS, "x"),
    )
    return json.dumps(["EVENT", event_of(record)], separators=(",", ":"))


@asynccontextmanager
async def _relay(kind: str) -> AsyncIterator[str]:
    """Run a relay of *kind* in a process of its own; give its address."""
    if kind == "nostr-relay":
        async with nostr_relay_process(asyncio.subprocess.DEVNULL) as url:
            yield url
        return
    command = [sys.executable, "-m", "tests.bench.bench_faces", "serve", kind]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), ANSWER_SECONDS)
        if not line:
            raise RuntimeError("the relay did not start; is peerset[tests] installed?")
        yield str(json.loads(line))
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _serve_ours() -> None:
    """Be the relay face of a room whose records rest in a file, until killed."""
    with TemporaryDirectory() as folder:
        store = f"sqlite:{Path(folder) / 'bench.db'}"
        async with peerset.join(ROOM.room, app=ROOM.app, key=KEYS[0], store=store, signaling=[]) as room:
            gallery = Gallery(lambda: [room], GENEROUS)
            async with relay_served(gallery, Gate(), limits=GENEROUS) as url:
                print(json.dumps(url), flush=True)
                await asyncio.Event().wait()


async def _serve_rust() -> None:
    """Be rust-nostr's relay, until killed."""
    sdk = importlib.import_module("nostr_sdk")
    relay = sdk.LocalRelayBuilder().rate_limit(sdk.RateLimit(max_reqs=500, notes_per_minute=100_000_000)).build()
    await relay.run()
    print(json.dumps(str(await relay.url())), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    if sys.argv[1:]:
        run_fast(_serve_ours() if sys.argv[2] == "ours" else _serve_rust())
    for label, figure, unit in run():
        print(f"{label:60} {figure:10.0f} {unit}")
