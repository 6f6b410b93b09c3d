"""Whether a room can be used."""

import asyncio

import pytest

from peerset.errors import ConfigError, RoomClosedError
from peerset.room.standing import Standing


async def test_a_room_is_open_until_it_is_left() -> None:
    standing = Standing("lobby")
    standing.check()
    assert standing.is_open
    standing.is_left = True
    assert (standing.is_open, standing.word) == (False, "left")
    with pytest.raises(RoomClosedError, match="was left"):
        standing.check()


async def test_a_failed_room_tells_its_failure() -> None:
    standing = Standing("lobby")
    standing.failure = RoomClosedError("the room failed: the disk is full")
    assert (standing.is_open, standing.word) == (False, "failed")
    with pytest.raises(RoomClosedError, match="the disk is full"):
        standing.check()


@pytest.mark.real_time
async def test_another_event_loop_and_another_thread_are_refused() -> None:
    standing = Standing("lobby")
    with pytest.raises(ConfigError, match="belongs to another event loop: call 'lobby'"):
        await asyncio.to_thread(standing.check_loop)
    standing.check_loop()
