"""The options before the verb."""

import logging
from typing import Any

import pytest

import peerset
from peerset.cli.start import log_to_stderr


@pytest.mark.parametrize("level", [logging.WARNING, logging.DEBUG])
def test_log_lines_go_to_stderr_from_their_level_on(level: int, capsys: pytest.CaptureFixture[str]) -> None:
    log_to_stderr(level)
    logging.getLogger("peerset.room.room").debug("a step")
    assert capsys.readouterr().err == ("DEBUG peerset.room.room: a step\n" if level == logging.DEBUG else "")
    log_to_stderr(logging.WARNING)


def test_the_version_is_told_before_anything_else(shell: Any) -> None:
    assert shell("--version", "--debug").out == f"peerset {peerset.__version__}\n"
