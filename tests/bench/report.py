"""Write docs/attack-report.md: what was tried on real peers and in simulated swarms, and where it stops holding.

``python -m tests.bench.report`` takes about twenty minutes on a quiet machine of two cores: first what is timed, one
attack after the other, then swarms and seeds side by side, then tests. ``--quick`` plays less of everything, to see
that it works. What takes hours is read from files: the output of ``python -m peerset.testing swarm --json``, named
after the goal it is for, as ``--swarm large.json churn.json hostile-2.json``; what seeds of holes and of half a year
printed, as ``--seeds holes.txt holes-150.txt halfyear.txt``. Why a goal is missed stands in whys.txt.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tests.bench.__main__ import Row as Figure
from tests.bench.__main__ import figure_text, machine, rows_of
from tests.bench.attack_rows import ATTACK, CHURN, GOALS, HALFYEAR, HOLES, HOSTILE, LARGE, ROWS, Goal, Row
from tests.bench.attackers import ATTACKS
from tests.bench.seeds import WORLDS, read_seeds
from tests.bench.strangers import STRANGERS
from tests.bench.whys import why_of

ROOT: Final = Path(__file__).resolve().parents[2]
OUTPUT: Final = ROOT / "docs" / "attack-report.md"
SHARES: Final = (0, 10, 20, 30, 40, 50)
SWARM: Final = ("--members", "40", "--records", "10", "--join-seconds", "20", "--meet-seconds", "30")
LARGER: Final = ("--members", "200", "--records", "10", "--hostile", "0.3")
SEEDS: Final = 2
"""So many are played here of holes and of half a year, and one of `LARGER`; all others are given."""
ATTACK_SECONDS_MAX: Final = 180
TESTS_SECONDS_MAX: Final = 900
HELD: Final = "held off"


@dataclass
class Findings:
    """What the runs came to."""

    attacks: dict[str, list[Figure]] = field(default_factory=dict)
    """The figures of each attack; none when its run failed."""
    swarms: dict[int, dict[str, Any]] = field(default_factory=dict)
    """The figures of a swarm by the share, in percent, of its hostile members."""
    runs: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """The figures of larger swarms, each with the word for its goal; none when one broke its promises."""
    seeds: dict[str, str] = field(default_factory=dict)
    """What seeds printed, by the name of their world in `WORLDS`."""
    tests: dict[str, bool] = field(default_factory=dict)
    """Whether those of a file passed."""

    def holds(self, shown_by: str) -> bool | None:
        """Say whether what *shown_by* shows held; None when it was not run."""
        if shown_by == HOSTILE:
            return all(is_sound(self.swarms[share]) for share in (0, 10, 20, 30) if share in self.swarms)
        if shown_by == HOLES:
            played = read_seeds(self.seeds.get(HOLES, ""))
            return None if played is None else not played.failed
        if shown_by in self.attacks:
            return any(label.endswith(HELD) and value == 1 for label, value, _ in self.attacks[shown_by])
        return self.tests.get(shown_by)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.report", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one attack, one share, no tests: to see that it works")
    parser.add_argument("--swarm", type=Path, nargs="*", default=[], help="figures of larger swarms, as JSON")
    parser.add_argument("--seeds", type=Path, nargs="*", default=[], help="what seeds printed")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args(arguments)
    head = [*machine(), f"commit    {commit()}", f"date      {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"]
    given = [run for path in options.swarm for run in read_runs(path)]
    findings = measure(is_quick=options.quick)
    findings.runs += given
    for path in options.seeds:
        findings.seeds[path.stem] = findings.seeds.get(path.stem, "") + path.read_text("utf-8")
    options.output.write_text(page(findings, head), encoding="utf-8")
    return 0


def measure(*, is_quick: bool) -> Findings:
    """Make all runs; those that need a quiet machine first, and one at a time."""
    findings = Findings()
    names = [*ATTACKS, *STRANGERS]
    for name in names[-1:] if is_quick else names:
        findings.attacks[name] = attack(name)
    # Time is virtual in all that follows: it is played side by side, and the tests, which have limits, alone.
    larger = [] if is_quick else [begin(["-m", "peerset.testing", "swarm", *LARGER, "--json"])]
    commands = {world.name: world.command for world in WORLDS if world.name in (HOLES, HALFYEAR)}
    playing = {name: begin(seeds_command(command, is_quick=is_quick)) for name, command in commands.items()}
    for share in SHARES[:1] if is_quick else SHARES:
        findings.swarms[share] = read_swarm(begin(swarm_command(share)))
    findings.runs += [(HOSTILE, read_swarm(process)) for process in larger]
    findings.seeds = {name: process.communicate()[0] for name, process in playing.items()}
    files = [] if is_quick else sorted({each for row in ROWS for each in row.shown_by if each.startswith("tests/")})
    findings.tests = run_tests(files)
    return findings


def attack(name: str) -> list[Figure]:
    """Run one attack in a process of its own."""
    environment = os.environ | {"PEERSET_BENCH_ATTACKS": name}
    command = [sys.executable, "-m", "tests.bench", "--rows", "attacks"]
    try:
        ran = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=ATTACK_SECONDS_MAX, check=False
        )
    except subprocess.TimeoutExpired:
        return []
    return list(rows_of(ran.stdout.splitlines())) if ran.returncode == 0 else []


def swarm_command(share: int) -> list[str]:
    """Give the arguments of Python that play a swarm of which so many percent are hostile."""
    return ["-m", "peerset.testing", "swarm", *SWARM, "--hostile", str(share / 100), "--json"]


def seeds_command(command: str, *, is_quick: bool) -> list[str]:
    """Give the arguments of Python that play a few seeds by a *command*: far from those that are given in files."""
    return [*command.split()[1:], "--seed", "10000", "--seeds", "1" if is_quick else str(SEEDS)]


def begin(arguments: Sequence[str]) -> "subprocess.Popen[str]":
    """Begin to run Python with these *arguments*."""
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, *arguments], cwd=ROOT, stdout=pipe, stderr=subprocess.DEVNULL, text=True)


def read_swarm(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """Wait for a swarm; give its figures, none when it broke its promises."""
    found = figures_in(process.communicate()[0])
    return found[-1] if found else {}


def figures_in(text: str) -> list[dict[str, Any]]:
    """Read the figures in what swarms wrote, one a line."""
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def read_runs(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """Give the runs in a file, with the word for their goal, by which its name begins."""
    word = next((each for each in (LARGE, CHURN, HOSTILE) if path.stem.startswith(each.split()[0])), path.stem)
    return [(word, found) for found in figures_in(path.read_text("utf-8"))]


def run_tests(files: Sequence[str]) -> dict[str, bool]:
    """Run the tests of *files*; give whether those of each passed, nothing when they did not end."""
    if not files:
        return {}
    command = [sys.executable, "-m", "pytest", "-q", "-rfE", "-p", "no:cacheprovider", "--numprocesses=2", *files]
    try:
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=TESTS_SECONDS_MAX, check=False)
    except subprocess.TimeoutExpired:
        return {}
    if ran.returncode not in (0, 1):
        return {}
    return failures(files, ran.stdout)


def failures(files: Sequence[str], said: str) -> dict[str, bool]:
    """Read off what pytest *said* whether the tests of each of *files* passed."""
    failed = [line for line in said.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    return {file: not any(f" {file}" in line for line in failed) for file in files}


def commit() -> str:
    """Name what is measured; a mark says that something of it was changed since."""
    described = ["git", "describe", "--always", "--dirty", "--abbrev=10"]
    try:
        ran = subprocess.run(described, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return ran.stdout.strip()


# The page.


def page(findings: Findings, head: Sequence[str]) -> str:
    """Write the report."""
    parts = [_introduction(head), _attacks(findings), _rows(findings), _swarms(findings)]
    parts += [_goals(findings), _whys(findings), _unheld(findings)]
    return "\n\n".join(parts) + "\n"


def _introduction(head: Sequence[str]) -> str:
    return "\n".join(
        [
            "# The attack report",
            "",
            "What was tried on a room of peerset, what held and what did not. Written by",
            "`python -m tests.bench.report`; figures depend on the machine, and on what else it does:",
            "",
            "```",
            *head,
            "```",
        ]
    )


def _attacks(findings: Findings) -> str:
    lines = [
        "## Attacks on real peers",
        "",
        "Processes of their own, our tracker, WebRTC on this machine: a victim, an honest publisher and the attacker,",
        "who proved its key. Quiet and attacked seconds take turns in the same room. It holds when the victim's memory",
        "grows by at most 32 MiB, honest records take at most twice as long at the median, its loop is blocked for at",
        "most 50 ms longer, and nobody honest is banned. As `peerset join` does, it told the garbage collector",
        "(`gc.freeze()`) that what it had before stays. One alone, by a part of its name:",
        "`PEERSET_BENCH_ATTACKS=actions python -m tests.bench attacks`.",
        "",
        "| Attack | Quiet p50 | Attacked p50 | Times | Memory | Loop | Holds |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [_attack_line(name, findings.attacks.get(name, [])) for name in ATTACKS]
    lines += [
        "",
        "By those who join nothing, each with its own measure:",
        "",
        "| Attack | Measure | |",
        "|---|---|---|",
    ]
    for name in STRANGERS:
        figures = findings.attacks.get(name, [])
        lines += [f"| {label} | {figure_text(value)} {unit} | |" for label, value, unit in figures[:-1]]
        lines.append(f"| **{name}** | | {_word(findings.holds(name) if figures else None)} |")
    return "\n".join(lines)


def _attack_line(name: str, figures: Sequence[Figure]) -> str:
    def find(part: str) -> str:
        found = [(value, unit) for label, value, unit in figures if label.removeprefix(f"{name}: ").startswith(part)]
        return " ".join([figure_text(found[0][0]), found[0][1]]).strip() if found else "-"

    parts = ("honest p50, und", "honest p50 of", "slower", "memory", "loop")
    held = [value == 1 for label, value, _ in figures if label.endswith(HELD)]
    return f"| {name} | {' | '.join(find(part) for part in parts)} | {_word(held[0] if held else None)} |"


def _rows(findings: Findings) -> str:
    lines = [
        "## Everything that was ever tried",
        "",
        "Tests are run beside this report; `not run` is what this run left out or could not finish.",
        "",
        "| Attack | What must hold | Shown by | Holds |",
        "|---|---|---|---|",
    ]
    for row in ROWS:
        shown = ", ".join(f"`{each}`" if each.startswith("tests/") else each for each in row.shown_by)
        lines.append(f"| {row.attack} | {row.holds} | {shown} | {_word(_row_holds(findings, row))} |")
    return "\n".join(lines)


def _row_holds(findings: Findings, row: Row) -> bool | None:
    said = [held for each in row.shown_by if (held := findings.holds(each)) is not None]
    return all(said) if said else None


def _swarms(findings: Findings) -> str:
    lines = [
        "## Hostile shares",
        "",
        "Shipped machines in virtual time, all kinds of villains in turn:",
        f"`python {' '.join(swarm_command(30))}`, and so on.",
        "",
        "| Hostile | Honest who have every record | Reached | Delivery p50 | p99 | Degree | Parts | Honest banned |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for share in SHARES:
        found = findings.swarms.get(share)
        if not found:
            word = "not run" if found is None else "a promise was broken: the command above shows it"
            lines.append(f"| {share} % | {word} | | | | | | |")
            continue
        lines.append(
            f"| {share} % | {found['converged']:.1%} | {found['reached']:.1%} | {found['p50_seconds']:.2f} s "
            f"| {found['p99_seconds']:.2f} s | {found['degree']:.1f} | {found['parts']} | {found['banned']} |"
        )
    unsound = [share for share in SHARES if share in findings.swarms and not is_sound(findings.swarms[share])]
    lines += ["", f"It stops holding at {unsound[0]} %." if unsound else "It holds at every share that was played."]
    return "\n".join([*lines, "", *_seeds(findings), "", *_larger(findings)])


def _seeds(findings: Findings) -> list[str]:
    lines = ["Seeds, one after the other; holes take places and pass nothing on:", ""]
    lines += ["| World | Command | What came of them |", "|---|---|---|"]
    for world in WORLDS:
        played = read_seeds(findings.seeds.get(world.name, ""))
        lines.append(f"| {world.what} | `{world.command}` | {'not run' if played is None else played.line} |")
    return lines


def _larger(findings: Findings) -> list[str]:
    lines = [
        f"Larger ones, `python -m peerset.testing swarm {' '.join(LARGER)}` among them:",
        "",
        "| Members | Hostile | Seed | Honest who have every record | Delivery p50 | p99 | Copies | Idle | Degree "
        "| Parts | Honest banned | Processor | Memory |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for _, found in findings.runs:
        lines.append(
            f"| {found['members']:,} | {found['hostile']:,} | {found['seed']} | {found['converged']:.1%} "
            f"| {found['p50_seconds']:.2f} s | {found['p99_seconds']:.2f} s | {found['copies']:.2f} "
            f"| {found['idle_bytes_per_second']:.0f} B/s | {found['degree']:.1f} | {found['parts']} "
            f"| {found['banned']} | {found['cpu_seconds']:,} s | {found['rss_mib']:,} MiB |"
            if found
            else "| a promise was broken | | | | | | | | | | | | |"
        )
    return lines if findings.runs else [*lines, "| not run | | | | | | | | | | | | |"]


def is_sound(found: dict[str, Any]) -> bool:
    """Say whether a swarm kept its promises: all honest members met, have all records, are one part, and ban nobody.

    Who came when the trackers were about to stop, or had stopped, and met nobody was never of the swarm.
    """
    if not found or found.get("lost", 0) or found["banned"]:
        return False
    return bool(found["converged"] == found["parts"] == 1 and found["unmet"] == found.get("late", 0))


def _goals(findings: Findings) -> str:
    lines = ["## Goals of the design", "", "| What | Goal | Command | In this run |", "|---|---|---|---|"]
    lines += [f"| {goal.what} | {goal.goal} | `{goal.command}` | {_measured(findings, goal)} |" for goal in GOALS]
    return "\n".join([*lines, "", "This run measures small ones of them; the large take minutes to hours each."])


def _measured(findings: Findings, goal: Goal) -> str:
    if (played := read_seeds(findings.seeds.get(goal.measured, ""))) is not None:
        return played.line
    if runs := [found for word, found in findings.runs if word == goal.measured]:
        sound = sum(is_sound(found) for found in runs)
        slowest = max(found.get("p99_seconds", 0) for found in runs)
        late = sum(found.get("late", 0) for found in runs)
        aside = f"; not counted: {late} that came in the last seconds of the trackers or later and met nobody"
        beyond = "".join(f"; beyond: {words}" for _, words in _beyond(findings, goal))
        return f"{sound} of {len(runs)} sound, p99 of a delivery {slowest:.2f} s{aside if late else ''}{beyond}"
    if goal.measured == HOSTILE and (found := findings.swarms.get(30)):
        return f"40 members: {found['converged']:.1%} converged, {found['parts']} part, {found['banned']} honest banned"
    if goal.measured == ATTACK and findings.attacks:
        held = sum(findings.holds(name) is True for name in findings.attacks)
        return f"{held} of {len(findings.attacks)} held off"
    return "not run"


def _beyond(findings: Findings, goal: Goal) -> list[tuple[str, str]]:
    """Give each figure of *goal* that a run misses, as `whys` calls it, with the worst in words."""
    missed: list[tuple[str, str]] = []
    runs = [found for word, found in findings.runs if word == goal.measured and found]
    for figure, least, most in goal.limits:
        values = [found[figure] for found in runs if not least <= found[figure] <= most]
        words = f"{figure.replace('_', ' ')} {max(values, default=0):,.2f} (goal {least} to {most})"
        missed += [(f"{goal.measured}: {figure}", words)] * bool(values)
    if (played := read_seeds(findings.seeds.get(goal.measured, ""))) is not None and played.failed:
        missed.append((f"{goal.measured}: failed", f"{goal.what}: {played.line}"))
    return missed


def _whys(findings: Findings) -> str:
    missed = [each for goal in GOALS for each in _beyond(findings, goal)]
    missed += [(name, name) for name in findings.attacks if findings.holds(name) is False]
    lines = [f"- {words}: {why_of(figure)}" for figure, words in missed]
    return "\n".join(["## Why", "", *(lines or ["This run missed nothing of what it measured."])])


def _unheld(findings: Findings) -> str:
    lost = [name for name, figures in findings.attacks.items() if figures and findings.holds(name) is False]
    failed = [name for name, figures in findings.attacks.items() if not figures]
    broken = [file for file, is_passed in findings.tests.items() if not is_passed]
    lines = ["## What does not hold", ""]
    lines += [f"- {name}: beyond a limit in this run, see its line above" for name in lost]
    lines += [f"- {name}: its run did not end" for name in failed]
    lines += [f"- `{file}` fails" for file in broken]
    return "\n".join(lines if len(lines) > 2 else [*lines, "Nothing of what this run tried."])


def _word(held: object) -> str:
    return "not run" if held is None else "yes" if held else "**no**"


if __name__ == "__main__":
    sys.exit(main())
