"""``peerset top`` on a terminal, and where there is none."""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from peerset.cli.exits import ExitCode
from tests.patience import PATIENT_SECONDS

pytestmark = [
    pytest.mark.real_time,
    pytest.mark.skipif(sys.platform == "win32", reason="there are no terminals of this kind"),
]


def test_where_there_is_no_terminal_it_says_what_programs_read(shell: Any) -> None:
    ended = shell("top", "--data", "n")
    assert ended.code == ExitCode.USAGE
    assert ended.err == ("peerset: this draws on a terminal: programs read peerset node list --json, or /metrics\n")


def test_it_draws_on_a_terminal_until_q(home: Path, start: Any) -> None:
    (home / "n" / "rooms").mkdir(parents=True)
    (home / "n" / "rooms" / "lobby-0123.db").touch()
    ours, theirs = os.openpty()
    drawn = b""
    top = start("top", "--data", "n", terminal=theirs, TERM="xterm-256color", COLUMNS="80", LINES="24")
    os.close(theirs)
    while b"lobby-0123" not in drawn:
        drawn += os.read(ours, 4_096)
    os.write(ours, b"q")
    with suppress(OSError):
        # The terminal is gone with who draws on it.
        while os.read(ours, 4_096):
            pass
    assert top.wait(PATIENT_SECONDS) == 0
    os.close(ours)
