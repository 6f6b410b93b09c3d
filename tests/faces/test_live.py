"""Records as they come, over HTTP."""

import json
from contextlib import suppress
from typing import Any

import pytest
from aiohttp import ClientError, ClientResponse

from peerset.faces.limits import FaceLimits
from tests.faces.conftest import events_of, joined, written
from tests.faces.test_http import asking

pytestmark = pytest.mark.real_time


async def told(answer: ClientResponse) -> tuple[str, Any]:
    """Give the next event; signs of life are passed over."""
    lines = list[str]()
    while (line := (await answer.content.readline()).decode()) != "\n" or lines in ([], [":"]):
        lines = [] if line == "\n" else [*lines, line.rstrip("\n")]
    name, data = (line.partition(": ")[2] for line in lines)
    return name, json.loads(data) if data.startswith("{") else data


async def test_what_is_here_and_what_comes_is_told_once() -> None:
    limits = FaceLimits(heartbeat_seconds=0.01)
    async with joined() as room, asking(room, limits=limits) as client:
        old = [written(room, f"old {number}", at=-number, tags=(["t", "a"],)) for number in range(3)]
        await room.add(old)
        path = f"{client.place}/rooms/test/lobby/live?tag=t:a&limit=2"
        async with client.session.get(path, headers={"Origin": client.place}) as answer:
            assert answer.status == 403
        async with client.session.get(path) as answer:
            assert (answer.status, answer.content_type) == (200, "text/event-stream")
            assert [await told(answer) for _ in range(3)] == [
                *(("record", event) for event in events_of(*old[:2])),
                ("live", ""),
            ]
            await room.publish("not this")
            new = await room.publish("new", tags={"t": "a"})
            assert await told(answer) == ("record", *events_of(new))
            await room.leave()
            assert await told(answer) == ("end", "the room was left; come back later")
            assert await answer.content.read() == b""


async def test_who_does_not_read_is_let_go_and_the_room_goes_on() -> None:
    limits = FaceLimits(unsent_bytes=100_000, connections=1)
    async with joined() as room, asking(room, limits=limits) as client:
        path = f"{client.place}/rooms/test/lobby/live"
        async with client.session.get(path) as answer:
            assert await told(answer) == ("live", "")
            assert (await client.get("/rooms/test/lobby/live"))[0] == 503
            for number in range(400):
                await room.publish(f"{number}".ljust(60_000, "x"))
            assert (await client.get("/rooms/test/lobby"))[1]["records"] == 400
            with suppress(ClientError):
                # It ends, though the room goes on.
                await answer.read()
        # Its place is free again.
        async with client.session.get(path) as answer:
            assert await told(answer) == ("live", "")
