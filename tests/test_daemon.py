"""A thread that nobody waits for."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from peerset.daemon import DaemonThread
from tests.patience import PATIENT_SECONDS


async def in_thread(thread: DaemonThread, *call: object) -> object:
    return await asyncio.get_running_loop().run_in_executor(thread, *call)  # type: ignore[arg-type]


@pytest.fixture
def thread() -> Iterator[DaemonThread]:
    thread = DaemonThread("peerset-test")
    yield thread
    thread.shutdown()


def names() -> list[str]:
    return [each.name for each in threading.enumerate()]


async def test_one_call_runs_after_the_other_in_one_thread_that_ends_with_the_last(thread: DaemonThread) -> None:
    assert "peerset-test" not in names()
    first = await asyncio.gather(*(in_thread(thread, threading.get_ident) for _ in range(5)))
    assert len(set(first)) == 1
    assert threading.get_ident() not in first
    (worker,) = (each for each in threading.enumerate() if each.name == "peerset-test")
    thread.shutdown()
    worker.join(PATIENT_SECONDS)
    assert not worker.is_alive()


@pytest.mark.parametrize("error", [ValueError("no"), StopIteration(), SystemExit(3)])
async def test_what_a_call_raises_reaches_who_waits_and_ends_neither_thread_nor_loop(
    thread: DaemonThread, error: BaseException
) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(ValueError if isinstance(error, ValueError) else RuntimeError):
        await in_thread(thread, fail)
    assert await in_thread(thread, int, "7") == 7


async def test_a_call_that_is_given_up_before_it_began_never_runs(thread: DaemonThread) -> None:
    gate, ran = threading.Event(), threading.Event()
    blocking = asyncio.ensure_future(in_thread(thread, gate.wait))
    waiting = asyncio.ensure_future(in_thread(thread, ran.set))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.sleep(0)
    gate.set()
    await blocking
    await in_thread(thread, int)
    assert not ran.is_set()


def test_a_process_ends_though_a_call_never_does() -> None:
    lines = (
        "import threading",
        "from peerset.daemon import DaemonThread",
        "DaemonThread('peerset-test').submit(threading.Event().wait)",
    )
    subprocess.run([sys.executable, "-c", "\n".join(lines)], check=True, timeout=PATIENT_SECONDS)
