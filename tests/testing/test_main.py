import json
from pathlib import Path

import pytest

from peerset.testing.__main__ import main

SMALL = ["swarm", "--members", "4", "--records", "1", "--warm-records", "1", "--join-seconds", "1"]
SHORT = ["--meet-seconds", "15", "--idle-seconds", "2"]


def test_a_swarm_is_played_by_one_command_which_writes_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SMALL, *SHORT]) == 0

    written = capsys.readouterr()
    assert written.out.startswith("4 members, seed 1; 100.00% converged")
    assert written.out.count("\n") == 1
    assert written.err == ""


def test_figures_come_as_json_and_a_picture_goes_to_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main([*SMALL, *SHORT, "--json", "--svg", str(tmp_path / "run.svg")]) == 0

    assert json.loads(capsys.readouterr().out)["members"] == 4
    assert (tmp_path / "run.svg").read_text("utf-8").startswith("<svg")


def test_a_wrong_kind_of_villain_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main(["swarm", "--villains", "dragon"])

    assert exit_info.value.code == 2
    assert "'dragon'" in capsys.readouterr().err
