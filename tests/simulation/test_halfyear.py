import pytest

from peerset.testing.simulator import play


@pytest.mark.parametrize("seed", range(1))
def test_half_a_year_of_churn_expiry_deletion_and_budgets_brings_nothing_back(seed: int) -> None:
    outcome = play("halfyear", seed)
    assert 1.0 < outcome.disk_times <= 1.2
    assert outcome.records > 0
