"""The dates that records and windows may have."""

import pytest

from peerset.core.clock import DAY_SECONDS, UNIX_MAX, UNIX_MIN, clamped


@pytest.mark.parametrize(
    ("unix", "date"),
    [
        (-1.0, UNIX_MIN),
        (0, UNIX_MIN),
        (UNIX_MIN + 0.9, UNIX_MIN),
        (2**31 + 0.5, 2**31),
        (UNIX_MAX + 1, UNIX_MAX),
        (2.0**60, UNIX_MAX),
    ],
)
def test_a_clock_that_says_1970_or_2106_gives_the_first_or_the_last_date(unix: float, date: int) -> None:
    assert clamped(unix) == date


def test_the_day_after_the_last_date_ends_within_32_bits() -> None:
    assert (UNIX_MAX // DAY_SECONDS + 2) * DAY_SECONDS < 2**32
