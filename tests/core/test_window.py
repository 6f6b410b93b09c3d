from peerset.core.bucket import day_bound
from peerset.core.clock import DAY_SECONDS, UNIX_MAX, UnixTime
from peerset.core.limits import WINDOW_STEPS_FROM
from peerset.core.window import first_bound, first_step, start_of, window_cell, window_days


def test_a_window_ends_with_the_last_day_that_is_compared() -> None:
    assert list(window_days(10, UnixTime(12 * DAY_SECONDS))) == [10, 11]
    assert list(window_days(10, UnixTime(12 * DAY_SECONDS + 1))) == [10, 11, 12]
    assert list(window_days(10, UnixTime(10 * DAY_SECONDS))) == []


def test_a_window_begins_with_a_day_or_with_a_step_which_is_no_day_of_any_clock() -> None:
    assert [start_of(first) for first in (3, WINDOW_STEPS_FROM, WINDOW_STEPS_FROM + 2)] == [3 * DAY_SECONDS, 0, 600]
    assert [first_step(second) - WINDOW_STEPS_FROM for second in (-1, 0, 1, 300, 301)] == [0, 0, 1, 1, 2]
    assert first_bound(first_step(601)) == (900, b"")
    assert UNIX_MAX // DAY_SECONDS < WINDOW_STEPS_FROM
    assert first_step(UNIX_MAX) < 2**32


def test_of_a_window_that_begins_with_a_step_the_first_cell_is_the_rest_of_its_days() -> None:
    step, upto = first_step(DAY_SECONDS + 1_500), UnixTime(3 * DAY_SECONDS + 60)
    assert list(window_days(step, upto)) == [1, 2, 3]
    cells = [window_cell(step, number, 2, upto) for number in range(2)]
    assert cells == [((DAY_SECONDS + 1_500, b""), day_bound(3)), (day_bound(3), (upto, b""))]
    assert window_cell(1, 0, 2, upto) == (day_bound(1), day_bound(3))
