"""When what is new is told: at once after a quiet moment; what follows waits for company, ours less long."""

from collections.abc import Callable

from peerset.core.clock import Moment, Monotonic
from peerset.core.limits import ANNOUNCE_DELAY_SECONDS, PUSH_DELAY_SECONDS
from peerset.protocol.effects import Request
from peerset.protocol.ends import LONG_AGO


class Company:
    """The times of one relay: it says by `wait` that something is queued, and lets that go by `go`.

    *tell* is given whether ids go, too, and gives what is sent.
    """

    def __init__(self, tell: Callable[[bool], list[Request]]) -> None:
        self._tell = tell
        self._told_at = self._sent_at = LONG_AGO
        self.deadline: Monotonic | None = None
        """When something of what waits goes; None when nothing waits."""

    def wait(self, *, has_ours: bool) -> None:
        """Note that something was queued, and whether ours is among it.

        What others wrote waits longer: with a flood of it, many small messages would cost all.
        """
        due = self._sent_at + PUSH_DELAY_SECONDS if has_ours else self._ids_due
        self.deadline = Monotonic(min(self._ids_due if self.deadline is None else self.deadline, due))

    def go(self, now: Moment) -> list[Request]:
        """Let go what waited long enough."""
        if self.deadline is None or now.monotonic < self.deadline:
            return []
        has_ids = now.monotonic >= self._ids_due
        self.deadline = None if has_ids else self._ids_due
        if has_ids:
            self._told_at = now.monotonic
        effects = self._tell(has_ids)
        if effects:
            self._sent_at = now.monotonic
        return effects

    @property
    def _ids_due(self) -> Monotonic:
        return Monotonic(self._told_at + ANNOUNCE_DELAY_SECONDS)
