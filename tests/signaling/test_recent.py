"""Repeats within four seconds are known."""

from peerset.core.clock import Monotonic
from peerset.core.limits import SIGNALS_REMEMBERED_MAX
from peerset.signaling.recent import REPEAT_WINDOW_SECONDS, RecentSignals


def test_a_repeat_in_the_window_is_not_new_and_does_not_extend_it() -> None:
    recent = RecentSignals()
    assert recent.is_new("a", Monotonic(0.0))
    assert not recent.is_new("a", Monotonic(REPEAT_WINDOW_SECONDS - 0.1))
    assert recent.is_new("a", Monotonic(REPEAT_WINDOW_SECONDS))


def test_other_signals_are_new() -> None:
    recent = RecentSignals()
    assert [recent.is_new(key, Monotonic(0.0)) for key in ("a", "b", "a")] == [True, True, False]


def test_the_oldest_is_forgotten_when_too_many_are_remembered() -> None:
    recent = RecentSignals()
    for number in range(SIGNALS_REMEMBERED_MAX + 1):
        recent.is_new(number, Monotonic(0.0))
    assert not recent.is_new(1, Monotonic(0.0))
    assert recent.is_new(0, Monotonic(0.0))
