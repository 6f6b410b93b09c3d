"""Waiting until peers have what was written, between rooms of one process."""

import asyncio
from collections.abc import Callable

import pytest

import peerset
from peerset.room.settling import ASK_SECONDS, settle
from peerset.testing.memory import MemorySwarm

LINK_SECONDS = 0.4


async def test_synced_tells_of_what_was_written_just_now_whoever_opens_the_rounds() -> None:
    swarm = MemorySwarm(delay_seconds=LINK_SECONDS)
    async with (
        peerset.join("lobby", host=swarm.host()) as one,
        peerset.join("lobby", host=swarm.host()) as two,
        peerset.join("lobby", host=swarm.host()) as three,
    ):
        rooms = (one, two, three)
        for room in rooms:
            await room.synced(timeout=60)
        for writer in rooms:
            await writer.publish("news")
            await writer.synced(timeout=30)
            assert {reader.count for reader in rooms} == {writer.count}


async def test_who_asks_again_and_again_whether_all_is_synced_lets_records_come() -> None:
    swarm = MemorySwarm(delay_seconds=LINK_SECONDS)
    async with peerset.join("lobby", host=swarm.host()) as one, peerset.join("lobby", host=swarm.host()) as two:
        await one.synced(timeout=60)
        await two.synced(timeout=60)
        had_a_turn = False

        async def other() -> None:
            nonlocal had_a_turn
            had_a_turn = True

        task = asyncio.create_task(other())
        for _ in range(3):
            await two.synced(timeout=0)
        assert had_a_turn
        await task


async def test_what_was_written_while_a_peer_fell_silent_is_not_synced() -> None:
    swarm = MemorySwarm(delay_seconds=LINK_SECONDS)
    async with peerset.join("lobby", host=swarm.host()) as one, peerset.join("lobby", host=swarm.host()) as two:
        for room in (one, two):
            await room.synced(timeout=60)
        swarm.network.hold(one.peer_id, two.peer_id)
        await one.publish("lost")
        with pytest.raises(TimeoutError):
            await one.synced(timeout=10)
        assert two.count == 0


async def test_peers_are_asked_once_a_second_however_many_wait_and_whatever_changes() -> None:
    changed = asyncio.Event()
    loop = asyncio.get_running_loop()
    asked: list[float] = []
    end = loop.time() + 5.5 * ASK_SECONDS

    def note() -> None:
        asked.append(loop.time())
        changed.set()

    is_over: Callable[[], bool] = lambda: loop.time() >= end  # noqa: E731 - what is waited for
    await asyncio.gather(settle(is_over, note, changed), settle(is_over, note, changed))
    assert len(asked) == 2 * 6
