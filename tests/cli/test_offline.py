"""A host without a network."""

from peerset.cli.offline import Hermit
from peerset.room.joining import join


async def test_a_hermits_room_keeps_what_it_is_given() -> None:
    async with join("lobby", host=Hermit()) as room, join("lobby", host=Hermit()) as other:
        record = await room.publish("hello")
        assert await room.records() == [record]
        assert room.peers == other.peers == []
