import pytest

from peerset.testing.faults import Faults
from peerset.testing.scenarios import SCENARIOS, Scenario
from peerset.testing.simulator import play
from peerset.testing.story import SimulationError, Story


def test_the_time_to_settle_grows_with_the_skew_of_clocks() -> None:
    assert Story(SCENARIOS["skew"], 1).settle_limit == Story(SCENARIOS["links"], 1).settle_limit + 1_200


def test_members_that_say_much_though_nobody_writes_fail_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    chatty = {"chatty": Scenario(Faults(), storm_seconds=5.0, quiet_seconds=60.0, peers_max=2)}
    assert play("chatty", 1, scenarios=chatty).happened > 0
    monkeypatch.setattr("peerset.testing.story.QUIET_BYTES_MAX", 100)
    monkeypatch.setattr("peerset.testing.story.QUIET_BYTES_PER_RECORD", 0)

    with pytest.raises(SimulationError, match=r"two members send \d+ bytes an hour, and nobody writes anything"):
        play("chatty", 1, scenarios=chatty)
