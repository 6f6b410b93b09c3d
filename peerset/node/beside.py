"""Work that a node does beside its rooms, and must not go without: the node ends when it fails, and says by what."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, cast


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None], name: str) -> AsyncIterator[None]:
    """Do *work* while inside; what it fails by ends what is inside, and is raised in its place."""
    inside = cast("asyncio.Task[Any]", asyncio.current_task())
    working = asyncio.create_task(work, name=name)

    def heed(done: asyncio.Task[None]) -> None:
        if _failure_of(done) is not None:
            inside.cancel(f"{name} failed")

    working.add_done_callback(heed)
    try:
        yield
    except asyncio.CancelledError:
        failure = _failure_of(working)
        if failure is None:
            raise
        inside.uncancel()
        raise failure from None
    finally:
        working.remove_done_callback(heed)
        working.cancel()
        await asyncio.wait([working])


def _failure_of(task: asyncio.Task[None]) -> BaseException | None:
    return task.exception() if task.done() and not task.cancelled() else None
