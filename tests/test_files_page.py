"""docs/files.md: its example runs, and its table names what there is."""

import contextlib
import io
import re
import textwrap
from pathlib import Path

import pytest

import peerset
from peerset.drive.files import Files

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "files.md").read_text("utf-8")


@pytest.mark.real_time
async def test_the_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [example] = re.findall(r"(?s)```python\n(.*?)```", PAGE)
    monkeypatch.chdir(tmp_path)
    scope: dict[str, object] = {"peerset": peerset}
    exec(f"async def run():\n{textwrap.indent(example.replace('files=', 'signaling=[], files='), '    ')}", scope)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        await scope["run"]()  # type: ignore[operator]
    assert printed.getvalue().splitlines() == ["['index.html', 'photos/berlin.jpg']", r"200000 b'\x00\x00\x00\x00'"]
    assert (tmp_path / "lobby.blobs").is_dir()


def test_its_table_names_every_method() -> None:
    part = PAGE.partition("## What can be done")[2].partition("\n## ")[0]
    named = {name for row in re.findall(r"(?m)^\| (`.*?`) \|", part) for name in re.findall(r"`(\w+)\(", row)}
    methods = {name for name, member in vars(Files).items() if not name.startswith("_") and callable(member)}
    assert named == methods
