"""A room of its own as a relay, and a client of it that says what it is told to."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp

import peerset
from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import Record, event_of, sign_record
from peerset.faces.gallery import Gallery
from peerset.faces.gate import Gate
from peerset.faces.limits import FaceLimits
from peerset.faces.relay import relay_served
from peerset.faces.tally import FaceTally
from peerset.room.room import Room
from tests.patience import PATIENT_SECONDS

KEY: Final = SecretKey(bytes(31) + b"\7")
OTHER: Final = SecretKey(bytes(31) + b"\x08")
STARTED: Final = int(time.time())
TOKEN: Final = "only for those who know"


@asynccontextmanager
async def joined(name: str = "lobby", **options: Any) -> AsyncIterator[Room]:
    """Join a room without a network."""
    async with peerset.join(name, app="test", key=KEY, signaling=[], **options) as room:
        yield room


@asynccontextmanager
async def relayed(
    *rooms: Room, gate: Gate | None = None, limits: FaceLimits | None = None, tally: FaceTally | None = None
) -> AsyncIterator[str]:
    """Be a relay for *rooms*; give the address."""
    limits = limits or FaceLimits()
    gallery = Gallery(lambda: rooms, limits)
    try:
        async with relay_served(gallery, gate or Gate(), limits=limits, tally=tally) as url:
            yield url
    finally:
        await gallery.aclose()


class Talk:
    """A client of a relay."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def say(self, *message: object) -> None:
        """Say *message* as JSON."""
        await self.socket.send_str(json.dumps(message))

    async def hear(self) -> Any:
        """Give the next message."""
        return await self.socket.receive_json(timeout=PATIENT_SECONDS)

    async def ask(self, *message: object) -> Any:
        """Say *message*, and give what comes next."""
        await self.say(*message)
        return await self.hear()

    async def stored(self, name: str, *filters: object) -> list[dict[str, Any]]:
        """Ask for what is there."""
        await self.say("REQ", name, *filters)
        found = list[dict[str, Any]]()
        while (message := await self.hear())[0] == "EVENT":
            assert message[1] == name
            found.append(message[2])
        assert message == ["EOSE", name]
        return found

    async def end(self) -> tuple[int | None, str]:
        """Wait until the relay ends it; give code and reason."""
        while True:
            message = await self.socket.receive(timeout=PATIENT_SECONDS)
            if message.type is aiohttp.WSMsgType.CLOSE:
                return message.data, message.extra or ""
            if message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR):
                return self.socket.close_code, ""


@asynccontextmanager
async def talking(url: str, **options: Any) -> AsyncIterator[Talk]:
    """Be a client of the relay at *url*."""
    async with aiohttp.ClientSession() as session, session.ws_connect(url, autoclose=True, **options) as socket:
        yield Talk(socket)


def written(
    room: Room, content: str, *, key: SecretKey = OTHER, kind: int = 1, at: int = 0, tags: tuple[Any, ...] = ()
) -> Record:
    """Sign a record of *room*, dated *at* seconds from now, or before the tests began: those are in order by it."""
    return sign_record(
        key,
        created_at=UnixTime((STARTED if at < 0 else int(time.time())) + at),
        kind=kind,
        tags=[["h", room.name.tag.hex()], *tags],
        content=content,
    )


def events_of(*records: Record) -> list[dict[str, Any]]:
    """Give *records* as clients have them."""
    return [json.loads(json.dumps(event_of(record))) for record in records]
