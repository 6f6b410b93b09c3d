"""Work beside rooms, without which a node does not go on."""

import asyncio

import pytest

from peerset.node.beside import beside


async def test_it_is_done_while_inside_and_ends_with_it() -> None:
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with beside(work(), "working"):
        await asyncio.sleep(0)
    assert ended.is_set()


async def test_what_it_fails_by_ends_what_is_inside_which_is_left_in_order() -> None:
    left = asyncio.Event()

    async def work() -> None:
        raise KeyError("nobody thought of it")

    async def inside() -> None:
        async with beside(work(), "working"):
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                left.set()

    with pytest.raises(KeyError, match="nobody thought of it"):
        await inside()
    assert left.is_set()
    # Nothing of it is left to break off what comes after.
    await asyncio.sleep(0)


async def test_what_comes_to_its_end_is_no_failure() -> None:
    async def work() -> None:
        pass

    async with beside(work(), "working"):
        await asyncio.sleep(0.01)


async def test_what_is_inside_may_be_cancelled_as_without_it() -> None:
    async def work() -> None:
        await asyncio.Event().wait()

    async def inside() -> None:
        async with beside(work(), "working"):
            await asyncio.Event().wait()

    task = asyncio.create_task(inside())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def test_a_failure_inside_is_that_of_what_is_inside() -> None:
    async def work() -> None:
        await asyncio.Event().wait()

    with pytest.raises(ValueError, match="inside"):
        async with beside(work(), "working"):
            raise ValueError("inside")
