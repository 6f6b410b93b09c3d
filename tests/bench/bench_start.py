"""How long the command line takes to start: ``python -m tests.bench start``.

Seconds of computing, which other processes hardly change, of the best of a few runs: help and completion load no verb,
reading a store no network, and a file of settings is checked against all verbs.
"""

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.bench.sizes import sized

RUNS: Final = sized(5, 1)
COMPLETION: Final = {"_PEERSET_COMPLETE": "complete_bash", "COMP_WORDS": "peerset re", "COMP_CWORD": "1"}


def run() -> list[tuple[str, float, str]]:
    """Give the figures."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        places = {"XDG_DATA_HOME": str(home / "data"), "XDG_CONFIG_HOME": str(home / "config")}
        (home / "some.toml").write_text("[records]\nlimit = 3\n")
        reading = ("records", "lobby", "--store", "memory:")
        return [
            ("bare Python", min(_once(home, [sys.executable, "-c", "pass"], places) for _ in range(RUNS)), "s"),
            ("peerset --help", _start(home, "--help", **places), "s"),
            ("peerset --version", _start(home, "--version", **places), "s"),
            ("completion of a verb", _start(home, **places, **COMPLETION), "s"),
            ("peerset keys show", _start(home, "keys", "show", **places), "s"),
            ("peerset records", _start(home, *reading, **places), "s"),
            (
                "peerset records, with a file of settings",
                _start(home, *reading, "--config", "some.toml", **places),
                "s",
            ),
            ("peerset join --help", _start(home, "join", "--help", **places), "s"),
        ]


def _start(folder: Path, *arguments: str, **environment: str) -> float:
    command = [str(Path(sys.executable).with_name("peerset")), *arguments]
    return min(_once(folder, command, environment) for _ in range(RUNS))


def _once(folder: Path, command: Sequence[str], environment: Mapping[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, env={**os.environ, **environment}, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
