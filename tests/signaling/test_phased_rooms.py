"""Rooms in phases at real trackers."""

from contextlib import AsyncExitStack

import pytest

import peerset
from peerset.core.signal import RoomName
from peerset.testing.tracker import local_tracker
from tests.patience import until

pytestmark = pytest.mark.real_time

ROOM = "followed by nobody"


async def test_rooms_in_phases_meet_and_who_has_none_or_others_is_not_met() -> None:
    async with AsyncExitStack() as stack:
        trackers = [await stack.enter_async_context(local_tracker(seed=seed)) for seed in range(2)]

        async def join(phases: str | None) -> peerset.Room:
            joining = peerset.join(
                ROOM,
                phases=phases,
                signaling=trackers,
                ice_servers=[],
                allow_loopback=True,
                host=peerset.Host(),
            )
            return await stack.enter_async_context(joining)

        one, other, plain, strange = [await join(phases) for phases in ("1h", "60m", None, "2h")]
        record = await one.publish("in phases")
        await until(lambda: other.count == 1)
        assert await other.get(record.id) == record
        assert {status.place for status in one.signaling} <= set(trackers)
        assert (plain.peers, strange.peers) == ([], [])
        assert {peer.id for peer in one.peers} == {other.peer_id}


async def test_a_room_in_phases_has_the_same_tag_and_root_as_without() -> None:
    async with peerset.join(ROOM, phases="6h", signaling=[]) as room:
        record = await room.publish("the same to all")
    async with peerset.join(ROOM, signaling=[]) as plain:
        await plain.add([record])
        assert plain.count == 1
    assert ["h", RoomName("peerset", ROOM).tag.hex()] in [list(tag) for tag in record.tags]
