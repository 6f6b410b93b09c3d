"""Pulses wake who waits, and miss nothing."""

import asyncio

from peerset.data.pulse import Pulse


async def test_a_beat_before_the_wait_is_not_missed() -> None:
    pulse = Pulse()
    pulse.beat()
    pulse.beat()
    assert await pulse.wait(0) == 2


async def test_a_beat_wakes_all_who_wait_even_when_one_gave_up() -> None:
    pulse = Pulse()
    waiting = [asyncio.create_task(pulse.wait(0)) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    await asyncio.wait(waiting[:1])
    pulse.beat()
    assert await asyncio.gather(*waiting[1:]) == [1, 1]
    pulse.beat()
