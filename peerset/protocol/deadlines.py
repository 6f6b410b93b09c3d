"""When each of many machines is due, so that the earliest is known without asking all of them."""

from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from typing import Final

from peerset.core.clock import Monotonic
from peerset.core.signal import PeerId

NEVER: Final = Monotonic(float("inf"))


def earliest(*dues: Monotonic | None) -> Monotonic | None:
    """Give the first of *dues*; None when nothing is due."""
    # Asked after everything that happens: this takes a third of what `min` over those that are not None does.
    first: Monotonic | None = None
    for due in dues:
        if due is not None and (first is None or due < first):
            first = due
    return first


class Deadlines:
    """One deadline a peer: whoever deals with a peer says so by `touch`, and *deadline_of* is asked when it matters.

    A deadline that moved later, as heartbeats do at every message, stays where it was in the heap until it is first.
    """

    def __init__(self, deadline_of: Callable[[PeerId], Monotonic | None]) -> None:
        self._deadline_of = deadline_of
        self._touched: set[PeerId] = set()
        self._first: Monotonic | None = None
        """The earliest of all, as long as nobody is touched."""
        self._due: dict[PeerId, Monotonic] = {}
        self._heap: list[tuple[Monotonic, PeerId]] = []
        self._listed: dict[PeerId, Monotonic] = {}
        """The earliest time that the heap has of each peer; none of its is later than when that is due."""

    def touch(self, peers: Iterable[PeerId]) -> None:
        """Note that the deadlines of *peers* may be others now."""
        self._touched.update(peers)

    def touch_one(self, peer: PeerId) -> None:
        """Note that the deadline of *peer* may be another now."""
        self._touched.add(peer)

    @property
    def first(self) -> Monotonic | None:
        """The earliest deadline; None when nobody has one."""
        if self._touched:
            self._learn()
            self._first = self._find()
        return self._first

    def passed(self, now: Monotonic) -> set[PeerId]:
        """Give the peers that are due."""
        first = self.first
        if first is None or first > now:
            return set()
        return {peer for peer, due in self._due.items() if due <= now}

    def _learn(self) -> None:
        for peer in self._touched:
            due = self._deadline_of(peer)
            if due is None:
                self._due.pop(peer, None)
            else:
                self._due[peer] = due
                self._list(peer, due)
        self._touched.clear()

    def _find(self) -> Monotonic | None:
        heap, due, listed = self._heap, self._due, self._listed
        while heap:
            time, peer = heap[0]
            if listed.get(peer) == time:
                current = due.get(peer, NEVER)
                if current == time:
                    return time
                del listed[peer]
                self._list(peer, current)
            heappop(heap)
        return None

    def _list(self, peer: PeerId, due: Monotonic) -> None:
        if due < self._listed.get(peer, NEVER):
            self._listed[peer] = due
            heappush(self._heap, (due, peer))
