"""A host without a network."""

from pathlib import Path

import pytest

from peerset.cli.offline import Hermit, Onlooker
from peerset.room.joining import join


async def test_a_hermits_room_keeps_what_it_is_given() -> None:
    async with join("lobby", host=Hermit()) as room, join("lobby", host=Hermit()) as other:
        record = await room.publish("hello")
        assert await room.records() == [record]
        assert room.peers == other.peers == []


@pytest.mark.real_time
async def test_an_onlooker_reads_what_is_there_and_goes_through_nothing(tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path / 'room.db'}"
    async with join("lobby", host=Hermit(), store=store) as room:
        record, gone = await room.publish("hello"), await room.publish("bye")
        await room.moderation.purge(gone.id)
    async with join("lobby", host=Onlooker(), store=store) as room:
        assert await room.records() == [record]
        assert [each.id for each in await room.shells()] == [gone.id]
        assert await room.get(record.id) == record
        assert (room.count, room.days) == (0, [])
