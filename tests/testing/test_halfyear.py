import dataclasses

import pytest

from peerset.testing.halfyear import HalfYear
from peerset.testing.invariants import InvariantError
from peerset.testing.scenarios import SCENARIOS

FEW_DAYS = dataclasses.replace(SCENARIOS["halfyear"], days=4, storm_seconds=5.0)


def test_one_seed_gives_one_history() -> None:
    assert HalfYear(FEW_DAYS, 1).play() == HalfYear(FEW_DAYS, 1).play()


def test_what_comes_back_fails_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    story = HalfYear(FEW_DAYS, 2)
    spend_day = story._spend_day

    def forget_and_spend() -> float:
        seconds = spend_day()
        # As though it had been gone on an evening before.
        story._gone.update(record.id for record in story.swarm.honest[0].disk.records()[:1])
        return seconds

    monkeypatch.setattr(story, "_spend_day", forget_and_spend)
    with pytest.raises(InvariantError, match=r"1 records came back to member 0 on day \d"):
        story.play()


def test_a_file_that_is_too_large_fails_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("peerset.testing.halfyear.DISK_TIMES_MAX", 0.5)
    monkeypatch.setattr("peerset.testing.halfyear.WEIGHED_EACH_DAYS", 2)
    with pytest.raises(InvariantError, match=r"the file of member 0 takes \d\.\d+ times what lives"):
        HalfYear(FEW_DAYS, 3).play()
