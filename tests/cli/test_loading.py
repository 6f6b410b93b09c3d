"""Loading by name, and what starts without what."""

import gc
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
import sys
from peerset.cli.app import main
sys.argv = ["peerset", *sys.argv[1:]]
try:
    main()
except SystemExit as ending:
    code = ending.code
print(sorted(set(sys.modules) & set({modules!r})), code, file=sys.stderr)
"""

pytestmark = pytest.mark.real_time


def loaded_by(*arguments: str, modules: tuple[str, ...], **environment: str) -> str:
    """What of *modules* a run of the command line loads, and its exit code."""
    command = [sys.executable, "-c", CODE.format(modules=modules), *arguments]
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENT_SECONDS, check=True, env=environment
    )
    return ended.stderr.splitlines()[-1]


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    return {"XDG_DATA_HOME": str(home / "data"), "XDG_CONFIG_HOME": str(home / "config"), "PATH": "/bin:/usr/bin"}


def test_a_place_is_loaded() -> None:
    assert load("peerset.cli.output:printable") is printable


@pytest.mark.parametrize("arguments", [("--version",), ("keys", "--help")])
def test_the_version_and_help_on_verbs_load_no_verb(environment: dict[str, str], arguments: tuple[str, ...]) -> None:
    assert loaded_by(*arguments, modules=HEAVY + LIGHT, **environment) == "[] 0"


@pytest.mark.parametrize(("arguments", "code"), [(("--help",), 0), ((), 2)])
def test_help_loads_no_verb_and_looks_for_no_file_of_settings(
    environment: dict[str, str], arguments: tuple[str, ...], code: int
) -> None:
    modules = (*HEAVY, *LIGHT, "platformdirs", "tomllib", "peerset.cli.origin", "importlib.metadata")
    assert loaded_by(*arguments, modules=modules, **environment) == f"[] {code}"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("config", "show"), 0),
        (("bans", "list", "lobby", "--store", "memory:"), 0),
        (("join", "--help"), 0),
        (("demo", "--help"), 0),
        (("tracker", "--port", "x"), 2),
    ],
)
def test_what_needs_no_network_loads_none(environment: dict[str, str], arguments: tuple[str, ...], code: int) -> None:
    assert loaded_by(*arguments, modules=HEAVY, **environment) == f"[] {code}"


@pytest.mark.parametrize(
    "arguments",
    [
        ("keys", "show"),
        ("records", "lobby", "--store", "memory:", "--limit", "20", "--kind", "1", "--tag", "t=x", "--json"),
        ("count", "places", "--store", "memory:", "lobby"),
        ("export", "lobby", "--store", "memory:"),
    ],
)
def test_reading_what_is_plainly_asked_for_loads_no_network_nor_pydantic_nor_uvloop(
    environment: dict[str, str], arguments: tuple[str, ...]
) -> None:
    assert loaded_by(*arguments, modules=(*HEAVY, "pydantic", "uvloop"), **environment).startswith("[] ")


def test_a_file_of_settings_is_checked_without_a_network(environment: dict[str, str], home: Path) -> None:
    (home / "peerset.toml").write_text("[demo]\npeers = 3\n")
    assert loaded_by("records", "lobby", "--store", "memory:", modules=HEAVY, **environment) == "[] 0"


@pytest.mark.parametrize(
    ("words", "place", "found"), [("peerset jo", "1", "join"), ("peerset policy dry", "2", "dry-run")]
)
def test_completion_loads_no_verb(environment: dict[str, str], words: str, place: str, found: str) -> None:
    settings = environment | {"_PEERSET_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": place}
    command = [sys.executable, "-c", CODE.format(modules=HEAVY + LIGHT)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENT_SECONDS, check=True, env=settings)
    assert ended.stdout.split() == [found]
    assert ended.stderr.splitlines()[-1] == "[] 0"


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
