"""Tells whether a client of our tracker is still there: by what it says, and by its answers to our pings."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from peerset.core.clock import Monotonic

ANSWER_PART: Final = 0.5
"""So much of the time between two heartbeats has a client to answer one."""


@dataclass(frozen=True, slots=True)
class Doings:
    """What is done about a client that is quiet."""

    ping: Callable[[], None]
    part: Callable[[], None]
    """It has had nothing to say for too long."""
    turn_away: Callable[[], None]
    """It did not answer: it is gone."""


class Heartbeat:
    """The pulse of one client; one timer, however often it speaks."""

    __slots__ = ("_alive", "_doings", "_idle_seconds", "_is_pinged", "_seconds", "_timer", "heard")

    def __init__(self, doings: Doings, *, seconds: float, idle_seconds: float) -> None:
        self.heard = Monotonic(0.0)
        """When the client last said something."""
        self._alive = Monotonic(0.0)
        self._is_pinged = False
        self._doings = doings
        self._seconds = seconds
        self._idle_seconds = idle_seconds
        self._timer: asyncio.TimerHandle | None = None

    def start(self, now: Monotonic) -> None:
        """Watch from *now* on."""
        self.hear(now)
        self._watch()

    def stop(self) -> None:
        """Watch no longer."""
        if self._timer is not None:
            self._timer.cancel()

    def hear(self, now: Monotonic) -> None:
        """Take that the client said something."""
        self.heard = self._alive = now
        self._is_pinged = False

    def feel(self, now: Monotonic) -> None:
        """Take that the client sent a sign of life."""
        self._alive = now
        self._is_pinged = False

    def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        if now >= self.heard + self._idle_seconds:
            self._doings.part()
            return
        if now >= self._alive + self._patience():
            if self._is_pinged:
                self._doings.turn_away()
                return
            self._is_pinged = True
            self._doings.ping()
        self._timer = loop.call_at(min(self.heard + self._idle_seconds, self._alive + self._patience()), self._watch)

    def _patience(self) -> float:
        return self._seconds * (1 + ANSWER_PART) if self._is_pinged else self._seconds
