"""Running a verb's coroutine."""

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import typer

from peerset.cli.exits import ExitCode
from peerset.cli.running import in_background, lasting, run, run_online, unix_now

pytestmark = pytest.mark.real_time


def test_the_fastest_loop_is_used_where_there_is_a_network() -> None:
    async def name_loop() -> str:
        return type(asyncio.get_running_loop()).__module__

    assert run_online(name_loop()).startswith("asyncio" if sys.platform == "win32" else "uvloop")
    assert run(name_loop()).startswith("asyncio")


def test_sigterm_lets_the_verb_clean_up() -> None:
    cleaned = []

    async def wait() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append(True)

    with pytest.raises(typer.Exit) as caught:
        run(wait())
    assert caught.value.exit_code == ExitCode.TERMINATED
    assert cleaned == [True]


def test_ctrl_c_lets_the_verb_clean_up() -> None:
    cleaned = []

    async def wait() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append(True)

    with pytest.raises(KeyboardInterrupt):
        run(wait())
    assert cleaned == [True]


def test_a_verb_that_cancels_itself_is_cancelled() -> None:
    async def cancel() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        run(cancel())


def test_the_wall_clock_is_whole_seconds() -> None:
    assert abs(unix_now() - time.time()) < 5


async def test_what_is_done_in_the_background_is_given_or_raised() -> None:
    assert await in_background(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await in_background(lambda: 1 // 0)


def test_nobody_waits_for_what_never_ends_in_the_background() -> None:
    async def wait() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        await in_background(threading.Event().wait)

    with pytest.raises(KeyboardInterrupt):
        run(wait())


@pytest.mark.parametrize("run_so", [run, run_online])
def test_a_verb_that_heeds_ctrl_c_by_itself_leaves_it_as_it_was(run_so: Callable[[Any], None]) -> None:
    async def heed() -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, lambda: None)

    run_so(heed())
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


async def test_what_lasts_for_so_long_ends_then_and_what_fails_meanwhile_has_failed() -> None:
    async with lasting(0):
        await asyncio.Event().wait()
    async with lasting(None):
        await asyncio.sleep(0)
    with pytest.raises(TimeoutError, match="its own"):
        async with lasting(60):
            raise TimeoutError("its own")
