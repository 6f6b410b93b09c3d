import pytest

from peerset.testing.simulator import play


@pytest.mark.parametrize("seed", range(2))
def test_light_members_and_all_others_reach_one_set_without_a_strike(seed: int) -> None:
    assert play("light", seed).happened > 0
