"""Virtual time: a heap of what will happen, and the time it has reached."""

import heapq
import random
from collections.abc import Callable


class Clockwork:
    """Performs callbacks in the order of their times; those of one time in the order they were set."""

    def __init__(self, rng: random.Random) -> None:
        self.now = 0.0
        """Virtual seconds since the beginning."""
        self.rng = rng
        """The chance of the world; members have their own."""
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._number = 0

    def at(self, time: float, action: Callable[[], None]) -> None:
        """Perform *action* at *time*, or now if that is over."""
        self._number += 1
        heapq.heappush(self._heap, (max(time, self.now), self._number, action))

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Perform *action* in *seconds*."""
        self.at(self.now + seconds, action)

    def within(self, seconds: float, action: Callable[[], None]) -> None:
        """Perform *action* at a random time in the next *seconds*."""
        self.at(self.now + self.rng.uniform(0.0, seconds), action)

    def run(self, seconds: float) -> None:
        """Let *seconds* pass."""
        end, heap, pop = self.now + seconds, self._heap, heapq.heappop
        while heap and heap[0][0] <= end:
            self.now, _, action = pop(heap)
            action()
        self.now = end

    def skip(self, seconds: float) -> None:
        """Jump *seconds* ahead: what was due meanwhile happens late, at the end of the jump."""
        self.now += seconds
        self._heap[:] = [(max(time, self.now), number, action) for time, number, action in sorted(self._heap)]
