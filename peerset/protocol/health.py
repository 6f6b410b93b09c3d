"""Which budgets bite, and since when: what a room spends, what it may, and what that cost so far."""

from dataclasses import dataclass

from peerset.core.clock import UnixTime


@dataclass(frozen=True, slots=True)
class Budget:
    """One thing of which there is only so much."""

    name: str
    used: int
    """How much of it is taken."""
    limit: int
    """How much of it there may be."""
    since: UnixTime | None
    """When it began to bite: something is put off, forgotten or refused because of it. None when it does not."""
    count: int
    """How often it did, since the room was joined."""


@dataclass(frozen=True, slots=True)
class Health:
    """How a room stands at a time."""

    at: UnixTime
    budgets: tuple[Budget, ...]
    skew_seconds: int | None
    """By how much our clock is ahead of the median of the peers' (negative: behind); None with too few peers."""

    @property
    def biting(self) -> tuple[Budget, ...]:
        """The budgets that bite."""
        return tuple(budget for budget in self.budgets if budget.since is not None)


class Bite:
    """When a budget began to bite, and how often it did."""

    def __init__(self) -> None:
        self.since: UnixTime | None = None
        self.count = 0

    def bite(self, at: UnixTime, times: int = 1) -> None:
        """Note that it bit, so many *times*, and goes on to."""
        self.since = at if self.since is None else self.since
        self.count += times

    def ease(self) -> None:
        """Note that there is room again."""
        self.since = None

    def budget(self, name: str, used: int, limit: int) -> Budget:
        """Show it as the budget *name*."""
        return Budget(name, used, limit, self.since, self.count)
