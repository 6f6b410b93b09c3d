"""Keeping rooms open: each by itself, and again after it failed."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

import pytest

import peerset
from peerset.core.signal import RoomName
from peerset.errors import ConfigError, RoomClosedError, StoreError
from peerset.node import keeper
from peerset.node.keeper import Keeper, Standing, State
from peerset.room.room import Room

LOBBY, GARDEN = RoomName("test", "lobby"), RoomName("test", "garden")


def joined(name: RoomName) -> AbstractAsyncContextManager[Room]:
    return peerset.join(name.room, app=name.app, signaling=[], host=peerset.Host())


async def until(kept: Keeper, *states: State) -> list[Standing]:
    while [each.state for each in kept.standings] != list(states):  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.01)
    return kept.standings


class Failing:
    """Opens the lobby, after so many *times* at which it failed by *error*."""

    def __init__(self, error: Exception, *, times: int) -> None:
        self._error = error
        self._times = times
        self.tries = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Room]:
        self.tries += 1
        if self.tries <= self._times:
            raise self._error
        async with joined(LOBBY) as room:
            yield room


async def test_rooms_are_opened_and_left_by_name() -> None:
    kept = Keeper(rng=random.Random(1))
    for name in (LOBBY, GARDEN):
        kept.add(name, partial(joined, name))
    with pytest.raises(ConfigError, match="'lobby' of 'test' is kept already"):
        kept.add(LOBBY, partial(joined, LOBBY))
    await until(kept, State.OPEN, State.OPEN)
    assert LOBBY in kept
    await kept.remove(LOBBY)
    with pytest.raises(ConfigError, match="no room 'lobby' of 'test' is kept"):
        await kept.remove(LOBBY)
    assert kept.standings == [Standing(GARDEN, State.OPEN)]
    await kept.aclose()
    assert kept.standings == []


async def test_one_that_cannot_be_opened_is_tried_again_and_others_do_not_wait() -> None:
    kept, failing = Keeper(rng=random.Random(1)), Failing(StoreError("the disk is full"), times=3)
    kept.add(LOBBY, failing.open)
    kept.add(GARDEN, partial(joined, GARDEN))
    standings = await until(kept, State.FAILED, State.OPEN)
    assert standings[0].reason == "the disk is full"
    began = asyncio.get_running_loop().time()
    await until(kept, State.OPEN, State.OPEN)
    assert kept.standings[0].reason == ""
    assert failing.tries == 4
    # 1, 2 and 4 seconds, each half of that at least.
    assert 3.5 <= asyncio.get_running_loop().time() - began <= 7.5
    await kept.aclose()


async def test_one_that_fails_while_it_is_open_is_opened_again() -> None:
    kept = Keeper(rng=random.Random(1))
    rooms: list[Room] = []

    @asynccontextmanager
    async def noted() -> AsyncIterator[Room]:
        async with joined(LOBBY) as room:
            rooms.append(room)
            yield room

    kept.add(LOBBY, noted)
    await until(kept, State.OPEN)
    rooms[0]._fail(RoomClosedError("the room failed: the disk is gone"))
    [standing] = await until(kept, State.FAILED)
    assert standing.reason == "the room failed: the disk is gone"
    await until(kept, State.OPEN)
    assert len(rooms) == 2
    await kept.aclose()


async def test_one_that_fails_by_a_mistake_of_ours_says_so_and_is_opened_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    kept = Keeper(rng=random.Random(1))
    kept.add(LOBBY, Failing(KeyError("nobody thought of it"), times=1).open)
    [standing] = await until(kept, State.FAILED)
    assert standing.reason == "KeyError: 'nobody thought of it'"
    await until(kept, State.OPEN)
    await kept.aclose()
    assert "Traceback" in caplog.text


async def test_one_of_which_nonsense_was_said_waits_for_other_words() -> None:
    kept = Keeper(rng=random.Random(1))
    kept.add(LOBBY, lambda: peerset.join("lobby", app="test", retention="soon", signaling=[]))
    [standing] = await until(kept, State.REFUSED)
    assert "soon" in standing.reason
    await asyncio.sleep(3_600)
    assert kept.standings == [standing]
    await kept.remove(LOBBY)
    assert LOBBY not in kept


async def test_a_room_is_left_while_it_waits_for_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "OPENED_AT_ONCE_MAX", 1)
    kept = Keeper(rng=random.Random(1))

    @asynccontextmanager
    async def slow() -> AsyncIterator[Room]:
        await asyncio.sleep(3_600)
        async with joined(LOBBY) as room:
            yield room

    kept.add(LOBBY, slow)
    kept.add(GARDEN, partial(joined, GARDEN))
    await until(kept, State.OPENING, State.WAITING)
    await kept.remove(GARDEN)
    await kept.remove(LOBBY)
    assert kept.standings == []


async def test_so_many_rooms_are_kept_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "ROOMS_MAX", 1)
    kept = Keeper(rng=random.Random(1))
    kept.add(LOBBY, partial(joined, LOBBY))
    with pytest.raises(ConfigError, match="1 rooms at most"):
        kept.add(GARDEN, partial(joined, GARDEN))
    await kept.aclose()


async def test_a_room_is_kept_until_it_is_left() -> None:
    kept, hanging = Keeper(rng=random.Random(1)), asyncio.Event()

    @asynccontextmanager
    async def slow() -> AsyncIterator[Room]:
        try:
            async with joined(LOBBY) as room:
                yield room
        finally:
            await hanging.wait()

    kept.add(LOBBY, slow)
    kept.add(GARDEN, partial(joined, GARDEN))
    await until(kept, State.OPEN, State.OPEN)
    closing = asyncio.create_task(kept.aclose(), name="closing")
    await asyncio.sleep(60)
    assert kept.names == [LOBBY]
    hanging.set()
    await closing
    assert kept.names == []


async def test_those_that_hang_hold_up_no_other_of_the_turns_in_which_rooms_are_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keeper, "LEFT_AT_ONCE_MAX", 1)
    kept, hanging = Keeper(rng=random.Random(1)), asyncio.Event()

    def opening(name: RoomName) -> AbstractAsyncContextManager[Room]:
        @asynccontextmanager
        async def join() -> AsyncIterator[Room]:
            async with joined(name) as room:
                try:
                    yield room
                finally:
                    if name == LOBBY:
                        await hanging.wait()

        return join()

    for name in (LOBBY, GARDEN):
        kept.add(name, partial(opening, name))
    await until(kept, State.OPEN, State.OPEN)
    closing = asyncio.create_task(kept.aclose(), name="closing")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert kept.names == [LOBBY, GARDEN]
    while kept.names != [LOBBY]:  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.01)
    hanging.set()
    await closing
    assert kept.names == []


async def test_leaving_is_not_broken_off_by_who_asks_for_it_again() -> None:
    kept, hanging, steps = Keeper(rng=random.Random(1)), asyncio.Event(), list[str]()

    @asynccontextmanager
    async def slow() -> AsyncIterator[Room]:
        async with joined(LOBBY) as room:
            try:
                yield room
            finally:
                steps.append("leaving")
                await hanging.wait()
                steps.append("left")

    kept.add(LOBBY, slow)
    await until(kept, State.OPEN)
    removing = [asyncio.create_task(kept.remove(LOBBY), name=f"removing {number}") for number in range(2)]
    while not steps:  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.01)
    with pytest.raises(ConfigError, match="kept already"):
        kept.add(LOBBY, slow)
    closing = asyncio.create_task(kept.aclose(), name="closing")
    await asyncio.sleep(1)
    hanging.set()
    await asyncio.gather(*removing, closing)
    assert steps == ["leaving", "left"]
