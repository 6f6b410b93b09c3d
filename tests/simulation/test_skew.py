import pytest

from peerset.testing.simulator import play


@pytest.mark.parametrize("seed", range(2))
def test_members_whose_clocks_differ_by_up_to_twenty_minutes_reach_one_set(seed: int) -> None:
    assert play("skew", seed).happened > 0
