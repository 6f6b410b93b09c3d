"""How often a policy's command may be started again."""

from collections import deque
from typing import Final

RESTARTS_MAX: Final = 5
"""How many restarts there are in each window."""
RESTART_WINDOW_SECONDS: Final = 600.0
BACKOFF_SECONDS: Final = 0.05
"""Before the first restart of a window; doubled before each further one, so 0.8 s before the fifth."""


class RestartBudget:
    """Counts the restarts of one command."""

    def __init__(self) -> None:
        self._spent: deque[float] = deque()

    def spend(self, now: float) -> float | None:
        """Take one restart; give the seconds to wait before it, or None when there is none left at *now*."""
        while self._spent and self._spent[0] <= now - RESTART_WINDOW_SECONDS:
            self._spent.popleft()
        if len(self._spent) == RESTARTS_MAX:
            return None
        self._spent.append(now)
        return BACKOFF_SECONDS * 2.0 ** (len(self._spent) - 1)
