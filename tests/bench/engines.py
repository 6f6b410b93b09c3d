"""Hyperbee and HyperDB, which node runs, for figures to stand beside; they are installed from npm when first wanted."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, TypeVar

from tests.bench.filled import Value

T = TypeVar("T")

Figure = tuple[str, float, float, float]
"""What it is of, and the figure: of times the median, then the 95th percentile and the computing."""

ENGINES: Final = {"hyperbee": "Hyperbee", "hyperdb": "HyperDB on Hyperbee", "rocks": "HyperDB on RocksDB"}
"""What they are called."""

FOLDER: Final = Path(__file__).parent / "rivals"
INSTALL_SECONDS: Final = 300
RUN_SECONDS: Final = 600


def measure_all(measure: Callable[[str], Iterable[T]]) -> list[T]:
    """Give what *measure* gives of each engine; nothing, and why, where they cannot be installed or run."""
    try:
        install()
        return [row for engine in ENGINES for row in measure(engine)]
    except (OSError, subprocess.SubprocessError) as error:
        print(f"  Hyperbee and HyperDB are left out, they cannot be installed or run: {error}", file=sys.stderr)
        return []


def install() -> None:
    """Install what node runs beside ours, unless it is there; raise what `subprocess` raises when that fails."""
    wanted, there = FOLDER / "package-lock.json", FOLDER / "node_modules" / ".package-lock.json"
    if not there.exists() or there.stat().st_mtime < wanted.stat().st_mtime:
        command = ["npm", "ci", "--prefix", str(FOLDER)]
        subprocess.run(command, stdout=sys.stderr, check=True, timeout=INSTALL_SECONDS)


def run(folder: Path, engine: str, places: Iterable[Value], *, at_once: int | None = None) -> Iterator[Figure]:
    """Fill *engine* with places in a new *folder*, and ask it; *at_once*: only write, so many at once."""
    folder.mkdir()
    lines = "".join(f"{json.dumps(value)}\n" for value in places)
    command = ["node", str(FOLDER / "databases.mjs"), str(folder), engine, *([] if at_once is None else [str(at_once)])]
    done = subprocess.run(command, input=lines, stdout=subprocess.PIPE, text=True, check=True, timeout=RUN_SECONDS)
    for line in done.stdout.splitlines():
        label, figure, late, computing = json.loads(line)
        yield label, figure, late, computing
