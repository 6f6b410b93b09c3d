"""Announces come at once, thrice while warming up, then at the tracker's pace within bounds."""

import pytest

from peerset.core.clock import Monotonic
from peerset.signaling.cadence import Cadence


def announce_times(cadence: Cadence, until: float) -> list[float]:
    times = []
    while cadence.due is not None and cadence.due <= until:
        times.append(round(cadence.due, 3))
        assert cadence.take(cadence.due)
    return times


def test_a_fresh_socket_is_told_at_once_and_thrice_more() -> None:
    cadence = Cadence()
    cadence.start(Monotonic(0.0))
    assert announce_times(cadence, 25) == [0.0, 0.166, 0.699, 2.032, 12.032, 22.032]


@pytest.mark.parametrize(("wished", "kept"), [(0, 10), (10, 10), (30, 30), (60, 60), (120, 60), (1e300, 60)])
def test_the_tracker_s_interval_is_kept_within_bounds(wished: float, kept: float) -> None:
    cadence = Cadence()
    cadence.start(Monotonic(0.0))
    cadence.hear(wished)
    assert announce_times(cadence, 70)[4] == pytest.approx(2.032 + kept)


def test_a_hastened_announce_is_due_now_and_the_pace_goes_on_from_there() -> None:
    cadence = Cadence()
    cadence.start(Monotonic(0.0))
    announce_times(cadence, 3)
    cadence.hasten(Monotonic(5.0))
    assert announce_times(cadence, 20) == [5.0, 15.0]


def test_nothing_is_due_while_the_socket_is_closed() -> None:
    cadence = Cadence()
    cadence.hasten(Monotonic(0.0))
    assert not cadence.take(Monotonic(1e9))
    cadence.start(Monotonic(0.0))
    cadence.stop()
    assert cadence.due is None


def test_a_reopened_socket_warms_up_again() -> None:
    cadence = Cadence()
    cadence.start(Monotonic(0.0))
    announce_times(cadence, 100)
    cadence.start(Monotonic(200.0))
    assert announce_times(cadence, 201) == [200.0, 200.166, 200.699]


def test_an_announce_before_its_time_is_not_taken() -> None:
    cadence = Cadence()
    cadence.start(Monotonic(1.0))
    assert not cadence.take(Monotonic(0.9))
