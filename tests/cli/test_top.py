"""``peerset top`` on a terminal, and where there is none."""

import os
import sys
from contextlib import suppress
from typing import Any

import pytest

from peerset.cli.exits import ExitCode
from tests.cli.test_node import PATIENT_SECONDS, until_kept

pytestmark = [
    pytest.mark.real_time,
    pytest.mark.skipif(sys.platform == "win32", reason="there are no terminals of this kind"),
]


def test_where_there_is_no_terminal_it_says_what_programs_read(shell: Any) -> None:
    ended = shell("top", "--data", "n")
    assert ended.code == ExitCode.USAGE
    assert ended.err == ("peerset: this draws on a terminal: programs read peerset node list --json, or /metrics\n")


def test_it_draws_the_rooms_of_a_node_on_a_terminal_until_q(shell: Any, start: Any) -> None:
    start("node", "--data", "n", "--room", "lobby", "--signaling", "ws://127.0.0.1:9")
    until_kept(shell, "lobby")
    ours, theirs = os.openpty()
    drawn = b""
    top = start("top", "--data", "n", terminal=theirs, TERM="xterm-256color", COLUMNS="80", LINES="24")
    os.close(theirs)
    while b"lobby" not in drawn:
        drawn += os.read(ours, 4_096)
    os.write(ours, b"q")
    with suppress(OSError):
        # The terminal is gone with who draws on it.
        while part := os.read(ours, 4_096):
            drawn += part
    assert top.wait(PATIENT_SECONDS) == 0
    os.close(ours)


def test_where_neither_a_node_nor_rooms_are_nothing_is_drawn(start: Any) -> None:
    ours, theirs = os.openpty()
    top = start("top", "--data", "n", terminal=theirs)
    os.close(theirs)
    said = b""
    with suppress(OSError):
        while part := os.read(ours, 4_096):
            said += part
    assert top.wait(PATIENT_SECONDS) == ExitCode.USAGE
    assert b"no node runs with n: start it by peerset node" in said
    os.close(ours)
