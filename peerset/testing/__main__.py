"""What the test kit plays from the command line, with its figures.

``python -m peerset.testing swarm --members 10000`` is a large swarm of shipped nodes in virtual time: signatures of
sessions are computed, that of a record is verified once, for all members. ``soak --hours 2 --rooms 50`` is real nodes
in real time, which are killed at random.
"""

import argparse
import asyncio
import resource
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Final

from peerset.testing.crowd import Crowd, Plan
from peerset.testing.invariants import InvariantError
from peerset.testing.picture import draw
from peerset.testing.soak import Soak, SoakPlan

BAR: Final = 40


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line says; give 1 when an honest member broke its promises."""
    parser = argparse.ArgumentParser(prog="python -m peerset.testing", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    swarm = commands.add_parser("swarm", help="simulate a large swarm", description=__doc__)
    _take(swarm, Plan)
    swarm.add_argument("--svg", type=Path, help="write a picture of the run to this file")
    soak = commands.add_parser("soak", help="run nodes for hours, and kill some", description=__doc__)
    _take(soak, SoakPlan)
    soak.add_argument("--folder", type=Path, help="keep what the nodes write in this new folder")
    options = vars(parser.parse_args(arguments))
    kind: type[Plan | SoakPlan] = Plan if options["command"] == "swarm" else SoakPlan
    try:
        plan = kind(**{field.name: options[field.name] for field in fields(kind)})
    except ValueError as error:
        parser.error(str(error))
    if isinstance(plan, SoakPlan):
        return _soak(plan, options["folder"], as_json=options["json"])
    return _run(plan, svg=options["svg"], as_json=options["json"])


def _take(command: argparse.ArgumentParser, kind: type[Plan | SoakPlan]) -> None:
    for field in fields(kind):
        name = f"--{field.name.replace('_', '-')}"
        command.add_argument(name, type=type(field.default), default=field.default, help=f"default {field.default}")
    command.add_argument("--json", action="store_true", help="write the figures as JSON")


def _soak(plan: SoakPlan, folder: Path | None, *, as_json: bool) -> int:
    with tempfile.TemporaryDirectory() as temporary:
        if folder is not None:
            folder.mkdir(parents=True)
        figures = asyncio.run(Soak(plan, folder or Path(temporary), say=_bar()).play())
    sys.stdout.write((figures.to_json() if as_json else figures.line()) + "\n")
    return 1 if figures.faults else 0


def _run(plan: Plan, *, svg: Path | None, as_json: bool) -> int:
    try:
        figures = Crowd(plan, say=_bar()).play()
    except InvariantError as error:
        sys.stderr.write(f"\nFAILED {error} (seed {plan.seed})\n")
        return 1
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = {
        "cpu_seconds": round(used.ru_utime + used.ru_stime),
        "rss_mib": used.ru_maxrss // (2**20 if sys.platform == "darwin" else 2**10),
    }
    if svg is not None:
        svg.write_text(draw(figures), encoding="utf-8")
    sys.stdout.write((figures.to_json(**spent) if as_json else figures.line(**spent)) + "\n")
    return 0


def _bar() -> Callable[[float], None]:
    """Give what draws a bar on a terminal, and nothing elsewhere."""
    if not sys.stderr.isatty():
        return lambda part: None

    def show(part: float) -> None:
        full = int(part * BAR)
        sys.stderr.write(f"\r[{'#' * full}{'.' * (BAR - full)}] {part:4.0%}" + ("\r\033[K" if part >= 1.0 else ""))
        sys.stderr.flush()

    return show


if __name__ == "__main__":
    sys.exit(main())
