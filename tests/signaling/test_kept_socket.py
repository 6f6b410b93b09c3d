"""What a kept websocket promises whoever speaks by it; trackers and relays try the rest of it."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from peerset.errors import SignalingError
from peerset.ports import SocketState
from peerset.signaling.kept_socket import KeptSocket, SocketTimes
from peerset.testing.tracker import Script, scripted_tracker
from tests.patience import PATIENT_SECONDS

pytestmark = pytest.mark.real_time


class User:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self._told = asyncio.Event()

    def opened(self) -> None:
        self._tell("opened")

    def failed(self) -> None:
        self._tell("failed")

    def heard(self, text: str) -> None:
        if text == "nonsense":
            raise SignalingError("nonsense")
        self._tell(text)

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENT_SECONDS):
            while not is_so():
                self._told.clear()
                await self._told.wait()

    def _tell(self, what: str) -> None:
        self.told.append(what)
        self._told.set()


@asynccontextmanager
async def running(script: Script, times: SocketTimes | None = None) -> AsyncIterator[tuple[KeptSocket, User]]:
    async with scripted_tracker(script) as url:
        user = User()
        socket = KeptSocket(url, user, random.Random(0), name="relay", times=times)
        task = asyncio.create_task(socket.run())
        try:
            yield socket, user
        finally:
            task.cancel()
            await asyncio.wait([task])
            assert socket.state is SocketState.CLOSED


async def echo(socket: web.WebSocketResponse) -> None:
    async for message in socket:
        await socket.send_str(message.data)


async def test_what_is_sent_while_it_is_open_arrives_and_nothing_else() -> None:
    async with running(echo) as (socket, user):
        socket.send("too early")
        await user.until(lambda: user.told == ["opened"])
        socket.send("hello")
        await socket.flush()
        await user.until(lambda: user.told == ["opened", "hello"])


async def test_who_gives_it_up_says_why_and_for_how_long() -> None:
    async with running(echo) as (socket, user):
        await user.until(lambda: "opened" in user.told)
        socket.succeed()
        socket.end("it is of no use", rest_seconds=300)
        socket.send("the last word")
        await user.until(lambda: "failed" in user.told)
        assert (socket.error, socket.state) == ("it is of no use", SocketState.RESTING)
        assert socket.next_try is not None
        assert socket.next_try - socket.since > 290


async def test_what_must_be_answered_is_not_awaited_for_ever() -> None:
    async def deaf(socket: web.WebSocketResponse) -> None:
        async for _ in socket:
            pass

    async with running(deaf, SocketTimes(reply=0.2)) as (socket, user):
        await user.until(lambda: "opened" in user.told)
        socket.ask("hello?")
        await user.until(lambda: "failed" in user.told)
        assert socket.error == "no reply to an announce for 0.2 s"


async def test_nonsense_is_borne_for_a_while_and_no_answer() -> None:
    async with running(echo) as (socket, user):
        await user.until(lambda: "opened" in user.told)
        for text in ("nonsense", "sense"):
            socket.send(text)
        await user.until(lambda: "sense" in user.told)
        for _ in range(50):
            socket.send("nonsense")
        await user.until(lambda: "failed" in user.told)
        assert socket.error == "too many messages that make no sense, the last: nonsense"
