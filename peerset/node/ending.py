"""Ends the process when it does not by itself: a room, disk or thread that hangs keeps no service from stopping."""

import gc
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Final

from peerset.core.signal import RoomName

ENDING_SECONDS_MAX: Final = 4.5
"""From the order to end; records of rooms that take longer are safe, as they are on the disk once they are told of."""

logger = logging.getLogger(__name__)

Rest = Callable[[], Iterable[RoomName]]
"""Gives the rooms that are not left yet, on any thread."""


class Ending:
    """Stands around all that the process does; after `begin` it ends with *code* within *seconds*, whatever hangs.

    Of what is in memory nothing is freed piece by piece then: 200 rooms took three seconds of it, for a system that
    takes all back at once.
    """

    def __init__(self, code: int, *, seconds: float = ENDING_SECONDS_MAX) -> None:
        self._code = code
        self._seconds = seconds
        self._timer: threading.Timer | None = None
        self._others: set[threading.Thread] = set()

    def __enter__(self) -> "Ending":
        self._others = _kept_for()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is None:
            return
        gc.freeze()
        # Python waits for its threads before it ends.
        if _kept_for() <= self._others:
            self._timer.cancel()

    def begin(self, rest: Rest) -> None:
        """Let the end come; who is among *rest* then is named. Harmless when repeated."""
        if self._timer is not None:
            return
        gc.freeze()
        self._timer = threading.Timer(self._seconds, self._end, (rest,))
        self._timer.daemon = True
        self._timer.start()

    def now(self, code: int) -> None:
        """End with *code* this instant: who says so twice does not want to wait."""
        sys.stderr.flush()
        os._exit(code)

    def _end(self, rest: Rest) -> None:
        for name in rest():
            logger.error("room %s did not leave within %g s", name.room, self._seconds)
        self.now(self._code)


def _kept_for() -> set[threading.Thread]:
    """Give the threads that the end of the process waits for."""
    return {thread for thread in threading.enumerate() if not thread.daemon}
