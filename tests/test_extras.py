"""What starts where no extra of the package is installed, and what says which one it wants."""

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from typing import Any, Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from peerset.cli.exits import ExitCode
from tests.cli.commands import VERBS, command_at
from tests.cli.test_odd_values import BRIEF, NOWHERE, USUAL
from tests.needs import PROJECT
from tests.patience import PATIENT_SECONDS

TABLE: Final = tomllib.loads(PROJECT.read_text("utf-8"))["project"]
OURS: Final = {"tests", "dev", "fuzz", "performance", "moderation-report"}
"""Extras of those who work on peerset; the others are for those who use it."""

JOINING: Final = ("join", "lobby", "--store", "memory:", "--seconds", "0")
WANTING: Final = {
    "archive": ("verify", "records.jsonl"),
    "lan": (*JOINING, "--signaling", "lan:"),
    "mqtt": (*JOINING, "--signaling", "mqtt:"),
    "moderation": (*JOINING, *NOWHERE, "--policy", "schema:file=a.json"),
    "language": (*JOINING, *NOWHERE, "--policy", "language:allow=en"),
    "top": ("top",),
    "postgres": ("export", "lobby", "--store", "postgres://db.example/rooms"),
    "postgresql": ("export", "lobby", "--store", "postgresql://db.example/rooms"),
    "node": ("node", "run", "--seconds", "0", "--metrics-port", "0", *NOWHERE),
}
"""For each extra what cannot be done without it."""

LASTING: Final = {("demo",), ("demo-peer",), ("tracker",), ("serve",), ("sync",), ("doctor",)}
"""What starts others, or goes on until it is stopped: of these the help is asked for."""

CHILD: Final = """
import contextlib, io, json, sys, traceback

absent, runs = json.load(sys.stdin)
absent = frozenset(absent)

class Absence:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absence())
from peerset.cli.app import main

told = []
for words in runs:
    sys.argv, sys.stdin, code = ["peerset", *words], io.TextIOWrapper(io.BytesIO()), 0
    out = io.TextIOWrapper(io.BytesIO())
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()) as err:
        try:
            main()
        except SystemExit as ending:
            code = int(ending.code or 0)
        except BaseException:
            traceback.print_exc()
            code = -1
    told.append([words, code, err.getvalue()])
print(json.dumps(told))
"""

Told = dict[tuple[str, ...], tuple[int, str]]
"""The exit code of each run, and what it said of errors."""


def brought(needs: Sequence[str]) -> set[str]:
    """Give the distributions that *needs* bring, with all that these need in turn."""
    found: set[str] = set()
    waiting = [Requirement(each) for each in needs]
    seen: set[tuple[str, str]] = set()
    while waiting:
        need = waiting.pop()
        name = canonicalize_name(need.name)
        for extra in ("", *need.extras):
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            try:
                further = distribution(name).requires or []
            except PackageNotFoundError:
                continue
            found.add(name)
            waiting += [each for each in map(Requirement, further) if holds(each, extra)]
    return found


def holds(need: Requirement, extra: str) -> bool:
    """Say whether it is needed here where *extra* is asked for."""
    return need.marker is None or need.marker.evaluate({"extra": extra})


def absent() -> list[str]:
    """Give the packages that are installed here, and would not be where peerset alone is."""
    alone = brought(TABLE["dependencies"]) | {"peerset"}
    return sorted(
        package
        for package, distributions in packages_distributions().items()
        if alone.isdisjoint(map(canonicalize_name, distributions)) and package.isidentifier()
    )


def usual(words: tuple[str, ...]) -> tuple[str, ...]:
    """Call a verb as people do, so that it ends at once."""
    places = [each for each in command_at(words).params if each.param_type_name == "argument" and each.required]
    given = BRIEF.get(" ".join(words)) or BRIEF.get(words[0], [])
    rest = [USUAL.get(each.name, "records.jsonl") for each in places]
    return (*words, *given, "--", *rest) if rest else (*words, *given)


def runs() -> Iterator[tuple[str, ...]]:
    """Give what is run: the help of each verb, each that ends by itself, and what wants an extra."""
    for words in VERBS:
        yield (*words, "--help")
    for words in VERBS:
        if words not in LASTING:
            yield usual(words)
    yield from WANTING.values()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Run all of them in one process that can load nothing but what peerset itself needs."""
    home = tmp_path_factory.mktemp("bare")
    (home / "a.json").write_text(json.dumps({"rules": [{"kind": 1, "schema": {"type": "object"}}]}))
    (home / "records.jsonl").write_text("")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PEERSET_")}
    environment |= {"XDG_DATA_HOME": str(home / "data"), "XDG_CONFIG_HOME": str(home / "config")}
    ended = subprocess.run(
        [sys.executable, "-c", CHILD],
        input=json.dumps([absent(), list(runs())]),
        capture_output=True,
        text=True,
        timeout=PATIENT_SECONDS,
        check=False,
        cwd=home,
        env=environment,
    )
    assert ended.returncode == 0, ended.stderr
    found: list[Any] = json.loads(ended.stdout.splitlines()[-1])
    return {tuple(words): (code, said) for words, code, said in found}


pytestmark = pytest.mark.real_time


def test_what_is_taken_away_is_all_that_extras_bring_and_nothing_else() -> None:
    taken = set(absent())
    assert {"prometheus_client", "aiomqtt", "zeroconf", "fastjsonschema", "pytest"} <= taken
    assert taken.isdisjoint({"peerset", "aiortc", "aiohttp", "typer", "rich", "yarl", "google_crc32c"})


def test_every_verb_starts_without_any_extra(told: Told) -> None:
    for words, (code, said) in told.items():
        assert "Traceback" not in said, (words, said)
        assert "No module named" not in said or words in WANTING.values(), (words, said)
        assert code in set(ExitCode), (words, code, said)
        if "--help" in words:
            assert code == ExitCode.DONE, (words, said)


@pytest.mark.parametrize("extra", WANTING)
def test_what_wants_an_extra_says_in_one_line_which(extra: str, told: Told) -> None:
    code, said = told[WANTING[extra]]
    assert code == ExitCode.USAGE
    [line] = [each for each in said.splitlines() if "made a key" not in each]
    assert f"pip install 'peerset[{extra}]'" in line


def test_of_every_extra_for_users_it_is_known_what_wants_it() -> None:
    assert set(WANTING) == set(TABLE["optional-dependencies"]) - OURS
