import pytest

from peerset.testing.simulator import play


@pytest.mark.parametrize("seed", range(3))
def test_members_whose_channels_break_and_whose_trackers_fail_reach_one_set_once_they_hold(seed: int) -> None:
    assert play("links", seed).happened > 0
