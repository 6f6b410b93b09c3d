"""Attacks of those who join nothing: crowds on our tracker, and offers that name a victim. Each gives its rows.

Crowds come from addresses of their own (all of 127.0.0.0/8 is this machine) to a tracker in a process of its own, with
the limits it has by default. Honest peers are rooms of this process, on real channels.
"""

import asyncio
import gzip
import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final

import aiohttp

import peerset
from peerset.core.limits import REFLECTION_TIMES_MAX
from peerset.core.signal import RoomName
from peerset.page.files import PageFile
from peerset.page.page import Page
from peerset.page.server import serve_page
from peerset.signaling.sealing import info_hash_of
from peerset.tracker.limits import TrackerLimits
from peerset.transports.connection import Connection
from peerset.transports.options import ConnectionOptions
from peerset.transports.sdp import parse_description
from tests.bench.bench_tracker import make_announce, server
from tests.bench.loops import run_fast
from tests.datagram_victim import Victim

Row = tuple[str, float, str]

APP: Final = "bench"
ROOM: Final = "besieged"
NEWCOMERS: Final = 7
PATIENCE_SECONDS: Final = 60.0
SLOWER_MAX: Final = 2.0
JOIN_SECONDS_GOAL: Final = 0.3
MEMORY_MIB_MAX: Final = 32.0
CROWD_OFFERS: Final = 3
MEMBERS_PER_SOCKET: Final = 64
PAGE_SERVER: Final = [sys.executable, "-m", "tests.bench.strangers"]
TRACKER: Final = [sys.executable, "-m", "tests.bench.bench_tracker", "default"]


async def suffer_members(count: int, addresses: int) -> list[Row]:
    """Have so many invented members of the room announce from so many addresses; measure how long newcomers take."""
    name = f"{count} invented members of {addresses} addresses"
    info_hash = info_hash_of(RoomName(APP, ROOM))
    async with server(TRACKER) as (url, process_id), resident(url), AsyncExitStack() as stack:
        quiet = await meet_all(url)
        before = memory_mib(process_id)
        admitted = 0
        for first in range(0, count, MEMBERS_PER_SOCKET):
            address = f"127.0.2.{1 + first // MEMBERS_PER_SOCKET % addresses}"
            socket = await stack.enter_async_context(connected(url, address))
            for number in range(first, min(first + MEMBERS_PER_SOCKET, count)):
                if not socket.closed:
                    await socket.send_str(make_announce(number, CROWD_OFFERS, info_hash=info_hash))
                    admitted += '"interval":' in await next_reply(socket)
            await stack.enter_async_context(reading(socket))
        pressed = await meet_all(url)
        grown = memory_mib(process_id) - before
    holds = median(pressed) <= max(SLOWER_MAX * median(quiet), JOIN_SECONDS_GOAL) and grown <= MEMORY_MIB_MAX
    return [
        (f"{name}: those that the tracker lets in", admitted, "members"),
        (f"{name}: a newcomer meets the honest, undisturbed, p50 of {NEWCOMERS}", median(quiet) * 1e3, "ms"),
        (f"{name}: the same meanwhile (goal {JOIN_SECONDS_GOAL * 1e3:.0f})", median(pressed) * 1e3, "ms"),
        (f"{name}: the slowest", max(pressed) * 1e3, "ms"),
        (f"{name}: memory of the tracker (goal {MEMORY_MIB_MAX:.0f})", grown, "MiB"),
        (f"{name}: held off", float(holds), ""),
    ]


async def suffer_sockets() -> list[Row]:
    """Take every place of the tracker from 16 addresses; measure how long an honest client takes for a reply."""
    limits = TrackerLimits()
    name = f"{limits.connections} sockets of 16 addresses"
    async with server(TRACKER) as (url, process_id), AsyncExitStack() as stack:
        quiet = [await ask(url, number) for number in range(NEWCOMERS)]
        before = memory_mib(process_id)
        for number in range(limits.connections):
            await stack.enter_async_context(connected(url, f"127.0.3.{1 + number % 16}"))
        pressed = [await ask(url, number) for number in range(NEWCOMERS)]
        grown = memory_mib(process_id) - before
    slower = median(pressed) / median(quiet)
    return [
        (f"{name}: an honest client is answered, undisturbed, p50 of {NEWCOMERS}", median(quiet) * 1e3, "ms"),
        (f"{name}: the same meanwhile", median(pressed) * 1e3, "ms"),
        (f"{name}: slower (goal {SLOWER_MAX:.0f})", slower, "times"),
        (f"{name}: memory of the tracker", grown, "MiB"),
        (f"{name}: held off", float(slower <= SLOWER_MAX), ""),
    ]


async def suffer_offers(offers: int = 20) -> list[Row]:
    """Answer offers of as many ids, all of which name one host at four ports; count what it is sent."""
    name = f"{offers} offers that name one host"
    options = ConnectionOptions((), relay_only=False, allow_loopback=True)
    async with AsyncExitStack() as stack:
        victims = [await stack.enter_async_context(Victim.listening()) for _ in range(4)]
        maker = Connection(options, Ignorant())
        honest = await maker.offer()
        maker.close("it only made an offer")
        await maker.wait_closed()
        lines = [line for line in honest.splitlines() if not line.startswith(("a=candidate", "a=end-of"))]
        lines += [f"a=candidate:{victim.port} 1 udp 1 127.0.0.1 {victim.port} typ host" for victim in victims]
        text = "\r\n".join([*lines, "a=end-of-candidates", ""])
        attempts = [Connection(options, Ignorant()) for _ in range(offers)]
        for attempt in attempts:
            await attempt.answer(parse_description(text, "offer", allow_loopback=True))
        await asyncio.sleep(options.open_timeout_seconds + 1)
        for attempt in attempts:
            attempt.close("measured")
            await attempt.wait_closed()
        packets = sum(victim.packets for victim in victims)
        received = sum(victim.size_bytes for victim in victims)
    times = received / (offers * len(text))
    return [
        (f"{name}: bytes of an offer", len(text), "bytes"),
        (f"{name}: packets at the host, by an offer", packets / offers, ""),
        (f"{name}: bytes at the host, by an offer", received / offers, "bytes"),
        (f"{name}: reflection (goal {REFLECTION_TIMES_MAX})", times, "times"),
        (f"{name}: held off", float(times <= REFLECTION_TIMES_MAX), ""),
    ]


async def suffer_idlers(count: int = 600) -> list[Row]:
    """Open so many connections to a page server and say nothing; measure how long an honest request takes."""
    name = f"{count} idle connections to a page server"
    async with server(PAGE_SERVER) as (url, process_id), AsyncExitStack() as stack:
        quiet = [await fetch(url) for _ in range(NEWCOMERS)]
        before = memory_mib(process_id)
        port = int(url.rstrip("/").rpartition(":")[2])
        for number in range(count):
            # One address has little room; each of these has another one.
            address = (f"127.0.{4 + number // 200}.{1 + number % 200}", 0)
            _, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=address)
            stack.callback(writer.close)
        pressed = [await fetch(url) for _ in range(NEWCOMERS)]
        grown = memory_mib(process_id) - before
    slower = median(pressed) / median(quiet)
    return [
        (f"{name}: an honest request, undisturbed, p50 of {NEWCOMERS}", median(quiet) * 1e3, "ms"),
        (f"{name}: the same meanwhile", median(pressed) * 1e3, "ms"),
        (f"{name}: slower (goal {SLOWER_MAX:.0f})", slower, "times"),
        (f"{name}: memory of the server (goal {MEMORY_MIB_MAX:.0f})", grown, "MiB"),
        (f"{name}: held off", float(slower <= SLOWER_MAX and grown <= MEMORY_MIB_MAX), ""),
    ]


STRANGERS: Final[dict[str, Callable[[], Coroutine[Any, Any, list[Row]]]]] = {
    "200 invented members": lambda: suffer_members(200, 1),
    "1280 invented members": lambda: suffer_members(1_280, 10),
    "sockets": suffer_sockets,
    "offers": suffer_offers,
    "idle connections": suffer_idlers,
}


@asynccontextmanager
async def resident(url: str) -> AsyncIterator[peerset.Room]:
    """Be the honest peer that newcomers look for."""
    async with peerset.join(ROOM, app=APP, signaling=url, allow_loopback=True, ice_servers=[]) as room:
        yield room


async def meet_all(url: str) -> list[float]:
    """Join one after the other, each as a peer of its own; give how long each took to meet the resident."""
    seconds = []
    for _ in range(NEWCOMERS):
        host = peerset.Host()
        began = time.monotonic()
        joining = peerset.join(ROOM, app=APP, signaling=url, allow_loopback=True, ice_servers=[], host=host)
        async with joining as room:
            joined = room.events(peerset.PeerJoined)
            if not room.peers:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await anext(joined)
            seconds.append(time.monotonic() - began)
    return seconds


async def ask(url: str, number: int) -> float:
    """Connect and announce as an honest client; give how long the reply took."""
    began = time.monotonic()
    async with connected(url, "127.0.0.1") as socket:
        await socket.send_str(make_announce(number, 0))
        assert '"interval":' in await next_reply(socket)
    return time.monotonic() - began


async def fetch(url: str) -> float:
    """Ask for a page over a connection of its own; give how long the answer took."""
    began = time.monotonic()
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        await response.read()
    return time.monotonic() - began


async def next_reply(socket: aiohttp.ClientWebSocketResponse) -> str:
    """Give what the tracker says to an announcement, skipping others' offers; nothing once it has closed."""
    async for message in socket:
        text = str(message.data)
        if '"offer":' not in text[:200] and '"warning message":' not in text:
            return text
    return ""


@asynccontextmanager
async def connected(url: str, address: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Be a client at *address*."""
    connector = aiohttp.TCPConnector(local_addr=(address, 0))
    async with aiohttp.ClientSession(connector=connector) as session, session.ws_connect(url) as socket:
        yield socket


@asynccontextmanager
async def reading(socket: aiohttp.ClientWebSocketResponse) -> AsyncIterator[None]:
    """Take whatever comes, and answer nothing."""

    async def read() -> None:
        async for _ in socket:
            pass

    task = asyncio.create_task(read())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


class Ignorant:
    """Owns a connection, and does not care."""

    def on_open(self) -> None:
        """Ignore it."""

    def on_data(self, data: bytes) -> None:
        """Ignore it."""

    def on_clogged(self, *, is_clogged: bool) -> None:
        """Ignore it."""

    def on_closed(self, reason: str) -> None:
        """Ignore it."""


def memory_mib(process_id: int) -> float:
    """What a process holds (Linux: proc(5), statm)."""
    pages = int(Path(f"/proc/{process_id}/statm").read_text("ascii").split()[1])
    return pages * 4_096 / 2**20


async def serve() -> None:
    """Be a page server, until killed."""
    page = Page({"index.html": PageFile("text/html", b"hello", gzip.compress(b"hello"), '"one"')}, "default-src 'none'")
    async with serve_page(page, "127.0.0.1", 0) as running:
        sys.stdout.write(json.dumps({"url": running.url}) + "\n")
        sys.stdout.flush()
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    run_fast(serve())
