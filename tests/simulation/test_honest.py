import pytest

from peerset.testing.simulator import play


@pytest.mark.parametrize("seed", range(2))
def test_honest_members_blame_nobody_whatever_their_rules_clocks_disks_and_speeds(seed: int) -> None:
    assert play("honest", seed).happened > 0
