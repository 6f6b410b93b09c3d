import pytest

from peerset.testing.simulator import play


@pytest.mark.parametrize("seed", range(2))
def test_members_who_hold_different_things_for_right_reach_one_set_of_each_kind_and_blame_nobody(seed: int) -> None:
    assert play("rules", seed).happened > 0
