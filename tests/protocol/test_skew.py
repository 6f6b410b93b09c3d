"""What the hellos of peers say of our clock."""

from peerset.core.limits import CLOCK_SKEW_SECONDS_NOTED
from peerset.core.signal import PeerId
from peerset.protocol.events import ClockSkewed
from peerset.protocol.skew import ClockComparison

ONE, TWO, THREE = PeerId("0000one"), PeerId("0000two"), PeerId("0000three")
FAR = CLOCK_SKEW_SECONDS_NOTED + 1


def test_one_peer_says_nothing_of_our_clock() -> None:
    assert ClockComparison().compare(ONE, 5_000) is None


def test_two_peers_that_agree_tell_by_how_much_ours_is_behind() -> None:
    clocks = ClockComparison()
    clocks.compare(ONE, FAR)
    assert clocks.compare(TWO, FAR) == ClockSkewed(-FAR, 2)


def test_two_peers_that_agree_tell_by_how_much_ours_is_ahead() -> None:
    clocks = ClockComparison()
    clocks.compare(ONE, -FAR)
    assert clocks.compare(TWO, -FAR) == ClockSkewed(FAR, 2)


def test_a_difference_up_to_the_limit_is_none() -> None:
    clocks = ClockComparison()
    clocks.compare(ONE, CLOCK_SKEW_SECONDS_NOTED)
    assert clocks.compare(TWO, CLOCK_SKEW_SECONDS_NOTED) is None


def test_one_liar_among_three_changes_nothing() -> None:
    clocks = ClockComparison()
    clocks.compare(ONE, 0)
    clocks.compare(TWO, 1)
    assert clocks.compare(THREE, 1_000_000) is None


def test_a_wrong_clock_is_told_once() -> None:
    clocks = ClockComparison()
    clocks.compare(ONE, FAR)
    assert clocks.compare(TWO, FAR) is not None
    assert clocks.compare(THREE, FAR) is None


def test_a_clock_that_was_right_in_between_is_told_of_again() -> None:
    clocks = ClockComparison()
    clocks.compare(ONE, FAR)
    clocks.compare(TWO, FAR)
    assert clocks.compare(TWO, -FAR) is None
    assert clocks.compare(TWO, FAR) == ClockSkewed(-FAR, 2)


def test_peers_that_are_gone_are_left_out() -> None:
    clocks = ClockComparison()
    clocks.compare(ONE, FAR)
    clocks.forget(ONE)
    clocks.forget(THREE)
    assert clocks.compare(TWO, FAR) is None
