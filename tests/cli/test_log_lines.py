"""How lines of the log are written."""

import json
import logging

import pytest

from peerset.cli.log_lines import FORMATTERS, LogForm

SECRET = "wss://anna:secret@tracker.example/?token=secret"


def record(message: str, *arguments: object) -> logging.LogRecord:
    made = logging.LogRecord("peerset.room", logging.ERROR, "room.py", 1, message, arguments, None)
    made.created = 1_790_000_000.25
    return made


@pytest.mark.parametrize("form", list(LogForm))
def test_no_line_repeats_a_secret(form: LogForm) -> None:
    line = FORMATTERS[form]().format(record("%s is out of reach", SECRET))
    assert "secret" not in line
    assert "tracker.example" in line


def test_json_has_a_line_for_each_whatever_is_said() -> None:
    told, error = record('two\nlines, "%s"', SECRET), ValueError(SECRET)
    told.exc_info = type(error), error, None
    line = FORMATTERS[LogForm.JSON]().format(told)
    assert "\n" not in line
    row = json.loads(line)
    assert row.pop("traceback").endswith("ValueError: wss://***@tracker.example/?token=***")
    assert row == {
        "time": "2026-09-21T14:13:20.250+00:00",
        "level": "ERROR",
        "logger": "peerset.room",
        "message": 'two\nlines, "wss://***@tracker.example/?token=***',
    }


def test_text_is_a_line_for_people() -> None:
    assert FORMATTERS[LogForm.TEXT]().format(record("it rains")) == "ERROR peerset.room: it rains"
