"""The text of docs/performance.md, of what was measured."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from tests.bench.__main__ import figure_text
from tests.bench.goals import PARTS, PICTURES, VERIFIED_MICROSECONDS, Goal, Source, curve, find, goals
from tests.bench.measured import Measured, Part
from tests.bench.whys import why_of

UNMEASURED: Final = "not measured"
QUIET: Final = 0.1
"""So much of a processor may others take for a run to be called quiet."""


def page(measured: Measured, *, is_quick: bool = False) -> str:
    """Write the page."""
    parts = [_introduction(measured, is_quick=is_quick), _goals(measured), _unreached(measured)]
    return "\n\n".join([*parts, _curves(measured), _parts(measured)]) + "\n"


def _introduction(measured: Measured, *, is_quick: bool) -> str:
    quick = [
        "",
        "**A quick run, to see that everything is measured: sizes are smaller than the table names, two parts run at a",
        "time.**",
    ]
    return "\n".join(
        [
            "# Performance",
            "",
            "What each piece of work takes, beside a reference on the same work in the same run. Written by",
            "`python -m tests.bench.performance` (`make bench`), which takes at most fifteen minutes, on a slow",
            "machine as much longer. Figures depend on the machine and on what else it does, which stands below;",
            "ratios do so less.",
            *(quick if is_quick else []),
            "",
            "```",
            *measured.machine,
            "```",
        ]
    )


def _goals(measured: Measured) -> str:
    slow = [part.verified / VERIFIED_MICROSECONDS for part in measured.parts.values() if part.verified]
    words = f"; here it takes {min(slow):.1f} to {max(slow):.1f} times as long" if slow else ""
    lines = [
        "## Goals",
        "",
        f"Goals of time were set where coincurve verifies a signature in {VERIFIED_MICROSECONDS:g} µs{words}.",
        "*Here* is such a goal scaled by that: *yes, scaled* reaches it so, *yes* as it stands. A ratio is what was",
        "measured by the reference.",
        "",
        "| Work | | Measured | Reference | Ratio | Goal | Reached |",
        "|---|---|---|---|---|---|---|",
        *(_line(measured, goal) for goal in goals()),
    ]
    said = [word(measured, goal) for goal in goals() if goal.target is not None]
    reached = sum(each.startswith("yes") for each in said)
    return "\n".join([*lines, "", f"{reached} of {len(said)} goals are reached in this run."])


def _line(measured: Measured, goal: Goal) -> str:
    figure, reference = value(measured, goal, goal.measured), value(measured, goal, goal.reference)
    ratio = "" if figure is None or not reference else f"{figure_text(figure / reference)}"
    beside = f"{_with_unit(reference, goal.unit)}, {goal.beside}" if reference is not None else ""
    if reference is None and goal.reference is not None:
        beside = f"{UNMEASURED}: {goal.beside}"
    target = _target(measured, goal)
    fields = [goal.work, goal.what, _with_unit(figure, goal.unit), beside, ratio, target, word(measured, goal)]
    return f"| {' | '.join(fields)} |"


def _with_unit(figure: float | None, unit: str) -> str:
    if figure is None:
        return UNMEASURED
    return f"{figure_text(figure)} {unit}".replace("us", "µs").strip()


def _target(measured: Measured, goal: Goal) -> str:
    if goal.target is None:
        return ""
    text = f"{'≥' if goal.target.is_least else '≤'} {_with_unit(goal.target.limit, goal.unit)}"
    slowness = _slowness(measured, goal)
    return f"{text} (here {figure_text(goal.target.on(slowness))})" if goal.target.is_scaled else text


def word(measured: Measured, goal: Goal) -> str:
    """Say whether a goal was reached, or why that is not known."""
    figure = value(measured, goal, goal.measured)
    if goal.target is None:
        return ""
    if figure is not None:
        return goal.target.word(figure, _slowness(measured, goal))
    return _why(measured.parts.get(goal.measured.part), goal.measured)


def _why(part: Part | None, source: Source) -> str:
    if part is None:
        return UNMEASURED
    return f"{UNMEASURED}: `{source.part}` {part.failed}" if part.failed else f"{UNMEASURED}: no such row"


def value(measured: Measured, goal: Goal, source: Source | None) -> float | None:
    """Give the figure of a row, in the unit of the goal."""
    row = find(measured.rows(source.part), source.label, goal.unit) if source is not None else None
    return None if row is None else row[1]


def _slowness(measured: Measured, goal: Goal) -> float:
    part = measured.parts.get(goal.measured.part)
    return max(1.0, part.verified / VERIFIED_MICROSECONDS) if part is not None else 1.0


def _unreached(measured: Measured) -> str:
    missed = [goal for goal in goals() if word(measured, goal) not in ("", "yes", "yes, scaled")]
    lines = [
        "## What is not reached",
        "",
        "Below each stands what its time, or its bytes, are spent on, as far as that is known.",
        "",
    ]
    for work, figures in groupby(missed, key=lambda goal: goal.work):
        each = list(figures)
        lines.append(f"- {work}: {'; '.join(_missed(measured, goal) for goal in each)}")
        lines += [f"  - {goal.what}: {why_of(goal.figure)}" for goal in each if value(measured, goal, goal.measured)]
    return "\n".join(lines if missed else [*lines, "Nothing of what this run measured."])


def _missed(measured: Measured, goal: Goal) -> str:
    figure = value(measured, goal, goal.measured)
    if figure is None:
        return f"{goal.what}, {word(measured, goal)}"
    return f"{goal.what} {_with_unit(figure, goal.unit)}, goal {_target(measured, goal)}"


def _curves(measured: Measured) -> str:
    lines = ["## Curves"]
    for picture in PICTURES:
        drawn = any(curve(measured.rows(panel.part), label) for panel in picture.panels for label, _ in panel.lines)
        shown = f"![{picture.title}](images/{picture.file})" if drawn else f"{picture.title}: {UNMEASURED}"
        lines += ["", shown]
    return "\n".join(lines)


def _parts(measured: Measured) -> str:
    lines = [
        "## The runs",
        "",
        "Each part is a bench in a process of its own. *Others* is how many processors all else kept busy meanwhile;",
        f"up to {QUIET:g} is quiet. `python -m tests.bench.performance PART` measures one part again, and",
        "`python -m tests.bench PART` prints all its rows.",
        "",
        "| Part | Rows | Took | Load before and after | Others | Verification | Commit | When |",
        "|---|---|---|---|---|---|---|---|",
        *(_part_line(name, measured.parts.get(name)) for name in PARTS),
    ]
    return "\n".join(lines)


def _part_line(name: str, part: Part | None) -> str:
    if part is None:
        return f"| `{name}` | {UNMEASURED} | | | | | | |"
    quiet = ", quiet" if part.others <= QUIET else ""
    rows = f"{len(part.rows)}" + (f", then {part.failed}" if part.failed else "")
    fields: Sequence[str] = (
        f"`{name}`",
        rows,
        f"{part.seconds:.0f} s",
        f"{part.load[0]:.1f}, {part.load[1]:.1f}",
        f"{part.others:.2f}{quiet}",
        f"{part.verified:.1f} µs",
        part.commit,
        part.date,
    )
    return f"| {' | '.join(fields)} |"
