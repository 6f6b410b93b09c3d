import dataclasses

from peerset.testing.scenarios import SCENARIOS
from peerset.testing.simulator import play

SHORT = {"halfyear": dataclasses.replace(SCENARIOS["halfyear"], days=75)}
"""Records live for 30 days, so that two generations of them go; by hand all 180 days are played."""


def test_months_of_churn_expiry_deletion_and_budgets_bring_nothing_back() -> None:
    outcome = play("halfyear", 0, scenarios=SHORT)
    assert 1.0 < outcome.disk_times <= 1.2
    assert outcome.records > 0
