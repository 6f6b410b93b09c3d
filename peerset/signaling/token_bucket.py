"""A rate limit that allows bursts."""

from peerset.core.clock import Monotonic


class TokenBucket:
    """Holds up to *burst* tokens and refills at *per_second*; whoever finds it empty has gone too fast."""

    def __init__(self, per_second: float, burst: float, *, now: Monotonic) -> None:
        self._per_second = per_second
        self._burst = burst
        self._tokens = float(burst)
        self._filled_at = now

    def take(self, now: Monotonic) -> bool:
        """Take one token; False when there is none."""
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._per_second)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
