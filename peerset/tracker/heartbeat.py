"""Tells whether a client of our tracker is still there: by what it says, and by its answers to our pings."""

import asyncio
from typing import Final, Protocol

from peerset.core.clock import Monotonic

ANSWER_PART: Final = 0.5
"""So much of the time between two heartbeats has a client to answer one."""


class Patient(Protocol):
    """Whose pulse is taken; what is done when it is quiet."""

    def ping(self) -> None:
        """Ask whether it is there."""

    def part(self) -> None:
        """Say goodbye: it has had nothing to say for too long."""

    def turn_away(self) -> None:
        """Let go: it did not answer, so it is gone."""


class Heartbeat:
    """The pulse of one client; one timer, however often it speaks."""

    __slots__ = ("_alive", "_idle_seconds", "_is_pinged", "_patient", "_seconds", "_timer", "heard")

    def __init__(self, patient: Patient, *, seconds: float, idle_seconds: float) -> None:
        self.heard = Monotonic(0.0)
        """When the client last said something."""
        self._alive = Monotonic(0.0)
        self._is_pinged = False
        self._patient: Patient | None = patient
        self._seconds = seconds
        self._idle_seconds = idle_seconds
        self._timer: asyncio.TimerHandle | None = None

    def start(self, now: Monotonic) -> None:
        """Watch from *now* on."""
        self.hear(now)
        self._watch()

    def stop(self) -> None:
        """Watch no longer, and forget the patient."""
        self._patient = None
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
        loop, patient = asyncio.get_running_loop(), self._patient
        now = loop.time()
        if patient is None:
            return
        if now >= self.heard + self._idle_seconds:
            patient.part()
            return
        if now >= self._alive + self._patience():
            if self._is_pinged:
                patient.turn_away()
                return
            self._is_pinged = True
            patient.ping()
        self._timer = loop.call_at(min(self.heard + self._idle_seconds, self._alive + self._patience()), self._watch)

    def _patience(self) -> float:
        return self._seconds * (1 + ANSWER_PART) if self._is_pinged else self._seconds
