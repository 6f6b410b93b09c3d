"""The processes that check signatures while masses come, as in a first sync: each has a lock of its interpreter.

In a thread coincurve lets go of that lock for every signature and must have it back after it: beside an event loop that
has much to do, and keeps it for five milliseconds, a thread gets done one signature in as long.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final
from weakref import WeakKeyDictionary

from peerset.core.record import Record
from peerset.verification.checker import Checker, can_start, start_checker
from peerset.verification.checking import question_of
from peerset.verification.processors import count_processors

BULK_RECORDS: Final = 1_000
"""They are started once so many came"""
BULK_SECONDS: Final = 1.0
"""within so long,"""
REST_SECONDS: Final = 5.0
"""and ended when none has come for so long."""
CHECKERS_MAX: Final = 3
END_SECONDS: Final = 1.0
"""How long their end is waited for."""

logger = logging.getLogger(__name__)


class Crew:
    """At most *size* processes, and `CHECKERS_MAX`; none where no Python can be started. `shared` gives that of all."""

    def __init__(self, size: int) -> None:
        self._size = min(size, CHECKERS_MAX) if can_start() else 0
        self._users = 1
        self._checkers: list[Checker] = []
        self._starting: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._since = self._last = 0.0
        self._recent = 0
        """How many records came since then."""

    @classmethod
    def shared(cls) -> "Crew":
        """Give that of this event loop, whose rooms share one: two hundred have no more processors than one has."""
        loop = asyncio.get_running_loop()
        crew = _CREWS.get(loop)
        if crew is None:
            crew = _CREWS[loop] = cls(count_processors() - 1)
        else:
            crew._users += 1
        return crew

    async def check(self, records: Sequence[Record]) -> tuple[bool, ...] | None:
        """Say of each record whether its author signed it; None when that is to be asked elsewhere."""
        self._note(len(records))
        ready = [checker for checker in self._checkers if checker.is_open]
        if not ready:
            return None
        question = question_of([(record.author, record.id, record.signature) for record in records])
        if question is None:
            return None
        try:
            answer = await min(ready, key=lambda each: each.waiting).ask(question, len(records))
        except ConnectionError:
            return None
        return tuple(map(bool, answer))

    async def aclose(self) -> None:
        """End all processes when nobody else uses them; takes a second at most."""
        self._users -= 1
        if self._users > 0:
            return
        self._size = 0
        loop = asyncio.get_running_loop()
        if _CREWS.get(loop) is self:
            del _CREWS[loop]
        if self._timer is not None:
            self._timer.cancel()
        if self._starting is not None:
            await asyncio.wait([self._starting])
        for checker in self._checkers:
            checker.close()
        gone = [checker.gone for checker in self._checkers]
        if gone:
            await asyncio.wait(gone, timeout=END_SECONDS)

    def _note(self, count: int) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._since > BULK_SECONDS:
            self._since, self._recent = now, 0
        self._last = now
        self._recent += count
        if self._size and any(checker.has_failed for checker in self._checkers):
            self._give_up("a process that checks signatures has ended")
        is_wanted = self._recent >= BULK_RECORDS and self._size > 0
        if is_wanted and self._starting is None and all(checker.gone.done() for checker in self._checkers):
            self._starting = asyncio.create_task(self._start(), name="peerset-checkers")

    async def _start(self) -> None:
        self._checkers = []
        try:
            while len(self._checkers) < self._size:
                self._checkers.append(await start_checker())
        except (OSError, NotImplementedError) as error:
            self._give_up(f"no process can be started that checks signatures: {error}")
        self._starting = None
        if self._size:
            self._look_later(REST_SECONDS)

    def _give_up(self, reason: str) -> None:
        logger.info("%s: threads do it", reason)
        self._size = 0
        for checker in self._checkers:
            checker.close()

    def _look_later(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._rest)

    def _rest(self) -> None:
        """End the processes if they had nothing to do."""
        left = self._last + REST_SECONDS - asyncio.get_running_loop().time()
        if left > 0:
            self._look_later(left)
            return
        for checker in self._checkers:
            checker.close()


_CREWS: WeakKeyDictionary[asyncio.AbstractEventLoop, Crew] = WeakKeyDictionary()
