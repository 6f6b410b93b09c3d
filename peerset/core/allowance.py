"""How much a peer may do in a time: a token bucket on the monotonic clock."""

from peerset.core.clock import Monotonic


class Allowance:
    """So much *per_second*, and *burst* at once; full at first."""

    __slots__ = ("_burst", "_left", "_per_second", "_refilled")

    def __init__(self, per_second: float, burst: float) -> None:
        self._per_second = per_second
        self._burst = burst
        self._left = float(burst)
        self._refilled = Monotonic(0.0)

    def left(self, now: Monotonic) -> float:
        """Say how much may be taken."""
        left = self._left + (now - self._refilled) * self._per_second
        self._left = left = left if left < self._burst else self._burst
        self._refilled = now
        return left

    def take(self, amount: float) -> None:
        """Take *amount* of what is `left`."""
        self._left -= amount

    def spend(self, amount: float, now: Monotonic) -> bool:
        """Take *amount*; False, and nothing is taken, when so much is not left."""
        # As `left`, which would cost as much again: a busy tracker asks this several times a message.
        left = self._left + (now - self._refilled) * self._per_second
        left = left if left < self._burst else self._burst
        self._refilled = now
        if amount > left:
            self._left = left
            return False
        self._left = left - amount
        return True
