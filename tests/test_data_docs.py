"""docs/data.md: its tour prints what it says, and its table names tests that are there."""

import contextlib
import io
import json
import re
import textwrap
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Final

import pytest

import peerset
from tests.data.places import alone

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = (ROOT / "docs" / "data.md").read_text("utf-8")


@pytest.mark.real_time
async def test_the_tour_prints_what_it_says(tmp_path: Path) -> None:
    program = "\n".join(re.findall(r"(?s)```python\n(.*?)```", PAGE))
    scope: dict[str, Any] = {"peerset": peerset, "json": json, "Annotated": Annotated}
    scope |= {"dataclass": dataclass, "field": field, "replace": replace}
    exec(f"async def run(room):\n{textwrap.indent(program, '    ')}", scope)
    printed = io.StringIO()
    async with alone(store=f"sqlite:{tmp_path / 'room.db'}") as room:
        with contextlib.redirect_stdout(printed):
            await scope["run"](room)
    assert printed.getvalue() == "".join(re.findall(r"(?s)```text\n(.*?)```", PAGE))


def test_the_table_names_tests_that_are_there() -> None:
    table = PAGE.partition("## Capabilities")[2].partition("### The same in a page")[0]
    named = set(re.findall(r"`(test_\w+)`", table))
    rows = _rows_of(table)
    there = {name for path in (ROOT / "tests").rglob("test_*.py") for name in _tests_of(path)}
    assert named
    assert named - there == set()
    assert [row for row in rows if "`test_" not in row] == []


def test_every_capability_is_there_in_a_page_or_it_is_said_why_not() -> None:
    python, _, page = PAGE.partition("## Capabilities")[2].partition("### The same in a page")
    rows = [row.strip("|").split(" | ") for row in _rows_of(page)]
    assert [theirs.strip() for theirs, *_ in rows] == [
        row.strip("|").split(" | ")[0].strip() for row in _rows_of(python)
    ]
    named = {test.strip() for _, call, test in rows if not call.startswith("none: ")}
    if (ROOT / "web" / "test").exists():  # The source archive has no page.
        there = {name for path in (ROOT / "web" / "test").rglob("*.test.ts") for name in _page_tests_of(path)}
        assert named - there == set()


def _rows_of(table: str) -> list[str]:
    return re.findall(r"(?m)^\| .* \|$", table)[1:]


def _page_tests_of(path: Path) -> list[str]:
    return re.findall(r"(?m)^test\(\s*'([^']+)'", path.read_text("utf-8"))


def _tests_of(path: Path) -> list[str]:
    return re.findall(r"def (test_\w+)\(", path.read_text("utf-8"))
