import pytest

from peerset.testing.simulator import play


@pytest.mark.parametrize("seed", range(2))
def test_members_that_join_publish_and_pass_on_reach_one_set(seed: int) -> None:
    assert play("convergence", seed).happened > 0
