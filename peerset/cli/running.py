"""Runs a verb's coroutine, and ends it cleanly on Ctrl-C and SIGTERM."""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

import typer

from peerset.cli.exits import ExitCode
from peerset.cli.loading import load
from peerset.core.clock import UnixTime, clamped
from peerset.daemon import DaemonThread

T = TypeVar("T")


def run(verb: Coroutine[Any, Any, T]) -> T:
    """Run *verb* to its end.

    Ctrl-C cancels it, and it leaves its room before the process ends with 130; SIGTERM likewise with 143.
    """
    with _interruptible(), asyncio.Runner() as runner:
        return runner.run(_heeding_sigterm(verb))


def run_online(verb: Coroutine[Any, Any, T]) -> T:
    """Do as `run`, on the fastest loop there is: for verbs with a network, which are worth its loading."""
    # uvloop does not exist on Windows.
    factory = None if sys.platform == "win32" else load("uvloop:new_event_loop")
    with _interruptible(), asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(_heeding_sigterm(verb))


async def in_background(call: Callable[[], T]) -> T:
    """Do as `asyncio.to_thread`, but in a thread that nobody waits for when the verb ends: it may read for ever."""
    thread = DaemonThread("peerset background")
    try:
        return await asyncio.get_running_loop().run_in_executor(thread, call)
    finally:
        thread.shutdown()


@asynccontextmanager
async def lasting(seconds: float | None) -> AsyncIterator[None]:
    """Do what is inside for so many *seconds* at most; None for as long as it takes."""
    timer = asyncio.timeout(seconds)
    try:
        async with timer:
            yield
    except TimeoutError:
        if not timer.expired():
            raise


def unix_now() -> UnixTime:
    """Read the wall clock."""
    return clamped(time.time())


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C do afterwards what it did before: uvloop leaves it to a loop that is closed, and heeds nothing."""
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


async def _heeding_sigterm(verb: Coroutine[Any, Any, T]) -> T:
    task = asyncio.current_task()
    terminated = False

    def terminate() -> None:
        nonlocal terminated
        terminated = True
        if task is not None:
            task.cancel()

    _on_sigterm(terminate)
    try:
        return await verb
    except asyncio.CancelledError:
        if terminated:
            raise typer.Exit(ExitCode.TERMINATED) from None
        raise


def _on_sigterm(call: Callable[[], None]) -> None:
    # Windows' loops take no signal handlers; there SIGTERM ends the process at once.
    if sys.platform != "win32":
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, call)
