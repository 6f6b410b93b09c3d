"""How much a peer may do in a time: a token bucket on the monotonic clock."""

from peerset.core.clock import Monotonic


class Allowance:
    """So much *per_second*, and *burst* at once; full at first."""

    def __init__(self, per_second: float, burst: float) -> None:
        self._per_second = per_second
        self._burst = burst
        self._left = float(burst)
        self._refilled = Monotonic(0.0)

    def spend(self, amount: float, now: Monotonic) -> bool:
        """Take *amount*; False, and nothing is taken, when so much is not left."""
        gained = (now - self._refilled) * self._per_second
        self._left = min(self._left + gained, self._burst)
        self._refilled = now
        if amount > self._left:
            return False
        self._left -= amount
        return True
