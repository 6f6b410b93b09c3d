"""The command line as a whole."""

import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

import peerset
from peerset.cli.exits import ExitCode
from peerset.cli.verbs import verbs_by_words
from tests.patience import PATIENT_SECONDS

SCRIPT: Final = Path(sys.executable).with_name("peerset")

pytestmark = pytest.mark.real_time


def test_the_version_is_told(shell: Any) -> None:
    assert shell("version").out == f"peerset {peerset.__version__}\n"


def test_help_names_every_verb_and_exit_code(shell: Any) -> None:
    out = shell("--help").out
    verbs = "join watch publish records delete export import gc doctor tracker demo version keys"
    assert all(f"\n  {verb} " in out for verb in verbs.split())
    assert all(f"{code.value:>3}  " in out for code in ExitCode)
    assert "demo-peer" not in out


def test_help_names_no_file_that_an_installation_lacks(shell: Any) -> None:
    for words in [(), *(words for words, _ in verbs_by_words())]:
        ended = shell(*words, "--help")
        assert ended.code == 0
        assert "docs/" not in ended.out


@pytest.mark.parametrize("arguments", [("nonsense",), ("publish",), ("records", "lobby", "--limit", "none")])
def test_a_wrong_use_ends_by_two_and_says_how(shell: Any, arguments: tuple[str, ...]) -> None:
    ended = shell(*arguments)
    assert ended.code == 2
    assert "Usage: peerset" in ended.err


def test_an_error_is_one_line(shell: Any) -> None:
    ended = shell("records", "", "--store", "memory:")
    assert ended.code == 2
    assert ended.err == "peerset: the room name is empty\n"


def test_debug_adds_the_traceback(shell: Any) -> None:
    ended = shell("--debug", "records", "", "--store", "memory:")
    assert ended.code == 2
    assert "Traceback" in ended.err


def test_an_unknown_kind_of_store_is_refused_with_the_known_ones(shell: Any) -> None:
    ended = shell("records", "lobby", "--store", "floppy:a")
    assert ended.code == 2
    assert "sqlite" in ended.err


def test_a_damaged_store_ends_by_its_own_code(shell: Any, home: Any) -> None:
    (home / "bad.db").write_bytes(b"nonsense" * 1_000)
    ended = shell("records", "lobby", "--store", "sqlite:bad.db")
    assert ended.code == 5
    assert "damaged" in ended.err


def test_a_reader_that_goes_away_ends_the_writer_quietly(start: Any, shell: Any, home: Any) -> None:
    for _ in range(3):
        shell("publish", "lobby", "x" * 30_000, "--signaling", "ws://127.0.0.1:9", "--wait", "0")
    process = start("export", "lobby")
    process.stdout.close()
    assert process.wait(PATIENT_SECONDS) != 0
    assert "Traceback" not in process.stderr.read()


@pytest.mark.parametrize("way", [[sys.executable, "-u", "-m", "peerset"], [str(SCRIPT)]], ids=["module", "script"])
def test_the_module_and_the_script_can_be_run(home: Any, way: list[str]) -> None:
    result = subprocess.run([*way, "version"], capture_output=True, text=True, check=True)
    assert result.stdout.startswith("peerset ")


def test_the_version_is_asked_for_in_two_ways(shell: Any) -> None:
    assert shell("--version").out == shell("version").out != ""
