"""Jobs, one after the other."""

import asyncio

from peerset.room.jobs import Jobs


async def work(jobs: Jobs[str], done: list[str]) -> None:
    while True:
        job = await jobs.next()
        await asyncio.sleep(1)
        done.append(job)
        jobs.finish()


async def test_jobs_are_done_in_the_order_in_which_they_came() -> None:
    jobs: Jobs[str] = Jobs()
    done: list[str] = []
    jobs.put("a")
    worker = asyncio.create_task(work(jobs, done))
    await asyncio.sleep(0)
    jobs.put("b")
    jobs.put("c")
    assert not jobs.is_empty
    await jobs.join()
    assert done == ["a", "b", "c"]
    assert jobs.is_empty
    jobs.put("d")
    await jobs.join()
    assert done[3:] == ["d"]
    worker.cancel()


async def test_who_waits_for_the_end_waits_for_what_is_under_way_as_well() -> None:
    jobs: Jobs[str] = Jobs()
    done: list[str] = []
    worker = asyncio.create_task(work(jobs, done))
    await jobs.join()
    jobs.put("a")
    await asyncio.sleep(0.5)
    assert jobs.is_empty
    first, second = asyncio.create_task(jobs.join()), asyncio.create_task(jobs.join())
    await asyncio.sleep(0)
    second.cancel()
    await first
    assert done == ["a"]
    worker.cancel()


async def test_a_worker_that_is_cancelled_loses_no_job() -> None:
    jobs: Jobs[str] = Jobs()
    waiting = asyncio.create_task(jobs.next())
    await asyncio.sleep(0)
    jobs.put("a")
    waiting.cancel()
    await asyncio.sleep(0)
    assert await jobs.next() == "a"
