"""The loop whose clock jumps."""

import asyncio
import time

import pytest


async def test_an_hour_passes_at_once() -> None:
    before = time.perf_counter()
    await asyncio.sleep(3600)
    assert asyncio.get_running_loop().time() == pytest.approx(3600)
    assert time.perf_counter() - before < 60


@pytest.mark.real_time
async def test_a_marked_test_runs_on_the_real_clock() -> None:
    before = time.monotonic()
    await asyncio.sleep(0.01)
    assert time.monotonic() - before >= 0.009
