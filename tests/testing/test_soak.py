"""What a soak says of what it found; it is played itself outside of the tests, for it takes its time."""

import json
from pathlib import Path

import pytest

from peerset.core.record import Record
from peerset.plugins import open_store
from peerset.testing.__main__ import main
from peerset.testing.machine import SIMULATED_ROOM
from peerset.testing.soak import SoakFigures, SoakPlan, differences
from tests.testing.records import make_record

ONE, TWO = make_record("one"), make_record("two")


async def filled(folder: Path, **rooms: list[Record]) -> Path:
    (folder / "rooms").mkdir(parents=True)
    for name, records in rooms.items():
        store = await open_store(f"sqlite:{folder / 'rooms' / name}.db")
        await store.bind(SIMULATED_ROOM.tag)
        await store.add(records)
        await store.aclose()
    return folder


@pytest.mark.real_time
async def test_what_nodes_do_not_share_and_what_none_has_is_found(tmp_path: Path) -> None:
    first = await filled(tmp_path / "a", hall=[ONE, TWO], lobby=[ONE])
    second = await filled(tmp_path / "b", hall=[TWO, ONE], lobby=[])
    assert await differences([first, first], [ONE.id, TWO.id]) == []
    lost = make_record("three").id
    assert await differences([first, second], [ONE.id, lost]) == [
        "lobby.db differs: 1, 0 records",
        "1 records are lost",
    ]


def test_memory_is_flat_when_the_last_quarter_is_as_the_second() -> None:
    flat = SoakFigures(records_kept=1)
    flat.judge([50.0, 100.0, 101.0, 104.0, 7.0][:4])
    assert (flat.memory_mb, flat.faults, round(flat.growth, 3)) == ([50.0, 100.0, 101.0, 104.0], [], 0.04)
    assert flat.line().endswith("memory by quarters 50 100 101 104 MB (+4.0%): all well")
    grown = SoakFigures(records_kept=1)
    grown.judge([50.0, 100.0, 101.0, 111.0])
    assert grown.faults == ["memory grew"]


def test_what_must_not_be_is_said() -> None:
    figures = SoakFigures(ending_seconds=5.1)
    figures.judge([])
    assert figures.faults == ["a node took too long to end", "nothing was kept"]
    assert json.loads(figures.to_json())["faults"] == figures.faults


@pytest.mark.parametrize("plan", [{"hours": 0.0}, {"rooms": 2}, {"nodes": 1}, {"kill_seconds": -1.0}])
def test_what_cannot_be_played_is_refused(plan: dict[str, float], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="a soak"):
        SoakPlan(**plan)  # type: ignore[arg-type]  # each is of its kind
    [(name, value)] = plan.items()
    with pytest.raises(SystemExit):
        main(["soak", f"--{name.replace('_', '-')}={value}"])
    assert "a soak" in capsys.readouterr().err
