from peerset.testing.faults import Faults


def test_a_calmed_world_is_as_slow_and_skewed_as_before_but_nothing_breaks() -> None:
    stormy = Faults(latency_median=0.3, skew_seconds_max=60, breaks=1, crashes=2, departures=1, connect_failures=0.5)

    assert stormy.calmed() == Faults(latency_median=0.3, skew_seconds_max=60)
