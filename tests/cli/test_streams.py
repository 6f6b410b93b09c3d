"""A process without standard streams, or with a full one: a line and a code, never a crash or a file in their place."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.patience import PATIENT_SECONDS

pytestmark = pytest.mark.real_time


def run(redirection: str, *arguments: str, home: Path) -> tuple[int, str]:
    """Give the code and what stands in the file ``err``."""
    command = f'exec "$0" -m peerset "$@" {redirection}'
    ended = subprocess.run(
        ["/bin/sh", "-c", command, sys.executable, *arguments],
        cwd=home,
        stdin=subprocess.DEVNULL,
        timeout=PATIENT_SECONDS,
        check=False,
    )
    errors = home / "err"
    return ended.returncode, errors.read_text() if errors.exists() else ""


def test_a_verb_whose_output_is_closed_says_so(home: Path) -> None:
    assert run(">&- 2>err", "version", home=home) == (
        2,
        "peerset: standard output is closed, and this verb needs it\n",
    )


def test_a_verb_whose_input_is_closed_says_so(home: Path) -> None:
    for verb in (["publish", "lobby", "-", "--wait", "0"], ["import", "lobby"], ["keys", "import", "mine"]):
        code, error = run("<&- >/dev/null 2>err", *verb, home=home)
        assert (code, error) == (2, "peerset: standard input is closed, and this verb needs it\n")


def test_nothing_of_ours_takes_the_place_of_a_closed_stream(home: Path, shell: Any) -> None:
    verb = ["publish", "lobby", "hello", "--wait", "0", "--signaling", "ws://127.0.0.1:9"]
    run("<&- >&- 2>&-", *verb, home=home)
    ended = shell("records", "lobby", "--json")
    assert (ended.code, ended.out.count("hello")) == (0, 1)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_full_output_is_one_line_and_a_documented_code(home: Path) -> None:
    assert run(">/dev/full 2>err", "version", home=home) == (
        1,
        "peerset: cannot write to standard output: No space left on device\n",
    )


def test_a_reader_that_goes_away_is_no_news(home: Path) -> None:
    _, error = run("2>err | true", "policy", "list", home=home)
    assert error == ""
