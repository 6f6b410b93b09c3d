"""What a soak says of what it found; it is played itself outside of the tests, for it takes its time."""

import json
from typing import Any

import pytest

from peerset.testing.__main__ import main
from peerset.testing.soak import SoakFigures, SoakPlan

PLANS: list[dict[str, Any]] = [
    {"hours": 0.0},
    {"rooms": 2},
    {"nodes": 1},
    {"kill_seconds": -1.0},
    {"database": "sqlite:rooms.db"},
    {"database": "postgresql://somebody@host/rooms?schema=rooms"},
]


def test_memory_is_flat_when_the_last_quarter_is_as_the_second() -> None:
    flat = SoakFigures(records_kept=1)
    flat.judge({"first": [50.0, 100.0, 101.0, 104.0], "second": [70.0, 70.0, 70.0, 70.0]})
    assert (flat.faults, round(flat.growth, 3)) == ([], 0.04)
    assert flat.line().endswith(
        "memory by quarters of first 50 100 101 104 MB, of second 70 70 70 70 MB (+4.0%): all well"
    )
    grown = SoakFigures(records_kept=1)
    grown.judge({"first": [50.0, 100.0, 101.0, 104.0], "second": [70.0, 70.0, 70.0, 78.0]})
    assert grown.faults == ["memory grew"]


def test_what_must_not_be_is_said() -> None:
    figures = SoakFigures(ending_seconds=5.1, takeover_seconds=60.1)
    figures.judge({})
    assert figures.faults == ["a node took too long to end", "rooms stayed with nobody", "nothing was kept"]
    assert json.loads(figures.to_json())["faults"] == figures.faults


@pytest.mark.parametrize("plan", PLANS)
def test_what_cannot_be_played_is_refused(plan: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="a soak"):
        SoakPlan(**plan)
    [(name, value)] = plan.items()
    with pytest.raises(SystemExit):
        main(["soak", f"--{name.replace('_', '-')}={value}"])
    assert "a soak" in capsys.readouterr().err
