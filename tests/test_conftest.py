"""The loop whose clock jumps."""

import asyncio
import threading
import time

import aiosqlite
import pytest


async def test_an_hour_passes_at_once() -> None:
    await asyncio.sleep(3600)
    assert asyncio.get_running_loop().time() == pytest.approx(3600)


@pytest.mark.real_time
async def test_a_marked_test_runs_on_the_real_clock() -> None:
    before = time.monotonic()
    await asyncio.sleep(0.01)
    assert time.monotonic() - before >= 0.009


async def test_no_time_passes_while_a_thread_works() -> None:
    loop = asyncio.get_running_loop()
    timer = asyncio.ensure_future(asyncio.sleep(3600))
    await asyncio.to_thread(time.sleep, 0.05)
    assert loop.time() < 1
    assert not timer.done()
    await timer


async def test_no_time_passes_while_sqlite_works() -> None:
    loop = asyncio.get_running_loop()
    timer = asyncio.ensure_future(asyncio.sleep(3600))
    async with aiosqlite.connect(":memory:") as connection:
        await connection.create_function("nap", 0, lambda: time.sleep(0.05))
        await connection.execute_fetchall("SELECT nap()")
    assert loop.time() < 1
    assert not timer.done()
    await timer


async def test_what_never_ends_in_a_thread_is_given_up_like_anything_else() -> None:
    gate = threading.Event()
    asyncio.get_running_loop()._jumping._patience = 0.5  # type: ignore[attr-defined]  # it is a JumpingLoop
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(60):
            await asyncio.to_thread(gate.wait)
    gate.set()


@pytest.mark.parametrize("content", ["#" * 1000, "#" * 1001, b"\n" * 1000, "short"])
def test_what_is_long_is_named_by_its_beginning(content: str | bytes, request: pytest.FixtureRequest) -> None:
    assert len(request.node.name) < 300
    assert request.node.name.endswith("[short]") or f"{len(content)} in all" in request.node.name
