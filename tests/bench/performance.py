"""Write docs/performance.md: what each piece of work takes, beside its reference of the same run and its goal.

``python -m tests.bench.performance`` takes at most fifteen minutes, on a machine that does nothing else and verifies as
fast as the one for which the goals were set; on a slower one, longer by that. With names of parts, only these are
measured again, and all else is taken from the run before; with ``--page`` nothing is measured.
``--quick`` measures less of everything, within a minute, and writes build/performance-quick.md.
"""

import argparse
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from tests.bench.__main__ import figure_text, machine, rows_of
from tests.bench.goals import PARTS, PICTURES, VERIFIED_MICROSECONDS, Row
from tests.bench.machine import busy, load, verification_microseconds
from tests.bench.measured import Measured, Part, read
from tests.bench.performance_page import page
from tests.bench.plot import draw
from tests.bench.report import ROOT, commit
from tests.bench.sizes import VARIABLE

OUTPUT: Final = ROOT / "docs" / "performance.md"
IMAGES: Final = ROOT / "docs" / "images"
BUILD: Final = ROOT / "build"
WHOLE_SECONDS_MAX: Final = 900
"""On a machine as fast as that of the goals."""
QUICK_SECONDS_MAX: Final = 60
AT_ONCE: Final = 2
PART_SECONDS_MAX: Final = 300
"""No part takes the time of the others; it too is that of a fast machine."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.performance", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of: {', '.join(PARTS)} (default: all)")
    parser.add_argument("--page", action="store_true", help="measure nothing: write the page of the runs before")
    parser.add_argument("--quick", action="store_true", help="smaller sizes, within a minute")
    options = parser.parse_args(arguments)
    if unknown := sorted(set(options.parts) - set(PARTS)):
        parser.error(f"no part is called {', '.join(unknown)}")
    kept = BUILD / ("performance-quick.json" if options.quick else "performance.json")
    measured = Measured() if not options.parts and not options.page else read(kept)
    measured.machine = measured.machine if options.page else machine()
    wanted = () if options.page else options.parts or PARTS
    slowness = 1.0 if options.page else max(1.0, verification_microseconds() / VERIFIED_MICROSECONDS)
    for name, part in measure_all(wanted, slowness, is_quick=options.quick, is_whole=not options.parts):
        measured.parts[name] = part
        measured.save(kept)
    write(measured, is_quick=options.quick)
    return 0


def measure_all(names: Sequence[str], slowness: float, *, is_quick: bool, is_whole: bool) -> Iterator[tuple[str, Part]]:
    """Measure parts one after the other; where figures need not be true, two at a time."""
    end = time.monotonic() + (QUICK_SECONDS_MAX if is_quick else WHOLE_SECONDS_MAX * slowness)

    def one(name: str) -> Part:
        # A part that is measured alone may take as long as a whole run: on a busy machine it does.
        longest = (PART_SECONDS_MAX if is_whole else WHOLE_SECONDS_MAX) * slowness
        return measure(name, min(longest, end - time.monotonic()) if is_whole else longest, is_quick=is_quick)

    if not is_quick:
        for name in names:
            yield name, one(name)
        return
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from zip(names, pool.map(one, names), strict=True)


def write(measured: Measured, *, is_quick: bool) -> None:
    """Write the page, and the pictures beside it."""
    output, images = (BUILD / "performance-quick.md", BUILD / "images") if is_quick else (OUTPUT, IMAGES)
    images.mkdir(parents=True, exist_ok=True)
    output.write_text(page(measured, is_quick=is_quick), encoding="utf-8")
    for picture in PICTURES:
        if drawn := draw(picture, measured):
            (images / picture.file).write_text(drawn, encoding="utf-8")


def measure(name: str, seconds_max: float, *, is_quick: bool) -> Part:
    """Run one bench in a process of its own; one that fails has said why, and has the rows it gave before."""
    if seconds_max <= 0:
        return Part([], "the time for the whole run was over")
    before, loaded, verified = busy(), load(), verification_microseconds()
    rows: list[Row] = []
    failed = ""
    try:
        for row in _run(name, seconds_max, is_quick=is_quick):
            rows.append(row)
            print(f"{name:<10}  {row[0]:<74} {figure_text(row[1]):>12}  {row[2]}", flush=True)
    except (OSError, subprocess.SubprocessError) as error:
        failed = f"took more than {seconds_max:.0f} s" if isinstance(error, subprocess.TimeoutExpired) else str(error)
        print(f"{name:<10}  {failed}", flush=True)
    after = busy()
    return Part(
        rows,
        failed,
        seconds=after.at - before.at,
        load=(loaded, load()),
        others=after.others_since(before),
        verified=verified,
        commit=commit(),
        date=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    )


def _run(name: str, seconds_max: float, *, is_quick: bool) -> Iterator[Row]:
    """Give the rows of a bench as they come; raise what `subprocess` raises when it fails or takes too long."""
    environment = os.environ | ({VARIABLE: "1"} if is_quick else {})
    command = [sys.executable, "-m", "tests.bench", "--rows", name]
    end = time.monotonic() + seconds_max
    pipe = subprocess.PIPE
    # A group of its own: browsers and servers that it started end with it.
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=pipe, text=True, start_new_session=True
    ) as process:
        lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=_listen, args=(process, lines), daemon=True).start()
        try:
            while (line := lines.get(timeout=max(0.0, end - time.monotonic()))) is not None:
                yield from rows_of([line])
        except queue.Empty:
            raise subprocess.TimeoutExpired(command, seconds_max) from None
        finally:
            _end(process)
    if process.returncode:
        raise subprocess.SubprocessError(f"ended with exit code {process.returncode}")


def _end(process: "subprocess.Popen[str]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _listen(process: "subprocess.Popen[str]", lines: "queue.Queue[str | None]") -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line)
    process.wait()
    lines.put(None)


if __name__ == "__main__":
    sys.exit(main())
