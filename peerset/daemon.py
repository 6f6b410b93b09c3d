"""A thread beside the event loop that nobody waits for when the process ends: what it runs may never come back."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class DaemonThread(Executor):
    """One daemon thread, started by the first call, that runs one call after the other: for `run_in_executor`.

    The threads of a `ThreadPoolExecutor` are waited for when the interpreter ends, whatever they do.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._is_started = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run *fn* after the calls that were submitted before."""
        future: Future[T] = Future()

        def call() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - carried to who waits for it
                future.set_exception(_carried(error))
            else:
                future.set_result(result)

        self._calls.put(call)
        if not self._is_started:
            self._is_started = True
            threading.Thread(target=self._work, name=self._name, daemon=True).start()
        return future

    def shutdown(self, wait: bool = False, *, cancel_futures: bool = False) -> None:
        """End after the calls that were submitted; waits for none."""
        self._calls.put(None)

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            call()


def _carried(error: BaseException) -> BaseException:
    """Give what a future can carry, which is no StopIteration, and what ends no loop, as a SystemExit does."""
    is_plain = isinstance(error, Exception) and not isinstance(error, StopIteration)
    return error if is_plain else RuntimeError(repr(error))
