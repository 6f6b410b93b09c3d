"""docs/api.md: its examples run."""

import contextlib
import io
import re
import textwrap
from pathlib import Path
from typing import Any, Final

import pytest

import peerset
from peerset.testing.memory import MemorySwarm

PAGE: Final = (Path(__file__).resolve().parents[1] / "docs" / "api.md").read_text("utf-8")


def examples() -> list[str]:
    return re.findall(r"(?s)```python\n(.*?)```", PAGE)


@pytest.mark.parametrize("example", examples())
async def test_every_example_runs_in_a_room(example: str) -> None:
    scope: dict[str, Any] = {"peerset": peerset}
    exec(f"async def run(room):\n{textwrap.indent(example, '    ')}", scope)
    async with peerset.join("lobby", host=MemorySwarm().host()) as room:
        for number in range(25):
            await room.publish(f"record {number}")
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            await scope["run"](room)
        assert "record 24" in printed.getvalue()
