"""How fast a client is read: what it takes beyond that it waits for."""

from peerset.core.allowance import Allowance
from peerset.core.clock import Monotonic


class Pace:
    """So much *per_second*, and *burst* at once; nothing is refused."""

    def __init__(self, per_second: float, burst: float) -> None:
        self.per_second = per_second
        self._allowance = Allowance(per_second, burst)

    def take(self, amount: float, now: Monotonic) -> float:
        """Take *amount*; say for how many seconds who took it is to wait."""
        left = self._allowance.left(now) - amount
        self._allowance.take(amount)
        return max(0.0, -left / self.per_second)
