import pytest

from peerset.testing.simulator import play


@pytest.mark.parametrize("seed", [7, 9])
def test_members_with_nothing_a_few_or_twenty_thousand_records_reach_one_set(seed: int) -> None:
    assert play("sizes", seed).happened > 0
