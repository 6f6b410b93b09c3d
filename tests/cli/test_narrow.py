"""Tables on narrow terminals."""

import io

import pytest
from rich.console import Console

from peerset.cli.narrow import NarrowTable, Row

TABLE = NarrowTable(
    ("name", "what it does", "why"),
    [Row(("[b]one", "something long", "because"), "green")],
    ("why", "what it does"),
    "and 3 more",
)


def drawn(*, width: int) -> str:
    file = io.StringIO()
    Console(file=file, width=width, force_terminal=True, color_system=None).print(TABLE)
    return file.getvalue()


@pytest.mark.parametrize(
    ("width", "columns"),
    [(80, ["name", "what it does", "why"]), (36, ["name", "what it does"]), (20, ["name"]), (12, ["name"])],
)
def test_columns_go_and_letters_stay(width: int, columns: list[str]) -> None:
    text = drawn(width=width)
    assert [column for column in TABLE.columns if column in text] == columns
    assert "[b]one" in text
    assert "…" not in text
    assert "and 3 more" in " ".join(text.split())


def test_a_pipe_gets_everything_on_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    TABLE.print()
    head = capsys.readouterr().out.splitlines()[1]
    assert all(column in head for column in TABLE.columns)
