"""What waits for the node, in the order it came, or until something is due."""

import asyncio

from peerset.core.clock import Monotonic
from peerset.protocol.inputs import Left, Saved
from peerset.room.inputs import INPUTS_PER_TURN_MAX, Inputs


async def test_inputs_come_in_the_order_they_were_posted_and_no_more_than_a_turn_of_them_at_once() -> None:
    inputs = Inputs()
    for number in range(INPUTS_PER_TURN_MAX + 3):
        inputs.post(Saved(number))
    assert await inputs.next(None) == Saved(0)
    assert inputs.rest() == [Saved(number) for number in range(1, INPUTS_PER_TURN_MAX + 1)]
    assert [await inputs.next(None), *inputs.rest()] == [Saved(INPUTS_PER_TURN_MAX + 1), Saved(INPUTS_PER_TURN_MAX + 2)]


async def test_who_waits_is_woken_by_an_input() -> None:
    inputs = Inputs()
    waiting = asyncio.create_task(inputs.next(None))
    await asyncio.sleep(1)
    assert not waiting.done()
    inputs.post(Left())
    inputs.post(Saved(1))
    assert await waiting == Left()
    assert inputs.rest() == [Saved(1)]


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


async def test_who_stops_waiting_takes_nothing_with_it() -> None:
    inputs = Inputs()
    waiting = asyncio.create_task(inputs.next(None))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    inputs.post(Left())
    assert await inputs.next(None) == Left()
