"""What a program that keeps rooms calls to show them."""

from dataclasses import dataclass, field

import pytest
from aiohttp import ClientSession

from peerset.core.signal import RoomName
from peerset.faces.gate import Gate
from peerset.faces.showing import http, nostr
from peerset.room.room import Room
from tests.faces.conftest import events_of, joined, talking

pytestmark = pytest.mark.real_time


@dataclass
class Holder:
    """Keeps rooms."""

    rooms: list[Room] = field(default_factory=list)
    names: list[RoomName] = field(default_factory=list)


async def test_rooms_come_and_go_while_they_are_shown() -> None:
    holder = Holder()
    async with joined() as lobby, joined("hall") as hall:
        names = frozenset([RoomName("test", "lobby")])
        async with nostr(holder, gate=Gate(), names=names) as url:
            place = url.replace("ws://", "http://")
            async with ClientSession() as session:
                for kept, status in (([], 404), (list(names), 503)):
                    holder.names = kept
                    for path in ("/", "/rooms/test/lobby"):
                        async with session.get(place + path) as answer:
                            assert answer.status == status
            holder.rooms += [hall, lobby]
            record = await lobby.publish("hello")
            async with talking(f"{url}/rooms/test/lobby") as talk:
                assert await talk.stored("all", {}) == events_of(record)


async def test_rooms_are_shown_over_http_as_well() -> None:
    async with (
        joined() as lobby,
        http(Holder([lobby]), gate=Gate(), names=frozenset()) as url,
        ClientSession() as session,
        session.get(url.replace("openapi.json", "rooms")) as answer,
    ):
        assert [row["room"] for row in (await answer.json())["rooms"]] == ["lobby"]
