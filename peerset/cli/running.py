"""Runs a verb's coroutine on the fastest loop there is, and ends it cleanly on Ctrl-C and SIGTERM."""

import asyncio
import signal
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import typer

from peerset.cli.exits import ExitCode
from peerset.core.clock import UnixTime, clamped

if sys.platform == "win32":  # uvloop does not exist there.
    from asyncio import new_event_loop
else:
    from uvloop import new_event_loop

T = TypeVar("T")


def run(verb: Coroutine[Any, Any, T]) -> T:
    """Run *verb* to its end.

    Ctrl-C cancels it, and it leaves its room before the process ends with 130; SIGTERM likewise with 143.
    """
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(_heeding_sigterm(verb))


async def in_background(call: Callable[[], T]) -> T:
    """Do as `asyncio.to_thread`, but in a thread that nobody waits for when the verb ends: it may read for ever."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def settle(outcome: Callable[[], None]) -> None:
        # The loop may be gone by now, and so may whoever waited.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(lambda: None if result.done() else outcome())

    def work() -> None:
        try:
            value = call()
        except Exception as error:  # noqa: BLE001 - whoever waits is told, whatever it is
            failure = error
            settle(lambda: result.set_exception(failure))
        else:
            settle(lambda: result.set_result(value))

    threading.Thread(target=work, name="peerset background", daemon=True).start()
    return await result


def unix_now() -> UnixTime:
    """Read the wall clock."""
    return clamped(time.time())


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
