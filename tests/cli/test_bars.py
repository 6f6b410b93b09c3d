"""A bar of bytes is on terminals alone, and is right about them."""

import io
import sys

import pytest

from peerset.cli.bars import byte_bar


class Screen(io.StringIO):
    """A terminal that keeps what it shows."""

    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, screen: io.StringIO, *, is_quiet: bool = False) -> str:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys, "stderr", screen)
    with byte_bar("a\u202eb", is_quiet=is_quiet) as moved:
        moved(500_000, 2_000_000)
        moved(2_000_000, 2_000_000)
    return screen.getvalue()


def test_a_terminal_shows_how_many_bytes_are_there_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, Screen())
    assert "2.0/2.0 MB" in text
    assert "a\\u202eb" in text
    assert text.count("\n") == 1


@pytest.mark.parametrize(("screen", "is_quiet"), [(io.StringIO(), False), (Screen(), True)])
def test_elsewhere_and_when_it_is_to_be_quiet_there_is_none(
    monkeypatch: pytest.MonkeyPatch, screen: io.StringIO, is_quiet: bool
) -> None:
    assert shown(monkeypatch, screen, is_quiet=is_quiet).strip() == ""
