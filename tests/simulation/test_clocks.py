import pytest

from peerset.testing.simulator import play


@pytest.mark.parametrize("seed", range(2))
def test_clocks_that_are_hours_to_years_off_empty_no_store_and_part_nobody(seed: int) -> None:
    assert play("clocks", seed).happened > 0
