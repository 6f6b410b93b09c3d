import pytest

from peerset.testing.holes import Eclipse


@pytest.mark.parametrize("seed", range(1))
def test_among_four_times_as_many_that_pass_nothing_on_every_record_reaches_all(seed: int) -> None:
    kept = Eclipse(seed, honest=8, holes=32).play()

    assert kept.reached == kept.honest
    assert kept.newcomer > 0


def test_with_one_of_two_trackers_hostile_every_record_reaches_who_starts_anew() -> None:
    kept = Eclipse(1, honest=8, holes=32, hostile_trackers=1).play()

    assert kept.reached == kept.honest
    assert kept.newcomer > 0
