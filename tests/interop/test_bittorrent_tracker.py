"""Our tracker with npm's `bittorrent-tracker` clients, and our client with that package's server."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from peerset.core.signal import RoomName, make_peer_id
from peerset.signaling.sockets import TrackerSockets
from peerset.signaling.torrent import TorrentSignaling
from peerset.testing.check_signaling import SignalingPair, check_signaling
from peerset.tracker.swarms import INTERVAL_SECONDS_MIN
from peerset.tracker.tracker import serve_tracker
from tests.patience import PATIENT_SECONDS

pytestmark = [pytest.mark.real_time, pytest.mark.node]

HERE = Path(__file__).parent
ROOM = RoomName("app", "room")
INFO_HASH = "aa" * 20
ALICE = "11" * 20
BOB = "ff" * 20
"""Bytes of a WebTorrent peer id are any, not only letters and digits."""


class NodeProcess:
    """A script of this folder, which prints JSON lines."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def next(self, name: str) -> object:
        """Give the next event called *name*, skipping others."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            event = json.loads(line)
            if name in event:
                return event[name]
        raise AssertionError(f"the script ended before it said {name!r}")

    def tell(self, command: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n".encode())


@asynccontextmanager
async def node(script: str, *arguments: str) -> AsyncIterator[NodeProcess]:
    assert (HERE / "node_modules").is_dir(), "run `npm ci --prefix tests/interop` first (make test does)"
    process = await asyncio.create_subprocess_exec(
        "node", str(HERE / script), *arguments, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(PATIENT_SECONDS):
            yield NodeProcess(process)
    finally:
        # Killed, for the native WebRTC library takes five seconds to end by itself.
        process.kill()
        await process.communicate()


# The package's WebRTC gathers candidates for five seconds before each offer and each answer.
@pytest.mark.interop(client="bittorrent-tracker", what="its clients find each other through our tracker")
async def test_two_webtorrent_clients_exchange_offer_and_answer_through_our_tracker() -> None:
    async with AsyncExitStack() as stack:
        tracker = await stack.enter_async_context(serve_tracker("127.0.0.1", 0, rng=random.Random(0)))
        alice = await stack.enter_async_context(node("bittorrent_client.mjs", tracker.url, INFO_HASH, ALICE))
        bob = await stack.enter_async_context(node("bittorrent_client.mjs", tracker.url, INFO_HASH, BOB))
        alice.tell("start")
        bob.tell("start")
        assert await alice.next("peer") == BOB
        assert await bob.next("peer") == ALICE
        assert tracker.statistics.members == 2
        assert tracker.statistics.answers > 0


@pytest.mark.interop(client="bittorrent-tracker", what="its clients scrape and leave our tracker")
async def test_a_webtorrent_client_scrapes_and_leaves_our_tracker() -> None:
    async with AsyncExitStack() as stack:
        tracker = await stack.enter_async_context(serve_tracker("127.0.0.1", 0, rng=random.Random(0)))
        alice = await stack.enter_async_context(node("bittorrent_client.mjs", tracker.url, INFO_HASH, ALICE))
        alice.tell("start")
        assert await alice.next("update") == {"interval": INTERVAL_SECONDS_MIN, "complete": 0, "incomplete": 1}
        alice.tell("scrape")
        assert await alice.next("scrape") == {"complete": 0, "incomplete": 1}
        alice.tell("stop")
        assert await alice.next("update") == {"interval": INTERVAL_SECONDS_MIN, "complete": 0, "incomplete": 0}
        assert tracker.statistics.members == 0


@pytest.mark.interop(client="bittorrent-tracker", what="its server serves our client")
async def test_our_client_meets_its_like_on_the_package_s_server() -> None:
    async with node("bittorrent_server.mjs") as server:
        url = await server.next("url")
        assert isinstance(url, str)

        @asynccontextmanager
        async def pair() -> AsyncIterator[SignalingPair]:
            sockets = TrackerSockets(random.SystemRandom())
            ids = [make_peer_id(random.SystemRandom()) for _ in range(2)]
            left, right = (
                TorrentSignaling(ROOM, peer_id, trackers=[url], sockets=sockets, rng=random.SystemRandom())
                for peer_id in ids
            )
            yield SignalingPair(left, ids[0], right, ids[1])
            await left.aclose()
            await right.aclose()

        await check_signaling(pair)
