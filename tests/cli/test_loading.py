"""Loading by name, and what starts without what."""

import gc
import json
import subprocess
import sys
from pathlib import Path

import pytest

from peerset.cli.loading import load
from peerset.cli.output import printable
from tests.patience import PATIENT_SECONDS

HEAVY = ("aiortc", "aioice", "av", "aiohttp", "cryptography")
LIGHT = (
    *("asyncio", "coincurve", "msgpack", "nacl", "sqlite3", "aiosqlite", "rich.live", "rich.table"),
    *("peerset.api", "peerset.core.record", "peerset.room.room", "peerset.cli.options"),
    *("peerset.cli.rooms", "peerset.cli.records"),
)
CODE = """
import json, sys
from peerset.cli.app import main
told = []
for words in json.loads(sys.argv.pop()):
    sys.argv = ["peerset", *words]
    try:
        main()
    except SystemExit as ending:
        told.append([words, sorted(set(sys.modules) & set({modules!r})), ending.code or 0])
print(json.dumps(told), file=sys.stderr)
"""
Runs = dict[tuple[str, ...], int]
"""Runs of the command line, with their exit codes."""

pytestmark = pytest.mark.real_time


def check_loaded(runs: Runs, *, modules: tuple[str, ...], environment: dict[str, str]) -> str:
    """See that the *runs*, one after another in a process, load none of *modules*; give what they printed.

    A process for each would spend most of its time on what all of them load.
    """
    command = [sys.executable, "-c", CODE.format(modules=modules), json.dumps(list(runs))]
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENT_SECONDS, check=True, env=environment
    )
    told = json.loads(ended.stderr.splitlines()[-1])
    assert told == [[list(words), [], code] for words, code in runs.items()]
    return ended.stdout


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    return {"XDG_DATA_HOME": str(home / "data"), "XDG_CONFIG_HOME": str(home / "config"), "PATH": "/bin:/usr/bin"}


def test_a_place_is_loaded() -> None:
    assert load("peerset.cli.output:printable") is printable


def test_help_loads_no_verb_and_looks_for_no_file_of_settings(environment: dict[str, str]) -> None:
    modules = (*HEAVY, *LIGHT, "platformdirs", "tomllib", "peerset.cli.origin", "importlib.metadata")
    check_loaded({("--help",): 0, (): 2}, modules=modules, environment=environment)


def test_the_version_and_help_on_verbs_load_no_verb(environment: dict[str, str]) -> None:
    runs: Runs = {("--version",): 0, ("keys", "--help"): 0}
    check_loaded(runs, modules=HEAVY + LIGHT, environment=environment)


def test_reading_what_is_plainly_asked_for_loads_no_network_nor_pydantic_nor_uvloop(
    environment: dict[str, str],
) -> None:
    runs: Runs = {
        ("keys", "show"): 0,
        ("records", "lobby", "--store", "memory:", "--limit", "20", "--kind", "1", "--tag", "t=x", "--json"): 0,
        ("count", "places", "--store", "memory:", "lobby"): 0,
        ("export", "lobby", "--store", "memory:"): 0,
    }
    check_loaded(runs, modules=(*HEAVY, "pydantic", "uvloop"), environment=environment)


def test_what_needs_no_network_loads_none(environment: dict[str, str], home: Path) -> None:
    runs: Runs = {
        ("config", "show"): 0,
        ("bans", "list", "lobby", "--store", "memory:"): 0,
        ("join", "--help"): 0,
        ("demo", "--help"): 0,
        ("tracker", "--port", "x"): 2,
        # What files say is checked against what every verb takes.
        ("--config", "some.toml", "records", "lobby", "--store", "memory:"): 0,
    }
    (home / "some.toml").write_text("[demo]\npeers = 3\n")
    check_loaded(runs, modules=HEAVY, environment=environment)


@pytest.mark.parametrize(
    ("words", "place", "found"), [("peerset jo", "1", "join"), ("peerset policy dry", "2", "dry-run")]
)
def test_completion_loads_no_verb(environment: dict[str, str], words: str, place: str, found: str) -> None:
    settings = environment | {"_PEERSET_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": place}
    assert check_loaded({(): 0}, modules=HEAVY + LIGHT, environment=settings).split() == [found]


@pytest.mark.parametrize("is_enabled", [True, False])
def test_loading_leaves_the_collection_of_garbage_as_it_was(is_enabled: bool) -> None:
    before = gc.isenabled()
    try:
        gc.enable() if is_enabled else gc.disable()
        assert load("peerset.cli.loading:load") is load
        assert gc.isenabled() is is_enabled
        with pytest.raises(ImportError):
            load("peerset.nowhere:nothing")
        assert gc.isenabled() is is_enabled
    finally:
        gc.enable() if before else gc.disable()
