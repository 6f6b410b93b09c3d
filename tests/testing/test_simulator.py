import os
import re
import subprocess
import sys

import pytest

from peerset.testing.faults import Faults
from peerset.testing.scenarios import SCENARIOS, Scenario
from peerset.testing.simulator import main, play
from peerset.testing.story import SimulationError

HOPELESS = {"hopeless": Scenario(Faults(latency_median=10_000.0), storm_seconds=5.0)}


def test_one_seed_gives_one_history() -> None:
    assert play("everything", 3, peers=4) == play("everything", 3, peers=4)


def test_two_seeds_give_two_histories() -> None:
    assert play("everything", 3, peers=4).fingerprint != play("everything", 4, peers=4).fingerprint


@pytest.mark.real_time
def test_one_seed_gives_one_history_under_any_hash_seed() -> None:
    command = [sys.executable, "-m", "peerset.testing.simulator", "--scenario", "everything", "--seed", "5"]
    outputs = {
        subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": hash_seed}, capture_output=True, check=True).stdout
        for hash_seed in ("1", "2", "3")
    }

    assert len(outputs) == 1


def test_a_failure_names_the_command_that_shows_it_again() -> None:
    command = "python -m peerset.testing.simulator --scenario hopeless --seed 8"

    with pytest.raises(SimulationError, match=f"member . lacks .* {re.escape(command)}\\)$"):
        play("hopeless", 8, scenarios=HOPELESS)
    with pytest.raises(SimulationError, match=re.escape(f"{command} --peers 2)")):
        play("hopeless", 8, peers=2, scenarios=HOPELESS)


def test_the_command_plays_seeds_one_after_the_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--scenario", "retention", "--seed", "7", "--seeds", "2", "--peers", "2"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["retention 7 ok", "retention 8 ok"]


def test_the_command_reports_failures(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--scenario", "hopeless", "--seed", "8"], scenarios={**SCENARIOS, **HOPELESS}) == 1

    assert "hopeless 8 FAILED" in capsys.readouterr().out


def test_the_command_plays_every_scenario_and_says_in_brief_what_came_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    few = {"retention": SCENARIOS["retention"], "skew": SCENARIOS["skew"], **HOPELESS}

    assert main(["--scenario", "every", "--seed", "4", "--seeds", "2", "--peers", "2", "--brief"], scenarios=few) == 1

    lines = capsys.readouterr().out.splitlines()
    assert [" ".join(line.split()[:3]) for line in lines] == [
        "hopeless 4 FAILED",
        "up to seed",
        "hopeless 5 FAILED",
        "up to seed",
    ]
    assert lines[-1] == "up to seed 5: 6 played, 2 failed"
