"""docs/data.md: its tour prints what it says, and its table names tests that are there."""

import ast
import contextlib
import io
import json
import re
import textwrap
from collections.abc import Mapping, Sequence
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


def test_the_table_names_tests_that_make_its_calls() -> None:
    rows = rows_of(PAGE.partition("## Capabilities")[2].partition("### The same in a page")[0])
    blocks = [blocks_of_python(path) for path in sorted((ROOT / "tests").rglob("test_*.py"))]
    assert rows
    assert [fault for row in rows for fault in faults_of(row, re.findall(r"`(test_\w+)`", row.test), blocks)] == []


def test_every_capability_is_there_in_a_page_or_it_is_said_why_not() -> None:
    python, _, page = PAGE.partition("## Capabilities")[2].partition("### The same in a page")
    rows = rows_of(page)
    assert [row.theirs for row in rows] == [row.theirs for row in rows_of(python)]
    if (ROOT / "web" / "test").exists():  # The source archive has no page.
        blocks = [blocks_of_typescript(path) for path in sorted((ROOT / "web" / "test").rglob("*.test.ts"))]
        wanted = [row for row in rows if not row.here.startswith("none: ")]
        assert [fault for row in wanted for fault in faults_of(row, row.test.split("; "), blocks)] == []


def test_a_test_that_does_not_make_the_call_is_found() -> None:
    row = Row("theirs", '`await view.ready()`, `get_many(keys)`, `all(order="key")`', "")
    blocks = [{"test_one": "view.ready()\nhelper()", "helper": "c.get_many()\nother", "other": "all(order=", "no": "x"}]
    assert calls_of(row.here) == ["ready", "get_many", "all", "order"]
    assert faults_of(row, ["test_one"], blocks) == []
    assert faults_of(row, ["no"], blocks) == [f"theirs: none of {word} in ['no']" for word in calls_of(row.here)]
    assert faults_of(row, [], blocks) == ["theirs: names no test, or no call of ours"]
    assert faults_of(row, ["gone"], blocks) == ["theirs: there is no test 'gone'"]


@dataclass(frozen=True)
class Row:
    """A row of the tables of capabilities."""

    theirs: str
    here: str
    test: str


def rows_of(table: str) -> list[Row]:
    lines = re.findall(r"(?m)^\| .* \|+$", table)[1:]
    return [Row(*(cell.strip() for cell in re.split(r" \| ?", line.removeprefix("| "))[:3])) for line in lines]


def calls_of(here: str) -> list[str]:
    """Give what a cell names of ours: what is called or given by name, attributes, and words that stand alone."""
    found: list[str] = []
    for span in re.findall(r"`([^`]+)`", here):
        if span.startswith(("peerset ", "--")):
            found += re.findall(r"(?<=^peerset )[a-z]+|--[a-z-]+", span)
        elif re.fullmatch(r"[a-z ]+[ .]*", span):
            found += re.findall(r"[a-z]+", span)
        else:
            found += re.findall(r"\w+(?=\()|(?<=\w\.)\w+|\b\w+(?==)|\b\w+(?=\"?:)|(?<=, )\w+(?= })|^\w+$", span)
    return list(dict.fromkeys(each for each in found if each))


def faults_of(row: Row, named: Sequence[str], blocks: Sequence[Mapping[str, str]]) -> list[str]:
    """Say which of the tests that a row names are not there, and which of its calls none of them makes."""
    if not any(named) or not calls_of(row.here):
        return [f"{row.theirs}: names no test, or no call of ours"]
    gone = [f"{row.theirs}: there is no test {name!r}" for name in named if not any(name in each for each in blocks)]
    bodies = "\n".join(body_of(name, each) for name in named for each in blocks if name in each)
    lacking = [word for word in calls_of(row.here) if not re.search(rf"(?<!\w){re.escape(word)}(?!\w)", bodies)]
    return gone or [f"{row.theirs}: none of {word} in {[*named]}" for word in lacking]


def body_of(name: str, blocks: Mapping[str, str]) -> str:
    """Give a test's text and that of what it uses of its own file."""
    found, edge = {name: None}, [name]
    while edge:
        used = [each for each in re.findall(r"\w+", blocks[edge.pop()]) if each in blocks and each not in found]
        found |= dict.fromkeys(used)
        edge += dict.fromkeys(used)
    return "\n".join(blocks[each] for each in found)


def blocks_of_python(path: Path) -> dict[str, str]:
    text = path.read_text("utf-8")
    lines = text.splitlines()
    blocks: dict[str, str] = {}
    for node in ast.parse(text).body:
        first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
        block = "\n".join(lines[first - 1 : node.end_lineno])
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            blocks[node.name] = block
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            blocks |= {each.id: block for each in targets if isinstance(each, ast.Name)}
    return blocks


def blocks_of_typescript(path: Path) -> dict[str, str]:
    named = r"(?:export )?(?:async )?(?:function\*?|const|class|type|interface) (\w+)"
    blocks: dict[str, str] = {}
    for block in re.split(r"(?m)^(?=[a-z/])", path.read_text("utf-8")):
        head = re.match(rf"test(?:\.\w+)*(?:\(\w+\))?\(\s*'([^']+)'|{named}", block)
        if head is not None:
            blocks[head[1] or head[2]] = block
    return blocks
