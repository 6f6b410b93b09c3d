"""The records of a query as they come."""

import asyncio

import pytest

import peerset
from peerset.core.keys import SecretKey
from peerset.core.limits import EVENTS_BUFFERED_MAX
from peerset.room.audience import Traffic
from peerset.testing.memory import MemorySwarm

KEY = SecretKey(bytes(31) + b"\7")


async def test_a_subscription_gives_what_is_here_and_then_what_comes() -> None:
    async with peerset.join("lobby", key=KEY, signaling=[]) as room:
        old = [await room.publish(f"old {number}", collection="feed") for number in range(3)]
        await room.publish("elsewhere")
        feed = room.subscribe(collection="feed")
        assert [await anext(feed) for _ in range(2)] == old[:2]
        new = await room.publish("new", collection="feed")
        await room.publish("elsewhere again")
        assert [await anext(feed) for _ in range(2)] == [old[2], new]
        reading = asyncio.create_task(feed.__anext__())
        await asyncio.sleep(1)
        assert not reading.done()
        last = await room.publish("last", collection="feed")
        assert await reading == last
        feed.close()
        assert [record async for record in feed] == []
        assert repr(feed) == "<Subscription: ended, 0 lost>"


async def test_what_comes_before_the_first_read_is_given_once() -> None:
    async with peerset.join("lobby", key=KEY, signaling=[]) as room:
        feed = room.subscribe()
        one = await room.publish("one")
        two = await room.publish("two")
        feed.close()
        assert [record async for record in feed] == [one, two]


async def test_what_is_here_is_read_before_it_is_asked_for_and_then_given_without_a_pause() -> None:
    async with peerset.join("lobby", key=KEY, signaling=[]) as room:
        old = [await room.publish(f"old {number}") for number in range(3)]
        feed = room.subscribe()
        await feed.ready()
        await feed.ready()
        new = await room.publish("new")
        given = list[peerset.Record]()

        async def read() -> None:
            async for record in feed:
                given.append(record)

        reading = asyncio.create_task(read())
        await asyncio.sleep(0)
        assert given == [*old, new]
        feed.close()
        await reading


async def test_what_readers_do_not_see_is_not_given() -> None:
    async with peerset.join("lobby", key=KEY, signaling=[]) as room:
        feed = room.subscribe()
        seen = await room.publish("seen")
        await room.moderation.mute(KEY)
        await room.publish("unseen")
        feed.close()
        assert [record async for record in feed] == []
        await room.moderation.unmute(KEY)
        again = room.subscribe(limit=2)
        again.close()
        assert (await anext(again)).id == seen.id


async def test_a_slow_reader_learns_what_it_lost() -> None:
    async with peerset.join("lobby", key=KEY, signaling=[]) as room:
        feed = room.subscribe()
        first = await room.publish("first")
        assert await anext(feed) == first
        for number in range(EVENTS_BUFFERED_MAX + 2):
            await room.publish(str(number))
        feed.close()
        assert len([record async for record in feed]) == EVENTS_BUFFERED_MAX
        # The first record came as an event, too.
        assert feed.lost == 3


async def test_a_bad_query_is_told_at_the_call_and_the_end_of_the_room_ends_it() -> None:
    async with peerset.join("lobby", key=KEY, signaling=[]) as room:
        with pytest.raises(peerset.ConfigError, match="not 'nobody'"):
            room.subscribe(authors="nobody")
        feed = room.subscribe()
    assert [record async for record in feed] == []


async def test_a_room_tells_listeners_watchers_and_days() -> None:
    swarm = MemorySwarm()
    async with (
        peerset.join("lobby", key=KEY, host=swarm.host()) as one,
        peerset.join("lobby", host=swarm.host()) as two,
    ):
        heard: list[peerset.Event] = []
        seen: list[Traffic] = []
        stops = [one.on(heard.append), one.watch(seen.append)]
        added = one.events(peerset.RecordAdded)
        record = await one.publish("hello")
        await two.synced(timeout=60)
        assert [event for event in heard if isinstance(event, peerset.RecordAdded)] == [await anext(added)]
        assert {"in", "out"} == {traffic.direction for traffic in seen}
        assert {"Hello", "Proof", "Root"} <= {traffic.message for traffic in seen}
        assert {traffic.peer for traffic in seen} == {two.peer_id}
        assert two.days == one.days == [peerset.Day(record.created_at // 86_400, 1)]
        for stop in stops:
            stop()
        count = len(seen)
        await two.publish("hello back")
        await one.synced(timeout=60)
        assert len(seen) == count
