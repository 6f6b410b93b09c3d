"""What takes long and cannot be cancelled, beside the event loop: a file that comes from far away, or is hashed."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

from peerset.daemon import DaemonThread

P = ParamSpec("P")
T = TypeVar("T")


async def aside(call: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Do as `asyncio.to_thread`, but in a thread that nobody waits for when the process ends."""
    thread = DaemonThread("peerset archive")
    try:
        return await asyncio.get_running_loop().run_in_executor(thread, partial(call, *arguments, **named))
    finally:
        thread.shutdown()
