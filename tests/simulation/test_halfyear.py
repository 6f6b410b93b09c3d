from peerset.testing.simulator import play


def test_half_a_year_of_churn_expiry_deletion_and_budgets_brings_nothing_back() -> None:
    outcome = play("halfyear", 0)
    assert 1.0 < outcome.disk_times <= 1.2
    assert outcome.records > 0
