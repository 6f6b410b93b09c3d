"""A socket to a tracker survives whatever the tracker does, and says so once."""

import asyncio
import json
import logging
import random
import socket as sockets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from peerset.core.limits import (
    TRACKER_MESSAGE_BYTES_MAX,
    TRACKER_MESSAGES_BURST_MAX,
    TRACKER_MESSAGES_PER_SECOND_MAX,
    TRACKER_NONSENSE_MAX,
    TRACKER_REASONS_LOGGED_MAX,
)
from peerset.ports import SocketState
from peerset.signaling.kept_socket import SocketTimes
from peerset.signaling.sealing import InfoHash
from peerset.signaling.torrent_wire import Complained, OfferForwarded, Replied, TrackerMessage
from peerset.signaling.tracker_socket import TrackerSocket
from peerset.testing.tracker import Script, scripted_tracker
from tests.patience import PATIENT_SECONDS

pytestmark = pytest.mark.real_time
HASH = InfoHash("h" * 20)
REPLY = json.dumps({"action": "announce", "info_hash": HASH, "interval": 60, "complete": 0, "incomplete": 1})
OFFER = json.dumps(
    {
        "action": "announce",
        "info_hash": HASH,
        "peer_id": "p" * 20,
        "offer_id": "o" * 20,
        "offer": {"type": "offer", "sdp": "s"},
    }
)
LOGGER = "peerset.signaling"


class Witness:
    """A room that writes down what it is told."""

    def __init__(self) -> None:
        self.opened = 0
        self.failed = 0
        self.heard: list[TrackerMessage] = []
        self._told = asyncio.Event()

    def socket_opened(self, url: str) -> None:
        self.opened += 1
        self._told.set()

    def socket_failed(self, url: str) -> None:
        self.failed += 1
        self._told.set()

    def socket_heard(self, url: str, message: TrackerMessage) -> None:
        self.heard.append(message)
        self._told.set()

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENT_SECONDS):
            while not is_so():
                self._told.clear()
                await self._told.wait()


@asynccontextmanager
async def running(url: str, times: SocketTimes | None = None) -> AsyncIterator[tuple[TrackerSocket, Witness]]:
    witness = Witness()
    socket = TrackerSocket(url, random.Random(0), times=times)
    socket.subscribers[HASH] = witness
    task = asyncio.create_task(socket.run())
    try:
        yield socket, witness
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert socket.state is SocketState.CLOSED


async def echo_replies(socket: web.WebSocketResponse) -> None:
    async for _ in socket:
        await socket.send_str(REPLY)


async def stay(socket: web.WebSocketResponse) -> None:
    async for _ in socket:
        pass


def repeat(text: str | bytes, times: int) -> Script:
    async def send(socket: web.WebSocketResponse) -> None:
        for _ in range(times):
            await (socket.send_str(text) if isinstance(text, str) else socket.send_bytes(text))
        await stay(socket)

    return send


async def hang_up(socket: web.WebSocketResponse) -> None:
    await socket.close()


def warnings_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


async def test_an_announce_is_replied_to() -> None:
    async with scripted_tracker(echo_replies) as url, running(url) as (socket, witness):
        await witness.until(lambda: witness.opened == 1)
        socket.announce(HASH, "{}")
        await witness.until(lambda: bool(witness.heard))
        assert witness.heard == [Replied(HASH, 60, 0, 1)]
        assert (socket.state, socket.error) == (SocketState.OPEN, None)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (hang_up, "closed the connection"),
        (repeat(b"\x00\xff", TRACKER_NONSENSE_MAX + 1), "a binary message"),
        (repeat("nonsense", TRACKER_NONSENSE_MAX + 1), "not JSON"),
        (repeat('{"action":7}', TRACKER_NONSENSE_MAX + 1), "action"),
        (repeat("[" * 100_000, TRACKER_NONSENSE_MAX + 1), "not JSON"),
        (repeat(OFFER.replace("pppp", "\\u0000"), TRACKER_NONSENSE_MAX + 1), "peer_id"),
        (repeat("x" * (TRACKER_MESSAGE_BYTES_MAX + 1), 1), "broken websocket"),
        (repeat(OFFER, 10_000), f"more than {TRACKER_MESSAGES_PER_SECOND_MAX:g} messages a second"),
    ],
    ids=["hangs up", "binary", "no JSON", "wrong types", "deep", "wrong ids", "huge", "flood"],
)
async def test_a_misbehaving_tracker_costs_one_log_line(
    script: Script, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, LOGGER)
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with scripted_tracker(script) as url, running(url) as (socket, witness):
        await witness.until(lambda: witness.failed == 1)
        assert socket.state is SocketState.RESTING
        assert reason in str(socket.error)
        seconds = loop.time() - began
        assert len(witness.heard) <= TRACKER_MESSAGES_BURST_MAX + TRACKER_MESSAGES_PER_SECOND_MAX * seconds
        await witness.until(lambda: witness.failed == 2)
    (line,) = warnings_of(caplog)
    assert reason in line


async def test_other_swarms_messages_are_ignored() -> None:
    other = OFFER.replace(HASH, "i" * 20)

    async def script(socket: web.WebSocketResponse) -> None:
        for text in (other, OFFER):
            await socket.send_str(text)
        await stay(socket)

    async with scripted_tracker(script) as url, running(url) as (_, witness):
        await witness.until(lambda: bool(witness.heard))
        (heard,) = witness.heard
        assert isinstance(heard, OfferForwarded)


async def test_a_tracker_that_never_replies_is_left() -> None:
    async with scripted_tracker(stay) as url, running(url, SocketTimes(reply=0.2)) as (socket, witness):
        await witness.until(lambda: witness.opened == 1)
        socket.announce(HASH, "{}")
        await witness.until(lambda: witness.failed == 1)
        assert socket.error == "no reply to an announce for 0.2 s"


async def test_a_quiet_tracker_that_was_asked_nothing_is_kept() -> None:
    async with scripted_tracker(echo_replies) as url, running(url, SocketTimes(reply=0.05)) as (socket, witness):
        await witness.until(lambda: witness.opened == 1)
        loop, quiet = asyncio.get_running_loop(), asyncio.Event()
        loop.call_later(0.2, quiet.set)
        await quiet.wait()
        assert (socket.state, witness.failed) == (SocketState.OPEN, 0)


async def test_a_tracker_that_never_shakes_hands_is_given_up() -> None:
    with sockets.create_server(("127.0.0.1", 0)) as silent:
        url = f"ws://127.0.0.1:{silent.getsockname()[1]}"
        async with running(url, SocketTimes(connect=0.2)) as (socket, witness):
            await witness.until(lambda: witness.failed == 1)
            assert socket.error == "no connection within 0.2 s"


@pytest.mark.parametrize("url", ["ws://127.0.0.1:1", "ws://" + "x" * 64 + ".invalid"])
async def test_an_address_where_nobody_listens_is_an_error(url: str) -> None:
    async with running(url) as (socket, witness):
        await witness.until(lambda: witness.failed == 1)
        assert socket.state is SocketState.RESTING
        assert socket.error
        assert "ssl" not in socket.error


async def test_a_tracker_without_tls_is_an_error_for_wss() -> None:
    async with scripted_tracker(stay) as url, running(url.replace("ws:", "wss:")) as (socket, witness):
        await witness.until(lambda: witness.failed == 1)
        assert "SSL" in str(socket.error)


async def test_a_closed_socket_is_opened_again_and_its_return_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, LOGGER)
    visits = 0

    async def script(socket: web.WebSocketResponse) -> None:
        nonlocal visits
        visits += 1
        await socket.send_str(REPLY)
        if visits > 2:
            await stay(socket)

    async with scripted_tracker(script) as url, running(url, SocketTimes(healthy=0.0)) as (socket, witness):
        await witness.until(lambda: len(witness.heard) == 3)
        assert (witness.opened, witness.failed, socket.error) == (3, 2, None)
    lines = [record.getMessage().removeprefix(f"tracker {url} ").split()[0] for record in caplog.records]
    assert lines == ["answers", "is", "answers", "is", "answers"]


async def test_complaints_are_logged_once_each_and_not_without_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, LOGGER)

    async def script(socket: web.WebSocketResponse) -> None:
        for number in range(TRACKER_REASONS_LOGGED_MAX + 5):
            for _ in range(2):
                await socket.send_str(json.dumps({"failure reason": f"no {number}"}))
        await socket.send_str(json.dumps({"warning message": "last"}))
        await stay(socket)

    async with scripted_tracker(script) as url, running(url) as (socket, witness):
        await witness.until(lambda: Complained(is_failure=False, reason="'last'") in witness.heard)
        assert socket.error == f"'no {TRACKER_REASONS_LOGGED_MAX + 4}'"
        assert warnings_of(caplog) == [f"tracker {url} refuses: 'no {n}'" for n in range(TRACKER_REASONS_LOGGED_MAX)]


async def test_what_a_closed_socket_should_send_is_forgotten() -> None:
    async with running("ws://127.0.0.1:1") as (socket, witness):
        socket.send("early")
        await socket.flush()
        await witness.until(lambda: witness.failed == 1)
        assert socket.state is SocketState.RESTING
