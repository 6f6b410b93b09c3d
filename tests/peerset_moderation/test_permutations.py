"""Moderation converges: whatever order records come in, peers hold one set and show the same of it."""

import asyncio
import random
from contextlib import AsyncExitStack

import pytest

import peerset
from peerset.core.clock import UnixTime
from peerset.core.record import Record, sign_record
from peerset.core.signal import RoomName
from peerset.testing.memory import MemorySwarm
from tests.protocol.pair import key

RECORDS, AUTHORS, PEERS = 1_000, 12, 5
POLICIES = ("links", "quota:newest=5", "duplicates")


def write(now: int, number: int, rng: random.Random) -> Record:
    """Write a record that may be a duplicate, over its author's quota, or against the rules."""
    text = rng.choice(["the same again", f"note {number}", f"note {number % 40}", "see https://spam.example/x"])
    tags = [["h", RoomName("peerset", "lobby").tag.hex()], ["c", rng.choice(["news", "chat"])]]
    author = key(1 + rng.randrange(AUTHORS))
    created_at = UnixTime(now - rng.randrange(600) * 60)
    return sign_record(author, created_at=created_at, kind=1078, tags=tags, content=text)


@pytest.mark.real_time
async def test_any_order_of_arrival_gives_one_set_one_root_and_one_view() -> None:
    rng = random.Random(42)
    async with AsyncExitStack() as stack:
        # Each peer is alone in a swarm of its own: nothing but the order of arrival differs.
        rooms = [
            await stack.enter_async_context(peerset.join("lobby", host=MemorySwarm().host(), policies=POLICIES))
            for _ in range(PEERS)
        ]
        now = rooms[0]._driver.now().unix
        records = [write(now, number, rng) for number in range(RECORDS)]
        await asyncio.gather(*(room.add(rng.sample(records, RECORDS)) for room in rooms))
        views = [[record.id for record in await room.records()] for room in rooms]
        assert len({room.root for room in rooms}) == 1
        assert len({room.count for room in rooms}) == 1
        assert all(view == views[0] for view in views)
        # Every rule had something to do.
        assert len(views[0]) < rooms[0].count < len({record.id for record in records})
        hidden = {reject.policy for record in records if (reject := rooms[0].moderation.shadowing(record.id))}
        assert hidden == {"quota", "duplicates"}
