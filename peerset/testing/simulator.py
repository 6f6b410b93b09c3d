"""Plays histories of simulated swarms (`peerset.testing.story`) by the names of scenarios.

``python -m peerset.testing.simulator --scenario crash --seed 17`` plays one again, exactly as it was.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from peerset.testing.halfyear import HalfYear
from peerset.testing.hours import Hours
from peerset.testing.scenarios import SCENARIOS, Scenario
from peerset.testing.story import Outcome, SimulationError, Story
from peerset.testing.years import Years

EVERY: Final = "every"
"""In place of a scenario's name: all of them."""


def play(name: str, seed: int, *, peers: int | None = None, scenarios: Mapping[str, Scenario] = SCENARIOS) -> Outcome:
    """Play the scenario *name* under *seed*, with as many members as the seed says unless *peers* does.

    Raises:
        SimulationError: an invariant broke, or the swarm did not converge; the message ends with the command that
            shows it again.

    """
    scenario = scenarios[name]
    story = _kind_of(scenario)(scenario, seed, peers=peers)
    try:
        return story.play()
    except AssertionError as error:
        command = f"python -m peerset.testing.simulator --scenario {name} --seed {seed}"
        command += f" --peers {peers}" if peers is not None else ""
        at = f"at {story.swarm.clock.now:.3f} s with {len(story.swarm.members)} members"
        raise SimulationError(f"{error} ({at}; see it again: {command})") from error


def main(arguments: Sequence[str] | None = None, *, scenarios: Mapping[str, Scenario] = SCENARIOS) -> int:
    """Play one or more seeds and print a line for each, and what it came to; give 1 when any failed."""
    parser = argparse.ArgumentParser(prog="python -m peerset.testing.simulator", description=__doc__)
    names = [*sorted(scenarios), EVERY]
    parser.add_argument("--scenario", choices=names, default="everything", help="one, or each in turn under every seed")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds to play, one after the other")
    parser.add_argument("--peers", type=int, help="how many members; drawn from the seed when left out")
    parser.add_argument("--brief", action="store_true", help="print failures, and a line for each of the seeds")
    options = parser.parse_args(arguments)
    chosen = sorted(scenarios) if options.scenario == EVERY else [options.scenario]
    failures = played = 0
    for seed in range(options.seed, options.seed + options.seeds):
        for name in chosen:
            line, is_good = _report(name, seed, peers=options.peers, scenarios=scenarios)
            played, failures = played + 1, failures + (not is_good)
            if not (options.brief and is_good):
                _say(line)
        if options.brief:
            _say(f"up to seed {seed}: {played} played, {failures} failed")
    return 1 if failures else 0


def _kind_of(scenario: Scenario) -> type[Story]:
    if scenario.has_pins:
        return Years
    if scenario.has_hours:
        return Hours
    return HalfYear if scenario.days else Story


def _report(name: str, seed: int, *, peers: int | None, scenarios: Mapping[str, Scenario]) -> tuple[str, bool]:
    try:
        outcome = play(name, seed, peers=peers, scenarios=scenarios)
    except SimulationError as error:
        return f"{name} {seed} FAILED {error}", False
    what = (
        f"{outcome.records} records, settled in {outcome.settled_seconds:.0f} s, {outcome.happened} inputs and effects"
    )
    what += f", files at most {outcome.disk_times:.2f} times what lived" if outcome.disk_times else ""
    return f"{name} {seed} ok: {what}, {outcome.fingerprint[:16]}", True


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
