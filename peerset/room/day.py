"""The days of a room's set."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Day:
    """One UTC day of a room's set, numbered from the Unix epoch."""

    day: int
    count: int
