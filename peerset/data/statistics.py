"""How long queries take: for each kind of them, whatever the values they ask for."""

import statistics
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from peerset.documents.asking import kind_of
from peerset.documents.plan import Plan

KINDS_MAX: Final = 200
"""So many kinds are remembered, those that were asked last."""
TIMES_KEPT: Final = 128


@dataclass(frozen=True, slots=True)
class QueryFigures:
    """How long the queries of one kind took."""

    collection: str
    query: str
    """The kind: what is done, which fields are asked for and how, and in which order; without values."""
    count: int
    p50: float
    """Seconds; the median of the last ones."""
    longest: float
    """Seconds."""


class _Kind:
    def __init__(self) -> None:
        self.count = 0
        self.longest = 0.0
        self.times: deque[float] = deque(maxlen=TIMES_KEPT)


class Statistics:
    """Counts and times the queries of a room."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, str], _Kind] = {}

    @contextmanager
    def timed(self, what: str, plan: Plan) -> Iterator[None]:
        """Time the block, which answers *plan*."""
        before = perf_counter()
        yield
        self.note(plan.collection, f"{what} {kind_of(plan)}", perf_counter() - before)

    def note(self, collection: str, query: str, seconds: float) -> None:
        """Count a query that took so long."""
        kind = self._kinds.pop((collection, query), None)
        if kind is None:
            kind = _Kind()
            if len(self._kinds) >= KINDS_MAX:
                del self._kinds[next(iter(self._kinds))]
        self._kinds[collection, query] = kind
        kind.count += 1
        kind.longest = max(kind.longest, seconds)
        kind.times.append(seconds)

    def figures(self) -> list[QueryFigures]:
        """Give what is known, the slowest first."""
        found = [
            QueryFigures(*names, kind.count, statistics.median(kind.times), kind.longest)
            for names, kind in self._kinds.items()
        ]
        return sorted(found, key=lambda each: -each.p50)
