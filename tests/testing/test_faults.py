from peerset.testing.faults import SCENARIOS, VILLAIN_NAMES, Faults
from peerset.testing.hostile import VILLAINS


def test_a_calmed_world_is_as_slow_and_skewed_as_before_but_nothing_breaks() -> None:
    stormy = Faults(latency_median=0.3, skew_seconds_max=60, breaks=1, crashes=2, departures=1, connect_failures=0.5)

    assert stormy.calmed() == Faults(latency_median=0.3, skew_seconds_max=60)


def test_every_villain_that_a_scenario_names_exists() -> None:
    assert set(VILLAIN_NAMES) == set(VILLAINS)
    assert {name for scenario in SCENARIOS.values() for name in scenario.faults.villains} <= set(VILLAINS)
