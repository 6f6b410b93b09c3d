"""docs/addresses.md: its examples print what they say, and its tables name all fields and policies."""

import contextlib
import io
import re
import textwrap
from pathlib import Path
from typing import Any

import peerset
from peerset.core import address
from peerset.core.portable import PORTABLE
from peerset.testing.memory import MemorySwarm

PAGE = (Path(__file__).parent.parent / "docs" / "addresses.md").read_text("utf-8")


async def test_the_examples_print_what_they_say() -> None:
    programs, outputs = (re.findall(rf"(?s)```{kind}\n(.*?)```", PAGE) for kind in ("python", "text"))
    for program, says in zip(programs, outputs, strict=True):
        scope: dict[str, Any] = {"peerset": peerset, "host": MemorySwarm().host()}
        reached = re.sub(r"(join\(.*)\) as room", r"\1, host=host) as room", program)
        exec(f"async def run():\n{textwrap.indent(reached, '    ')}", scope)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            await scope["run"]()
        assert printed.getvalue() == says


def test_the_tables_name_every_field() -> None:
    rows = re.findall(r"(?m)^\| `([a-z]+)` \|.*\| (one|several) \|$", PAGE)
    assert sorted(name for name, _ in rows) == sorted((*address._PUBLIC, *address._SECRET))
    assert {name for name, count in rows if count == "several"} == address._SEVERAL
    grammar = PAGE.partition("```abnf")[2].partition("```")[0]
    assert all(f'"{name}"' in grammar for name, _ in rows)


def test_the_page_names_every_policy_that_an_address_may_name() -> None:
    said = re.search(r"one of `([^`]+)` alone", PAGE)
    assert said
    assert said[1].split() == sorted(PORTABLE)
