import pytest

from peerset.core.bucket import check_bucket_seconds, day_bound, day_cuts, day_of, last_day
from peerset.core.clock import DAY_SECONDS
from peerset.errors import ConfigError


def test_a_day_begins_at_midnight() -> None:
    assert [day_of(seconds) for seconds in (0, 86_399, 86_400)] == [0, 0, 1]
    assert day_bound(3) == (259_200, b"")


def test_a_bound_at_midnight_belongs_to_the_day_before() -> None:
    assert last_day((2 * DAY_SECONDS, b"")) == 1
    assert last_day((2 * DAY_SECONDS, b"\x00")) == 2
    assert last_day((2 * DAY_SECONDS + 1, b"")) == 2


def test_a_range_of_days_is_cut_at_midnights() -> None:
    assert day_cuts((5, b""), (3 * DAY_SECONDS + 1, b""), 64) == [day_bound(1), day_bound(2), day_bound(3)]


@pytest.mark.parametrize("parts", [-1, 0, 1])
def test_a_range_cut_into_one_part_stays_whole(parts: int) -> None:
    assert day_cuts(day_bound(0), day_bound(9), parts) == []


def test_more_days_than_parts_share_cells() -> None:
    cuts = day_cuts(day_bound(0), day_bound(90), 16)
    assert cuts == [day_bound(day) for day in range(6, 90, 6)]
    assert len(day_cuts(day_bound(0), (2**53, b"\x00"), 64)) <= 63


def test_a_range_of_nothing_has_no_cuts() -> None:
    assert day_cuts(day_bound(5), day_bound(2), 4) == []


@pytest.mark.parametrize("seconds", [-3_600, 0, 7, 86_401, 172_800])
def test_a_bucket_that_does_not_divide_a_day_is_refused(seconds: int) -> None:
    with pytest.raises(ConfigError, match="must divide a day"):
        check_bucket_seconds(seconds)


def test_an_hour_is_a_bucket() -> None:
    assert check_bucket_seconds(3_600) == 3_600
