"""The restart budget."""

from peerset.policies.command import BACKOFF_SECONDS, RESTART_WINDOW_SECONDS, RESTARTS_MAX, RestartBudget


def test_each_restart_of_a_window_waits_twice_as_long_and_then_there_is_none() -> None:
    budget = RestartBudget()
    waits = [budget.spend(100.0) for _ in range(RESTARTS_MAX)]
    assert waits == [BACKOFF_SECONDS * factor for factor in (1, 2, 4, 8, 16)]
    assert budget.spend(100.0) is None
    assert budget.spend(99.9 + RESTART_WINDOW_SECONDS) is None


def test_a_restart_is_forgotten_after_its_window() -> None:
    budget = RestartBudget()
    for second in range(RESTARTS_MAX):
        budget.spend(float(second))
    assert budget.spend(RESTART_WINDOW_SECONDS) == BACKOFF_SECONDS * 16
    assert budget.spend(RESTART_WINDOW_SECONDS + 0.5) is None
    assert budget.spend(2 * RESTART_WINDOW_SECONDS) == BACKOFF_SECONDS
