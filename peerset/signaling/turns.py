"""Whose turn it is to speak on a socket that many share: some at once, the others one after the other.

Does no I/O: `announcing.py` drives it.
"""

from collections.abc import Hashable
from typing import Final, Generic, TypeVar

from peerset.core.clock import Monotonic

T = TypeVar("T")

ANNOUNCES_PER_SECOND_MAX: Final = 10.0
ANNOUNCES_BURST_MAX: Final = 20
"""Five rooms that warm up. Our own tracker takes 20 messages a second of one socket, answers among them."""


class Turns(Generic[T]):
    """What waits for its turn, such as a text, one of each speaker; who says another has the turn that it had."""

    def __init__(self) -> None:
        self._paid_until = Monotonic(0.0)
        """When all that was said would have been, one after the other."""
        self._waiting: dict[Hashable, T] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, speaker: Hashable, said: T) -> None:
        """Let *speaker* say what is *said*, and not what it wanted to say before."""
        self._waiting[speaker] = said

    def forget(self, speaker: Hashable) -> None:
        """Say nothing more of *speaker*."""
        self._waiting.pop(speaker, None)

    def clear(self) -> None:
        """Say nothing of anybody: nobody listens any more."""
        self._waiting.clear()

    def take(self, now: Monotonic) -> list[T]:
        """Give those whose turn it is."""
        said = list[T]()
        while (due := self.deadline) is not None and due <= now:
            said.append(self._waiting.pop(next(iter(self._waiting))))
            self._paid_until = Monotonic(max(self._paid_until, now) + 1 / ANNOUNCES_PER_SECOND_MAX)
        return said

    @property
    def deadline(self) -> Monotonic | None:
        """When to call `take` next; None while nobody waits."""
        if not self._waiting:
            return None
        # The half is for what rounding takes.
        return Monotonic(self._paid_until - (ANNOUNCES_BURST_MAX - 0.5) / ANNOUNCES_PER_SECOND_MAX)
