"""What the hellos of peers say of our clock, and when it is believed."""

import pytest

from peerset.core.clock import DAY_SECONDS, HOUR_SECONDS, Moment, Monotonic, UnixTime
from peerset.core.limits import CLOCK_SKEW_SECONDS_NOTED
from peerset.core.signal import PeerId
from peerset.protocol.events import ClockSkewed
from peerset.protocol.health import Budget
from peerset.protocol.skew import ClockComparison, ClockTrust

ONE, TWO, THREE = PeerId("0000one"), PeerId("0000two"), PeerId("0000three")
FAR = CLOCK_SKEW_SECONDS_NOTED + 1
YEAR_SECONDS = 365 * DAY_SECONDS
NOW = Moment(Monotonic(50.0), UnixTime(1_790_000_123))


def at(passed: float, *, leap: int = 0) -> Moment:
    """Give the moment *passed* seconds after NOW, when the wall clock leapt *leap* seconds meanwhile."""
    return Moment(Monotonic(NOW.monotonic + passed), UnixTime(NOW.unix + int(passed) + leap))


def test_one_peer_says_nothing_of_our_clock() -> None:
    assert ClockComparison().compare(ONE, NOW.unix + 5_000, NOW) is None


def test_two_peers_that_agree_tell_by_how_much_ours_is_behind() -> None:
    clocks = ClockComparison()
    clocks.compare(ONE, NOW.unix + FAR, NOW)
    assert clocks.compare(TWO, NOW.unix + FAR, NOW) == ClockSkewed(-FAR, 2, is_ours=True)


def test_two_peers_that_agree_tell_by_how_much_ours_is_ahead() -> None:
    clocks = ClockComparison()
    clocks.compare(ONE, NOW.unix - FAR, NOW)
    assert clocks.skew_seconds(NOW) is None
    assert clocks.compare(TWO, NOW.unix - FAR, NOW) == ClockSkewed(FAR, 2, is_ours=True)
    assert clocks.skew_seconds(NOW) == FAR
    assert clocks.budget(at(5)) == Budget("clock", FAR, CLOCK_SKEW_SECONDS_NOTED, NOW.unix, 1)
    assert clocks.budget(at(5, leap=-FAR)) == Budget("clock", 0, CLOCK_SKEW_SECONDS_NOTED, None, 1)


def test_a_difference_up_to_the_limit_is_none() -> None:
    clocks = ClockComparison()
    clocks.compare(ONE, NOW.unix + CLOCK_SKEW_SECONDS_NOTED, NOW)
    assert clocks.compare(TWO, NOW.unix + CLOCK_SKEW_SECONDS_NOTED, NOW) is None


def test_one_liar_among_three_changes_nothing() -> None:
    clocks = ClockComparison()
    clocks.compare(ONE, NOW.unix + 0, NOW)
    clocks.compare(TWO, NOW.unix + 1, NOW)
    assert clocks.compare(THREE, NOW.unix + 1_000_000, NOW) is None


def test_a_wrong_clock_is_told_once() -> None:
    clocks = ClockComparison()
    clocks.compare(ONE, NOW.unix + FAR, NOW)
    assert clocks.compare(TWO, NOW.unix + FAR, NOW) is not None
    assert clocks.compare(THREE, NOW.unix + FAR, NOW) is None


def test_a_clock_that_was_right_in_between_is_told_of_again() -> None:
    clocks = ClockComparison()
    clocks.compare(ONE, NOW.unix + FAR, NOW)
    clocks.compare(TWO, NOW.unix + FAR, NOW)
    assert clocks.compare(TWO, NOW.unix - FAR, NOW) is None
    assert clocks.compare(TWO, NOW.unix + FAR, NOW) == ClockSkewed(-FAR, 2, is_ours=True)


def test_peers_that_are_gone_are_left_out() -> None:
    clocks = ClockComparison()
    clocks.compare(ONE, NOW.unix + FAR, NOW)
    clocks.forget(ONE)
    clocks.forget(THREE)
    assert clocks.compare(TWO, NOW.unix + FAR, NOW) is None


def test_peers_that_do_not_agree_with_each_other_cannot_say_whose_clock_is_wrong() -> None:
    clocks = ClockComparison()
    clocks.compare(ONE, NOW.unix + 5_000, NOW)
    assert clocks.compare(TWO, NOW.unix + 9_000, NOW) == ClockSkewed(-7_000, 2, is_ours=False)


def test_what_peers_said_stays_true_when_our_own_clock_steps() -> None:
    clocks = ClockComparison()
    clocks.compare(ONE, NOW.unix, NOW)
    assert clocks.ahead(NOW) is None
    clocks.compare(TWO, NOW.unix, NOW)
    assert clocks.ahead(at(600)) == 0
    assert clocks.ahead(at(600, leap=YEAR_SECONDS)) == -YEAR_SECONDS


def alone(now: Moment) -> None:
    """Have no peers whose clocks could be compared."""


def test_a_room_that_has_nothing_to_lose_believes_its_clock() -> None:
    assert ClockTrust(None, alone).believes(NOW)


@pytest.mark.parametrize(
    ("leap", "is_believed"), [(-YEAR_SECONDS, True), (0, True), (DAY_SECONDS, True), (DAY_SECONDS + 1, False)]
)
def test_a_clock_may_go_on_by_a_day_unseen(leap: int, is_believed: bool) -> None:
    assert ClockTrust(NOW.unix, alone).believes(at(0, leap=leap)) is is_believed


def test_a_clock_that_leaps_while_the_room_runs_is_not_believed_until_it_falls_back() -> None:
    trust = ClockTrust(None, alone)
    assert trust.believes(NOW)
    assert not trust.believes(at(600, leap=YEAR_SECONDS))
    assert not trust.believes(at(1_200, leap=YEAR_SECONDS))
    assert trust.believes(at(1_800))
    assert not trust.believes(at(2_400, leap=YEAR_SECONDS))


def test_what_is_believed_falls_back_with_the_clock() -> None:
    trust = ClockTrust(UnixTime(NOW.unix + YEAR_SECONDS), alone)
    assert trust.believes(NOW)
    assert not trust.believes(at(600, leap=YEAR_SECONDS))


@pytest.mark.parametrize(
    ("ahead", "is_believed"), [(0, True), (HOUR_SECONDS, True), (-HOUR_SECONDS, True), (HOUR_SECONDS + 1, False)]
)
def test_peers_that_agree_with_a_clock_vouch_for_it(ahead: int, is_believed: bool) -> None:
    trust = ClockTrust(UnixTime(NOW.unix - YEAR_SECONDS), lambda _: ahead)
    assert trust.believes(NOW) is is_believed


def test_without_peers_a_clock_is_believed_once_it_ran_for_a_day() -> None:
    trust = ClockTrust(UnixTime(NOW.unix - YEAR_SECONDS), alone)
    assert not trust.believes(NOW)
    assert not trust.believes(at(DAY_SECONDS - 1))
    assert trust.believes(at(DAY_SECONDS))


def test_the_day_begins_anew_when_the_clock_leaps() -> None:
    trust = ClockTrust(UnixTime(NOW.unix - YEAR_SECONDS), alone)
    trust.believes(NOW)
    assert not trust.believes(at(DAY_SECONDS - 600, leap=YEAR_SECONDS))
    assert not trust.believes(at(DAY_SECONDS, leap=YEAR_SECONDS))
    assert trust.believes(at(2 * DAY_SECONDS, leap=YEAR_SECONDS))


def test_a_day_alone_does_not_outvote_peers() -> None:
    trust = ClockTrust(UnixTime(NOW.unix - YEAR_SECONDS), lambda _: -YEAR_SECONDS)
    trust.believes(NOW)
    assert not trust.believes(at(2 * DAY_SECONDS))
