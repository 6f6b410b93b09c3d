"""What is noticed in a history of visits."""

import dataclasses

import pytest

from peerset.core.clock import UnixTime
from peerset.protocol.inputs import Expired
from peerset.testing.disk import Disk
from peerset.testing.scenarios import SCENARIOS
from peerset.testing.simulator import play
from peerset.testing.story import SimulationError


def test_a_member_that_collects_what_is_pinned_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def collect(disk: Disk, before: UnixTime, _: UnixTime) -> Expired:
        return Expired(disk.expire(before))

    monkeypatch.setattr(Disk, "collect", collect)
    scenario = dataclasses.replace(SCENARIOS["years"], days=120)
    with pytest.raises(SimulationError, match="pinned records too few"):
        play("years", 2, scenarios={"years": scenario})
