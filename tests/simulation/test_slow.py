import pytest

from peerset.testing.simulator import play


@pytest.mark.parametrize("seed", range(2))
def test_members_whose_policies_take_up_to_a_second_a_record_reach_one_set(seed: int) -> None:
    assert play("slow", seed).happened > 0
