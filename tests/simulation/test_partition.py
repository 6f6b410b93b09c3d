import pytest

from peerset.testing.simulator import play


@pytest.mark.parametrize("seed", range(3))
def test_members_that_were_cut_apart_reach_one_set_once_they_are_joined(seed: int) -> None:
    assert play("partition", seed).happened > 0
