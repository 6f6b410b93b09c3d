"""The options before the verb."""

import json
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


def test_the_log_is_written_as_json_when_that_is_asked(shell: Any) -> None:
    ended = shell("--log", "json", "--verbose", "publish", "lobby", "hello", "--store", "memory:", "--wait", "0")
    assert [json.loads(line)["level"] for line in ended.err.splitlines() if line.startswith("{")]
    assert "text or json" in shell("--log", "xml", "version").err
