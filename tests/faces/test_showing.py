"""What a program that keeps rooms calls to show them."""

from dataclasses import dataclass, field

import pytest

from peerset.core.signal import RoomName
from peerset.faces.gate import Gate
from peerset.faces.showing import nostr
from peerset.room.room import Room
from tests.faces.conftest import events_of, joined, talking

pytestmark = pytest.mark.real_time


@dataclass
class Holder:
    """Keeps rooms."""

    rooms: list[Room] = field(default_factory=list)


async def test_rooms_come_and_go_while_they_are_shown() -> None:
    holder = Holder()
    async with joined() as lobby, joined("hall") as hall:
        names = frozenset([RoomName("test", "lobby")])
        async with nostr(holder, gate=Gate(), names=names) as url:
            holder.rooms += [hall, lobby]
            record = await lobby.publish("hello")
            async with talking(f"{url}/rooms/test/lobby") as talk:
                assert await talk.stored("all", {}) == events_of(record)
