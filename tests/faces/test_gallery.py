"""The rooms that are shown."""

from peerset.core.signal import RoomName
from peerset.faces.gallery import Gallery
from peerset.faces.limits import FaceLimits
from peerset.room.room import Room
from tests.faces.conftest import joined

LOBBY, HALL = RoomName("test", "lobby"), RoomName("test", "hall")


async def test_rooms_are_shown_while_they_are_open_and_among_those_that_may_be() -> None:
    rooms = list[Room]()
    every = Gallery(lambda: rooms, FaceLimits())
    some = Gallery(lambda: rooms, FaceLimits(), names=frozenset([HALL]))
    assert await every.find(None) is None
    async with joined("lobby") as lobby, joined("hall") as hall:
        rooms += [lobby, hall]
        assert (every.names, some.names) == ([LOBBY, HALL], [HALL])
        assert await every.find(None) is None
        assert await some.find(LOBBY) is None
        shown = await every.find(LOBBY)
        assert shown is not None
        assert shown.room is lobby
        assert await every.find(LOBBY) is shown
        alone = await some.find(None)
        assert alone is not None
        assert alone.room is hall
        await lobby.leave()
        await shown.ended.wait()
        assert await every.find(LOBBY) is None
        await some.aclose()
    await every.aclose()
