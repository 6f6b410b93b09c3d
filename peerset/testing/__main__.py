"""``python -m peerset.testing swarm --members 10000``: a large swarm of shipped nodes in virtual time, and its figures.

Signatures of sessions are computed; that of a record is verified once, for all members.
"""

import argparse
import resource
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Final

from peerset.testing.crowd import Crowd, Plan
from peerset.testing.invariants import InvariantError
from peerset.testing.picture import draw

BAR: Final = 40


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line says; give 1 when an honest member broke its promises."""
    parser = argparse.ArgumentParser(prog="python -m peerset.testing", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    swarm = commands.add_parser("swarm", help="simulate a large swarm", description=__doc__)
    for field in fields(Plan):
        name = f"--{field.name.replace('_', '-')}"
        swarm.add_argument(name, type=type(field.default), default=field.default, help=f"default {field.default}")
    swarm.add_argument("--svg", type=Path, help="write a picture of the run to this file")
    swarm.add_argument("--json", action="store_true", help="write the figures as JSON")
    options = vars(parser.parse_args(arguments))
    try:
        plan = Plan(**{field.name: options[field.name] for field in fields(Plan)})
    except ValueError as error:
        parser.error(str(error))
    return _run(plan, svg=options["svg"], as_json=options["json"])


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
