"""Rooms that share a socket say what they have to say in turns."""

import asyncio

from peerset.signaling.announcing import Announcing
from peerset.signaling.turns import ANNOUNCES_BURST_MAX


async def test_each_room_has_its_turn_with_what_it_said_last() -> None:
    said = list[str]()
    announcing = Announcing(said.append)
    running = asyncio.create_task(announcing.run(), name="announcing")
    rooms = [f"room {number}" for number in range(2 * ANNOUNCES_BURST_MAX)]
    for room in rooms:
        announcing.put(room, f"{room}, too early")
        announcing.put(room, room)
    announcing.forget(rooms[-1])
    await asyncio.sleep(0)
    assert said == rooms[: len(said)]
    assert 0 < len(said) < len(rooms)
    await asyncio.sleep(60)
    assert said == rooms[:-1]
    running.cancel()


async def test_what_is_out_of_date_is_not_said() -> None:
    said = list[str]()
    announcing = Announcing(said.append)
    announcing.put("room", "here")
    announcing.clear()
    running = asyncio.create_task(announcing.run(), name="announcing")
    await asyncio.sleep(60)
    assert said == []
    announcing.put("room", "again")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert said == ["again"]
    running.cancel()
