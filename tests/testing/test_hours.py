"""What is noticed in a history of hours."""

import dataclasses

import pytest

from peerset.core.clock import UnixTime
from peerset.protocol.inputs import Expired
from peerset.testing.disk import Disk
from peerset.testing.hours import Hours
from peerset.testing.scenarios import SCENARIOS
from peerset.testing.simulator import play
from peerset.testing.story import SimulationError

SHORT = dataclasses.replace(SCENARIOS["hours"], days=1, storm_seconds=30.0)


def test_a_member_that_collects_nothing_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def collect(_disk: Disk, _before: UnixTime, _until: UnixTime) -> Expired:
        return Expired(0)

    monkeypatch.setattr(Disk, "collect", collect)
    with pytest.raises(SimulationError, match=r"which should be deleted|the index of member"):
        play("hours", 0, scenarios={"hours": SHORT})


def test_what_comes_back_fails_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    story = Hours(SHORT, 0)
    rest = story._rest

    def forget_and_rest() -> None:
        rest()
        # As though it had been gone before.
        story._gone.update(each.id for each in story._present[0].disk.records())
        story._held.clear()

    monkeypatch.setattr(story, "_rest", forget_and_rest)
    with pytest.raises(AssertionError, match="records came back to member"):
        story.play()
