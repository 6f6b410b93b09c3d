"""When rounds are due, and how often a peer may open them."""

import random

from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.limits import (
    ROOT_INTERVAL_SECONDS,
    ROOT_QUIET_SECONDS,
    ROUND_BACKOFF_MAX_SECONDS,
    ROUND_BURST_MAX,
    ROUND_INTERVAL_SECONDS,
    ROUND_SETTLE_SECONDS,
    ROUNDS_AT_ONCE_MAX,
)
from peerset.protocol.pace import COMPARED_AFTER_SECONDS, Outcome, Pace
from tests.protocol.pair import START

EQUAL = Outcome(is_equal=True)
FRUITLESS = Outcome()
FRUITFUL = Outcome(gained=1)


def at(seconds: float) -> Moment:
    return Moment(Monotonic(seconds), START)


def make_pace(*, is_initiator: bool = True) -> Pace:
    return Pace(is_initiator=is_initiator, rng=random.Random(0))


def end(pace: Pace, outcome: Outcome) -> float | None:
    """Let a round begin and end at once; give when the next one is due."""
    pace.opened(at(0))
    pace.ended(at(0), outcome)
    return pace.due


def test_the_first_round_compares_the_youngest_records_too() -> None:
    pace = make_pace()
    assert pace.is_full
    pace.opened(at(0))
    assert not pace.is_full
    assert pace.due is None


def test_equal_roots_are_compared_again_after_ten_minutes_or_so_when_nothing_is_new() -> None:
    pace = make_pace()
    pace.ended(at(100), EQUAL)
    assert pace.due is not None
    assert 0.9 * ROOT_QUIET_SECONDS <= pace.due - 100 <= 1.1 * ROOT_QUIET_SECONDS


def test_what_is_new_is_compared_once_it_is_old_enough_and_by_the_other_side_when_nobody_does() -> None:
    dues = []
    for is_initiator in (True, False):
        pace = make_pace(is_initiator=is_initiator)
        pace.ended(at(0), EQUAL)
        pace.added(at(100), UnixTime(START - 20))
        pace.added(at(150), UnixTime(START + 30))
        dues.append(pace.due)
    first, second = dues
    assert first is not None
    assert second is not None
    assert ROOT_INTERVAL_SECONDS <= first - 100 - (COMPARED_AFTER_SECONDS - 20) <= 2 * ROOT_INTERVAL_SECONDS
    assert second == first + ROOT_INTERVAL_SECONDS


def test_what_was_too_young_for_a_round_is_compared_in_another() -> None:
    pace = make_pace()
    pace.added(at(0), START)
    pace.opened(at(1))
    pace.ended(at(1), Outcome(is_equal=True, upto=START))
    assert pace.due is not None
    assert pace.due < 1 + COMPARED_AFTER_SECONDS + 2 * ROOT_INTERVAL_SECONDS
    pace.opened(at(2))
    pace.ended(at(2), Outcome(is_equal=True, upto=UnixTime(START + 1)))
    assert pace.due - 2 >= 0.9 * ROOT_QUIET_SECONDS


def test_what_came_during_a_round_was_not_compared_by_it() -> None:
    pace = make_pace()
    pace.opened(at(1))
    pace.added(at(1), START)
    pace.ended(at(1), Outcome(is_equal=True, upto=UnixTime(START + 900)))
    assert pace.due is not None
    assert pace.due < 1 + COMPARED_AFTER_SECONDS + 2 * ROOT_INTERVAL_SECONDS


def test_what_is_dated_ahead_keeps_nothing_else_from_being_compared() -> None:
    pace = make_pace()
    pace.added(at(0), UnixTime(START + 900))
    assert pace.due == COMPARED_AFTER_SECONDS + ROOT_INTERVAL_SECONDS


def test_what_is_new_hastens_no_round_after_one_that_ended_unequal() -> None:
    pace = make_pace()
    assert end(pace, FRUITLESS) == 20
    for _ in range(6):
        due = end(pace, FRUITLESS)
    pace.added(at(0), START)
    assert pace.due == due


def test_progress_is_followed_up_at_once_but_not_for_ever() -> None:
    pace = make_pace()
    for _ in range(ROUNDS_AT_ONCE_MAX):
        pace.opened(at(5))
        pace.ended(at(5), FRUITFUL)
        assert pace.due == Monotonic(5)
        assert pace.is_full


def test_a_large_set_that_goes_on_making_progress_is_never_slowed_to_minutes() -> None:
    pace = make_pace()
    for _ in range(ROUNDS_AT_ONCE_MAX):
        end(pace, FRUITFUL)
    for outcome in (FRUITFUL, Outcome(given=1, other_count=9), Outcome(given=1, other_count=10)):
        assert end(pace, outcome) == ROUND_INTERVAL_SECONDS


def test_progress_ends_the_back_off() -> None:
    pace = make_pace()
    waits = [end(pace, outcome) for outcome in (FRUITLESS, FRUITLESS, FRUITFUL, FRUITLESS)]
    assert waits == [20, 40, 0, 20]


def test_what_is_given_in_vain_is_no_progress() -> None:
    # With other rules, the peer refuses the same records each time; nobody needs to hear of them all the time.
    pace = make_pace()
    waits = [end(pace, Outcome(given=100, other_count=7)) for _ in range(4)]
    assert waits == [0, 20, 40, 80]


def test_what_was_left_out_has_its_turn_at_once_as_often_as_progress() -> None:
    pace = make_pace()
    waits = [end(pace, Outcome(is_cut=True)) for _ in range(ROUNDS_AT_ONCE_MAX + 1)]
    assert waits == [0] * ROUNDS_AT_ONCE_MAX + [20]


def test_fruitless_rounds_back_off_until_one_ends_equal() -> None:
    pace = make_pace()
    waits = [end(pace, FRUITLESS) for _ in range(7)]
    assert waits == [20, 40, 80, 160, 320, ROUND_BACKOFF_MAX_SECONDS, ROUND_BACKOFF_MAX_SECONDS]
    pace.ended(at(0), EQUAL)
    assert end(pace, FRUITLESS) == 20


def test_what_came_too_late_for_a_fruitless_round_is_compared_soon_after_it() -> None:
    for is_initiator in (True, False):
        pace = make_pace(is_initiator=is_initiator)
        for outcome in (FRUITLESS, EQUAL):
            pace.opened(at(100))
            pace.poke(at(101))
            pace.ended(at(105), outcome)
            assert (pace.due == 100 + ROUND_INTERVAL_SECONDS) is not outcome.is_equal


def test_what_moved_during_or_after_an_unequal_round_is_compared_as_soon_as_it_is_here() -> None:
    for is_initiator in (True, False):
        pace = make_pace(is_initiator=is_initiator)
        pace.opened(at(100))
        pace.ended(at(100), FRUITLESS)
        pace.moved(at(100.2))
        assert (pace.due, pace.is_full) == (100 + ROUND_SETTLE_SECONDS, True)
        pace.opened(at(101))
        pace.moved(at(101.5))
        pace.ended(at(105), FRUITLESS)
        # What is to be compared soon was noted a second after the round was opened.
        assert pace.due == Monotonic(102)
        pace.opened(at(105))
        pace.ended(at(105), EQUAL)
        planned = pace.due
        pace.moved(at(106))
        assert pace.due == planned


def test_sets_that_move_without_end_and_never_become_equal_back_off() -> None:
    pace = make_pace()
    now = 0.0
    for _ in range(ROUNDS_AT_ONCE_MAX):
        pace.opened(at(now))
        pace.moved(at(now))
        pace.ended(at(now), FRUITLESS)
        assert pace.due == now + ROUND_SETTLE_SECONDS
        now = pace.due
    pace.opened(at(now))
    pace.moved(at(now))
    pace.ended(at(now), FRUITLESS)
    assert pace.due is not None
    assert pace.due - now >= ROUND_INTERVAL_SECONDS
    pace.moved(at(now + 1))
    assert pace.due - now >= ROUND_INTERVAL_SECONDS


def test_who_may_only_invite_waits_for_the_other() -> None:
    pace = make_pace(is_initiator=False)
    pace.ended(at(0), FRUITFUL)
    assert pace.due is None


def test_records_that_nobody_announces_are_compared_soon_and_once() -> None:
    pace = make_pace()
    pace.opened(at(100))
    pace.poke(at(101))
    assert pace.due == 100 + ROUND_INTERVAL_SECONDS
    assert pace.is_full
    pace.poke(at(200))
    assert pace.due == 100 + ROUND_INTERVAL_SECONDS
    pace.opened(at(200))
    pace.poke(at(300))
    assert pace.due == Monotonic(300)


def test_a_peer_may_open_some_rounds_at_once_and_then_one_a_second() -> None:
    pace = make_pace(is_initiator=False)
    assert all(pace.admits(at(0)) for _ in range(ROUND_BURST_MAX))
    assert not pace.admits(at(0))
    # What was refused was counted too.
    assert pace.admits(at(2))
    assert not pace.admits(at(2))
