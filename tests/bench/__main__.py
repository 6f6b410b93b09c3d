"""Run the benchmarks and print their figures beside the machine they were measured on.

``python -m tests.bench`` runs all, ``python -m tests.bench wire store`` those two. Each runs in a process of its own,
so that none warms up, pins or fills the memory of another. Each figure is printed as soon as it is there.
"""

import argparse
import importlib
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

Row = tuple[str, float, str]

HERE: Final = Path(__file__).parent
LABEL_CHARACTERS: Final = 66
PACKAGES: Final = ("peerset", "aiortc", "aiohttp", "aiosqlite", "coincurve", "msgpack", "uvloop")


def main() -> int:
    """Run what the arguments name; give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Print measured figures.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(names())} (default: all)")
    parser.add_argument("--rows", action="store_true", help="print the bare rows as JSON, one a line")
    options = parser.parse_args()
    unknown = sorted(set(options.names) - set(names()))
    if unknown:
        parser.error(f"no benchmark is called {', '.join(unknown)}")
    if options.rows:
        for name in options.names:
            for row in measure(name):
                print(json.dumps(row), flush=True)
        return 0
    print("\n".join(machine()))
    return max([show(name) for name in options.names or names()], default=0)


def names() -> list[str]:
    """Every benchmark there is."""
    return sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))


def measure(name: str) -> Iterable[Row]:
    """Run one benchmark in this process."""
    rows: Iterable[Row] = importlib.import_module(f"tests.bench.bench_{name}").run()
    return rows


def show(name: str) -> int:
    """Run one benchmark in a process of its own and print its table; give its exit code."""
    print(f"\n{name}", flush=True)
    command = [sys.executable, "-m", "tests.bench", "--rows", name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for label, figure, unit in rows_of(process.stdout):
            print(f"  {label:<{LABEL_CHARACTERS}}  {figure_text(figure):>12}  {unit}", flush=True)
    if process.returncode:
        print(f"  failed with exit code {process.returncode}")
        return 1
    return 0


def rows_of(lines: Iterable[str]) -> Iterator[Row]:
    """Give the rows among *lines*; a benchmark may print others while it runs."""
    for line in lines:
        if line.startswith('["'):
            label, figure, unit = json.loads(line)
            yield label, figure, unit


def figure_text(figure: float) -> str:
    """Write three digits that matter, without an exponent."""
    if figure == 0 or abs(figure) >= 100:
        return f"{figure:,.0f}"
    return f"{figure:.3g}" if abs(figure) >= 0.001 else f"{figure:.6f}"


def machine() -> list[str]:
    """Describe where and what is measured."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    load = f", load {os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else ""
    return [
        f"machine   {processor()}, {os.cpu_count()} cores{load}",
        f"system    {platform.system()} {platform.release()}, Python {platform.python_version()}",
        f"packages  {versions}",
    ]


def processor() -> str:
    """Name the processor as well as this system can."""
    listing = Path("/proc/cpuinfo")
    lines = listing.read_text("utf-8").splitlines() if listing.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


if __name__ == "__main__":
    sys.exit(main())
