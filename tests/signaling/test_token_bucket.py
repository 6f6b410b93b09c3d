"""A bucket gives its burst, then its pace."""

from peerset.core.clock import Monotonic
from peerset.signaling.token_bucket import TokenBucket


def test_a_burst_passes_and_the_next_token_waits_for_the_refill() -> None:
    bucket = TokenBucket(2.0, 3, now=Monotonic(100.0))
    assert [bucket.take(Monotonic(100.0)) for _ in range(4)] == [True, True, True, False]
    assert not bucket.take(Monotonic(100.25))
    assert bucket.take(Monotonic(100.5))


def test_a_long_pause_fills_no_more_than_the_burst() -> None:
    bucket = TokenBucket(2.0, 3, now=Monotonic(0.0))
    assert [bucket.take(Monotonic(1e6)) for _ in range(4)] == [True, True, True, False]
