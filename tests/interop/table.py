"""The table of docs/interop.md; ``python -m tests.interop.table FILE`` writes it anew from what a run showed.

The run is one with ``pytest --interop FILE``; of several files, the last counts where several have a row.
"""

import platform
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tests.interop.results import Results, read

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "interop.md"
BLOCK: Final = re.compile(r"(?<=<!-- made: clients -->\n)(.*?)(?=<!-- end -->)", re.DOTALL)
PLACES: Final = ("Python", "Node.js", "Chromium", "Firefox")
PROGRAMS: Final = {
    "Node.js": ("node",),
    "Chromium": ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"),
    "Firefox": ("firefox-esr", "firefox"),
}
NOWHERE: Final = ""


class Line(NamedTuple):
    """One line of the table: what of a client, and how that ended in each of `PLACES`."""

    client: str
    version: str
    what: str
    ends: tuple[str, ...]

    @property
    def claim(self) -> tuple[str, str, tuple[bool, ...]]:
        """What the line is about, whichever version was there and however it ended."""
        return self.client, self.what, tuple(end != NOWHERE for end in self.ends)


def lines(results: Results) -> list[Line]:
    """Give the lines of the table for *results*, sorted."""
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    for row, ends in results.items():
        found.setdefault((row.client, row.version, row.what), {})[row.place] = _word(ends)
    in_order = sorted(found.items(), key=lambda each: (each[0][0].lower(), _numbers(each[0][1]), each[0][2]))
    return [Line(*key, tuple(ends.get(place, NOWHERE) for place in PLACES)) for key, ends in in_order]


def renew(text: str, results: Results, versions: Sequence[str]) -> str:
    """Give the page *text* with the table of *results*, of places of these *versions*."""
    return BLOCK.sub(lambda _: "\n".join(_table(lines(results), versions)) + "\n", text)


def versions() -> list[str]:
    """Give the version of each of `PLACES` on this machine."""
    return [_version(place) for place in PLACES]


def shown(text: str) -> list[Line]:
    """Give the lines of the table that stands in the page *text*."""
    [table] = BLOCK.findall(text)
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    return [Line(client, version, what, tuple(ends)) for client, version, what, *ends in cells]


def _word(ends: Counter[str]) -> str:
    if ends["failed"]:
        return f"**{ends['failed']} of {ends.total()} failed**"
    if ends["skipped"]:
        return "skipped"
    return "yes" if ends["passed"] else "not run"


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def _table(rows: Iterable[Line], versions: Sequence[str]) -> Iterator[str]:
    heads = ["Client", "Version", "What works with it", *map(" ".join, zip(PLACES, versions, strict=True))]
    yield f"| {' | '.join(heads)} |"
    yield "|---" * len(heads) + "|"
    for line in rows:
        yield f"| {' | '.join([line.client, line.version, line.what, *line.ends])} |"


def _version(place: str) -> str:
    if place not in PROGRAMS:
        return platform.python_version()
    program = next(filter(None, map(shutil.which, PROGRAMS[place])), None)
    assert program is not None, f"{place} is not installed here"
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"\d+(\.\d+)+", told)
    assert found is not None, told
    return found[0]


if __name__ == "__main__":
    PAGE.write_text(renew(PAGE.read_text("utf-8"), read(map(Path, sys.argv[1:])), versions()), "utf-8")
