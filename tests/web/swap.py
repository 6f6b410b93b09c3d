"""A tracker that stands between its peers: it swaps the fingerprints in their offers and answers for its own.

It knows the room's key, which is made of public names, so it can open the sealed descriptions. Each of two peers gets
a channel to the tracker, and what one says is passed on to the other, word for word.
"""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import aiohttp
from aiohttp import web

from peerset.core.signal import RoomName
from peerset.signaling.sealing import Seal, sealing_key
from peerset.testing.tracker import scripted_tracker
from peerset.transports.connection import Connection
from peerset.transports.lanes import Lane, Urgency
from peerset.transports.options import ConnectionOptions
from peerset.transports.sdp import parse_description

LANE: Final = Lane(Urgency.PROTOCOL, "")
FLUSH_SECONDS: Final = 1.0
OPTIONS: Final = ConnectionOptions(ice_servers=(), relay_only=False, allow_loopback=True)


class End:
    """One of the two channels of a bridge; it passes on what it hears."""

    def __init__(self) -> None:
        self.connection = Connection(OPTIONS, self)
        self.far: End | None = None
        self.heard = 0
        """How many messages came from the peer."""
        self._waiting: list[bytes] = []
        self._hanging_up: asyncio.Task[None] | None = None

    def on_open(self) -> None:
        """Say what had to wait."""
        self.connection.send(LANE, self._waiting)

    def on_data(self, data: bytes) -> None:
        """Pass *data* on."""
        self.heard += 1
        if self.far is not None:
            self.far.say(data)

    def on_clogged(self, *, is_clogged: bool) -> None:
        """Go on all the same."""

    def on_closed(self, reason: str) -> None:
        """Hang up on the other side, too."""
        if self.far is not None:
            self.far.hang_up(reason)

    def hang_up(self, reason: str) -> None:
        """Close, once the peer has all that was passed on to it."""
        if self._hanging_up is None:
            self._hanging_up = asyncio.create_task(self._flush_and_close(reason), name="swap hangs up")

    async def wait_closed(self) -> None:
        """Wait until nothing is left of the channel."""
        if self._hanging_up is not None:
            await self._hanging_up
        await self.connection.wait_closed()

    def say(self, data: bytes) -> None:
        """Send *data*, once there is a channel."""
        if self.connection.is_open:
            self.connection.send(LANE, [data])
        else:
            self._waiting.append(data)

    async def _flush_and_close(self, reason: str) -> None:
        if self.connection.is_open:
            await self.connection.flush(FLUSH_SECONDS)
        self.connection.close(reason)


class Bridge:
    """A channel to whoever made an offer, and one to whoever answers it."""

    def __init__(self) -> None:
        self.offerer, self.answerer = End(), End()
        self.offerer.far, self.answerer.far = self.answerer, self.offerer
        self._swapped: dict[str, str] = {}
        """What was passed on in place of an offer or an answer: peers repeat theirs."""
        self._turn = asyncio.Lock()
        self._answer = ""

    @property
    def is_crossed(self) -> bool:
        """Whether both peers have said something to the other, as they believe."""
        return self.offerer.heard > 0 and self.answerer.heard > 0

    async def swap(self, kind: str, text: str) -> str:
        """Take an offer or an answer; give the one to pass on in its place."""
        async with self._turn:
            if text not in self._swapped:
                take = self._take_offer if kind == "offer" else self._take_answer
                self._swapped[text] = await take(text)
            return self._swapped[text]

    async def _take_offer(self, text: str) -> str:
        self._answer = await self.offerer.connection.answer(parse_description(text, "offer", allow_loopback=True))
        return await self.answerer.connection.offer()

    async def _take_answer(self, text: str) -> str:
        await self.answerer.connection.accept(parse_description(text, "answer", allow_loopback=True))
        return self._answer

    async def aclose(self) -> None:
        """End both channels."""
        for end in (self.offerer, self.answerer):
            end.connection.close("the test is over")
        for end in (self.offerer, self.answerer):
            await end.wait_closed()


class Swap:
    """Stands between the peers of *room* and their real tracker."""

    def __init__(self, room: RoomName, tracker: str) -> None:
        self.bridges: dict[str, Bridge] = {}
        """By the id of the offer that was passed on."""
        self._seal = Seal(sealing_key(room, ""))
        self._rng = random.Random(0)
        self._tracker = tracker

    async def attend(self, socket: web.WebSocketResponse) -> None:
        """Serve one peer until it is gone."""
        async with aiohttp.ClientSession() as session, session.ws_connect(self._tracker) as inner:
            pumps = {
                asyncio.create_task(self._announce(socket, inner), name="swap announces"),
                asyncio.create_task(self._forward(inner, socket), name="swap forwards"),
            }
            try:
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for pump in pumps:
                    pump.cancel()
                await asyncio.wait(pumps)

    async def aclose(self) -> None:
        """End every channel."""
        for bridge in self.bridges.values():
            await bridge.aclose()

    async def _announce(self, socket: web.WebSocketResponse, inner: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            await inner.send_str(message.data)

    async def _forward(self, inner: aiohttp.ClientWebSocketResponse, socket: web.WebSocketResponse) -> None:
        async for message in inner:
            with suppress(ConnectionError):
                await socket.send_str(await self._swap(message.data))

    async def _swap(self, text: str) -> str:
        fields: dict[str, Any] = json.loads(text)
        kind = "offer" if "offer" in fields else "answer" if "answer" in fields else ""
        if not kind:
            return text
        plain = self._seal.open(fields[kind]["sdp"])
        assert plain is not None
        bridge = self.bridges.setdefault(fields["offer_id"], Bridge())
        fields[kind]["sdp"] = self._seal.seal(await bridge.swap(kind, plain), self._rng)
        return json.dumps(fields)


@asynccontextmanager
async def swapping_tracker(room: RoomName, tracker: str) -> AsyncIterator[tuple[str, Swap]]:
    """Run such a tracker in front of *tracker* for the length of the block; give its address, and itself."""
    swap = Swap(room, tracker)
    async with scripted_tracker(swap.attend) as url:
        try:
            yield url, swap
        finally:
            await swap.aclose()
