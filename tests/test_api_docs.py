"""docs/api.md: its examples run, and its table of both languages is that of the sources."""

import ast
import asyncio
import contextlib
import io
import re
import textwrap
from pathlib import Path
from typing import Any, Final

import pytest

import peerset
from peerset.testing.memory import MemorySwarm

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = (ROOT / "docs" / "api.md").read_text("utf-8")
FOR_JOIN_ONLY: Final = {"constructor", "start", "take", "step", "fail", "checkOpen"}
"""What the TypeScript class shows to its own package."""


def examples() -> list[Any]:
    """Give the examples; where one has a host of its own, whose threads verify, no clock may jump meanwhile."""
    found = re.findall(r"(?s)```python\n(.*?)```", PAGE)
    return [pytest.param(each, marks=[pytest.mark.real_time] * ("Host()" in each)) for each in found]


@pytest.mark.parametrize("example", examples())
async def test_every_example_runs_in_a_room(example: str) -> None:
    scope: dict[str, Any] = {"peerset": peerset, "asyncio": asyncio}
    exec(f"async def run(room):\n{textwrap.indent(example, '    ')}", scope)
    async with peerset.join("lobby", host=MemorySwarm().host()) as room:
        for number in range(25):
            await room.publish(f"record {number}")
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            await scope["run"](room)
        assert "record 24" in printed.getvalue()


def python_members() -> set[str]:
    names = ("Room", "Membership", "Database", "Filing", "Labelling", "Pinning", "Addressed")
    classes = (*((name.lower(), name) for name in names), ("permission", "Permitting"))
    return set[str]().union(*(members_of(module, name) for module, name in classes))


def members_of(module: str, name: str) -> set[str]:
    tree = ast.parse((ROOT / "peerset" / "room" / f"{module}.py").read_text("utf-8"))
    [room] = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name]
    methods = {node.name for node in room.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    targets = {
        target.attr
        for node in ast.walk(room)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self"
    }
    return {name for name in methods | targets if not name.startswith("_")}


def typescript_members() -> set[str]:
    classes = (
        ("room", "Room"),
        ("database", "Database"),
        ("addressed", "Addressed"),
        ("permission", "Permitting"),
        ("outlasting", "Outlasting"),
    )
    return set[str]().union(*(page_members_of(module, name) for module, name in classes)) - FOR_JOIN_ONLY


def page_members_of(module: str, name: str) -> set[str]:
    source = (ROOT / "web" / "src" / "room" / f"{module}.ts").read_text("utf-8")
    _, _, body = source.partition(f"class {name} ")
    body = body.partition("\n}\n")[0]
    return set(re.findall(r"(?m)^  (?:readonly |get |async |\*)*([a-zA-Z]\w*)(?:<[^>]*>)?[(:]", body))


def table() -> list[tuple[str, str, str]]:
    part = PAGE.partition("## Python and pages")[2].partition("\n## ")[0]
    return re.findall(r"(?m)^\| [^|]*\| (?:`(\w+)`)? ?\| (?:`(\w+)`)? ?\| ?([^|]*)\|$", part)


def test_the_table_of_both_languages_names_every_member_of_both() -> None:
    rows = table()
    assert {python for python, _, _ in rows if python} == python_members()
    if (ROOT / "web" / "src").exists():  # The source archive has no page.
        assert {typescript for _, typescript, _ in rows if typescript} == typescript_members()


def test_names_are_the_same_but_where_the_table_says_why() -> None:
    for python, typescript, reason in table():
        first, *others = python.split("_")
        assert typescript == first + "".join(map(str.title, others)) or reason.strip(), python
