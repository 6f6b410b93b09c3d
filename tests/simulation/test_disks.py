import pytest

from peerset.testing.simulator import play


@pytest.mark.parametrize("seed", range(2))
def test_members_whose_disks_fill_up_or_fail_reach_one_set_once_they_work_again(seed: int) -> None:
    assert play("disks", seed).happened > 0
