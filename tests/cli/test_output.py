"""What is printed, and that strangers cannot steer the terminal with it."""

import io
import json
import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.cli.log_lines import FORMATTERS, LogForm
from peerset.cli.output import LINE_CHARACTERS_MAX, StderrHandler, discreet, printable, remark, to_json, write


@given(st.text())
def test_a_strangers_text_is_one_printable_line(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert "\n" not in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("\x9b31mred", "\\x9b31mred"),
        ("two\nlines", "two\\nlines"),
        ("\u202etxt.exe", "\\u202etxt.exe"),
        ("grüße 🎉", "grüße 🎉"),
    ],
)
def test_what_steers_a_terminal_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_long_text_is_cut() -> None:
    shown = printable("a" * 100_000)
    assert len(shown) == LINE_CHARACTERS_MAX
    assert shown.endswith("…")


def test_a_row_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    write({"text": "grüße\n"}, line="unused", as_json=True)
    assert json.loads(capsys.readouterr().out) == {"text": "grüße\n"}


def test_people_get_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    write({"text": "unused"}, line="hello", as_json=False)
    assert capsys.readouterr().out == "hello\n"


def test_json_is_ascii_where_stdout_holds_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert to_json({"text": "ü"}) == '{"text":"\\u00fc"}'


def test_log_lines_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    StderrHandler().emit(logging.makeLogRecord({"msg": "peer lost"}))
    assert capsys.readouterr() == ("", "peer lost\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("nsec1abc and NCRYPTSEC1ABC", "*** and ***"),
        ("wss://me:pw@host/?a=b", "wss://***@host/?a=b"),
        ("wss://host/?token=x&a=b&KEY=y", "wss://host/?token=***&a=b&KEY=***"),
        ("links:allow=zoom.us me@host", "links:allow=zoom.us me@host"),
    ],
)
def test_what_looks_like_a_secret_is_not_shown(text: str, shown: str) -> None:
    assert discreet(text) == shown


def test_in_a_log_for_programs_a_remark_is_a_line_like_others(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = StderrHandler(takes_remarks=True)
    handler.setFormatter(FORMATTERS[LogForm.JSON]())
    monkeypatch.setattr(logging.getLogger("peerset"), "handlers", [handler])
    remark("100 % of nsec1abc", level=logging.ERROR)
    row = json.loads(capsys.readouterr().err)
    assert (row["level"], row["logger"], row["message"]) == ("ERROR", "peerset.cli", "100 % of ***")


def test_a_remark_repeats_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    remark("there is no room 'nsec1abc'")
    assert capsys.readouterr().err == "there is no room '***'\n"
