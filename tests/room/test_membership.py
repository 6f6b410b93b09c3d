"""What a member says of its room, before anybody is there and after it was left."""

import peerset
from peerset.core.keys import SecretKey

KEY = SecretKey(bytes(31) + b"\7")


async def test_a_member_tells_what_it_holds_and_who_is_there_until_it_left() -> None:
    async with peerset.join("lobby", key=KEY, signaling=[]) as room:
        empty = room.root
        await room.publish("one")
        await room.publish("two")
        assert (room.key, room.count, room.peers, room.signaling) == (KEY.public_key, 2, [], [])
        assert sum(day.count for day in room.days) == 2
        assert room.root != empty
        assert repr(room).startswith("<Room 'lobby' of 'peerset': 2 records, 0 peers, as npub1")
        assert room.is_open
    assert not room.is_open
    assert ": 2 records, left, as npub1" in repr(room)
