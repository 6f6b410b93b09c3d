"""What a verb is given where the command line says nothing."""

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.real_time


def test_a_file_sets_what_the_command_line_does_not(shell: Any, home: Path) -> None:
    (home / "peerset.toml").write_text('[records]\nsince = "yesterday-ish"\n')
    ended = shell("records", "lobby", "--store", "memory:")
    assert (ended.code, "yesterday-ish" in ended.err) == (2, True)
    assert shell("records", "lobby", "--store", "memory:", "--since", "2h").code == 0


def test_a_mistyped_variable_is_told(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEERSET_STOER", "memory:")
    ended = shell("records", "lobby", "--store", "memory:")
    assert (ended.code, "did you mean PEERSET_STORE?" in ended.err) == (0, True)


def test_help_reads_no_file(shell: Any, home: Path) -> None:
    (home / "peerset.toml").write_text("this is no TOML")
    assert shell("--help").code == 0
