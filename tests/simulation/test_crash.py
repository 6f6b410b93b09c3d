import pytest

from peerset.testing.simulator import play


@pytest.mark.parametrize("seed", range(3))
def test_members_that_die_between_any_two_effects_lose_nothing_and_reach_one_set(seed: int) -> None:
    assert play("crash", seed).happened > 0
