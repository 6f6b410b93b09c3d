"""What waits for the node, in the order it came, or until something is due."""

import asyncio

import pytest

from peerset.core.clock import Monotonic
from peerset.core.signal import PeerId
from peerset.protocol.inputs import Left, Received, Saved
from peerset.room.inputs import INPUTS_PER_TURN_MAX, TURN_SECONDS, Inputs


async def test_inputs_come_in_the_order_they_were_posted_and_no_more_than_a_turn_of_them_at_once() -> None:
    inputs = Inputs()
    for number in range(INPUTS_PER_TURN_MAX + 3):
        inputs.post(Saved(number))
    assert await inputs.next(None) == Saved(0)
    assert list(inputs.rest()) == [Saved(number) for number in range(1, INPUTS_PER_TURN_MAX + 1)]
    assert [await inputs.next(None), *inputs.rest()] == [Saved(INPUTS_PER_TURN_MAX + 1), Saved(INPUTS_PER_TURN_MAX + 2)]


async def test_who_waits_is_woken_by_an_input() -> None:
    inputs = Inputs()
    waiting = asyncio.create_task(inputs.next(None))
    await asyncio.sleep(1)
    assert not waiting.done()
    inputs.post(Left())
    inputs.post(Saved(1))
    assert await waiting == Left()
    assert list(inputs.rest()) == [Saved(1)]


async def test_at_the_deadline_there_is_none() -> None:
    inputs, loop = Inputs(), asyncio.get_running_loop()
    begin = loop.time()
    assert await inputs.next(Monotonic(begin + 5)) is None
    assert loop.time() >= begin + 5
    assert await inputs.next(Monotonic(begin)) is None, "one that has passed is due at once"


async def test_who_is_stirred_looks_again_at_what_is_due() -> None:
    inputs = Inputs()
    inputs.stir()
    waiting = asyncio.create_task(inputs.next(None))
    await asyncio.sleep(1)
    assert not waiting.done()
    inputs.stir()
    assert await waiting is None


async def test_others_get_their_turn_though_the_queue_is_never_empty() -> None:
    inputs, turns = Inputs(), list[int]()

    async def other() -> None:
        turns.append(1)

    task = asyncio.create_task(other())
    inputs.post(Left())
    await inputs.next(None)
    assert turns == [1]
    await task


async def test_who_sends_much_delays_nobody_else_and_our_own_comes_first() -> None:
    inputs = Inputs()
    flood = [Received(PeerId("0000flood"), bytes([number])) for number in range(20)]
    for each in flood:
        inputs.post(each)
    late = Received(PeerId("00000late"), b"late")
    inputs.post(late)
    inputs.post(Saved(1))
    assert [await inputs.next(None), *inputs.rest()] == [Saved(1), flood[0], late, *flood[1:]]


@pytest.mark.real_time
async def test_a_turn_ends_early_when_what_it_took_takes_long() -> None:
    inputs = Inputs()
    for number in range(10):
        inputs.post(Saved(number))
    turn = inputs.rest()
    assert next(turn) == Saved(0)
    await asyncio.sleep(2 * TURN_SECONDS)
    assert list(turn) == []
    assert await inputs.next(None) == Saved(1)


async def test_who_stops_waiting_takes_nothing_with_it() -> None:
    inputs = Inputs()
    waiting = asyncio.create_task(inputs.next(None))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    inputs.post(Left())
    assert await inputs.next(None) == Left()
