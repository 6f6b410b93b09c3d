"""docs/signaling.md: its strategy is built and installed as a distribution of its own, and two peers meet by it."""

import asyncio
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

import peerset
from peerset.cli.meeting import MeetingOptions
from peerset.page.settings import STRATEGIES
from peerset.ports import SocketState
from tests.patience import PATIENT_SECONDS, until

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = (ROOT / "docs" / "signaling.md").read_text("utf-8")
PLUGIN_LINES_MAX: Final = 66


def block_after(words: str) -> str:
    """Give the code block that follows *words* on the page."""
    match = re.search(re.escape(words) + r"\n\n```\w*\n(.*?)```", PAGE, re.DOTALL)
    assert match, f"no code block after {words}"
    return match[1]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the distribution of the page is installed."""
    source, site = tmp_path / "source", tmp_path / "site"
    source.mkdir()
    for name in ("pyproject.toml", "peerset_folder.py"):
        (source / name).write_text(block_after(f"`{name}`"))
    install = ("-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation")
    subprocess.run([sys.executable, *install, "--target", str(site), str(source)], check=True, timeout=PATIENT_SECONDS)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, "peerset_folder", raising=False)
    return site


@pytest.mark.real_time
async def test_the_strategy_on_the_page_installs_keeps_its_word_and_lets_two_meet(site: Path, tmp_path: Path) -> None:
    program: dict[str, Any] = {}
    exec(block_after("`test_folder.py`"), program)
    shared, checked = tmp_path / "shared", tmp_path / "checked"
    shared.mkdir()
    checked.mkdir()
    await program["test_the_folder_keeps_its_word"](checked)
    options: dict[str, Any] = {"signaling": f"folder:{shared}", "ice_servers": (), "allow_loopback": True}
    async with (
        peerset.join("lobby", host=peerset.Host(), **options) as one,
        peerset.join("lobby", host=peerset.Host(), **options) as other,
        asyncio.timeout(PATIENT_SECONDS),
    ):
        record = await one.publish("hello")
        await until(lambda: other.count == 1)
        assert await other.get(record.id) == record
        (status,) = one.signaling
        assert (status.strategy, status.state, status.error) == ("folder", SocketState.OPEN, None)


async def test_a_folder_that_is_none_is_refused_before_anything_is_made(site: Path) -> None:
    with pytest.raises(peerset.ConfigError, match="name one folder that is there"):
        async with peerset.join("lobby", signaling="folder:/nowhere", host=peerset.Host()):
            raise AssertionError("joined")


def test_the_strategy_is_as_short_as_a_page_can_be() -> None:
    lines = [line for line in block_after("`peerset_folder.py`").splitlines() if line.strip()]
    assert len(lines) <= PLUGIN_LINES_MAX


def test_the_page_names_every_strategy_that_comes_with_peerset() -> None:
    table = PAGE.partition("## Which one")[2].partition("\n\nA **spec**")[0]
    assert set(re.findall(r"(?m)^\| `(\w+)` \|", table)) == in_python()


def test_pages_know_the_same_strategies_and_say_so() -> None:
    guide = (ROOT / "docs" / "web.md").read_text("utf-8").partition("### Where pages meet")[2].partition("\n\nPlain")[0]
    assert set(re.findall(r"(?m)^\| `(\w+):", guide)) == set(STRATEGIES)
    assert in_python() == {*STRATEGIES, "lan"}, "a page has no multicast, and everything else"
    source = ROOT / "web" / "src" / "adapters" / "places.ts"
    if source.exists():  # The source archive has no page.
        (names,) = re.findall(r"const STRATEGIES = \[(.*?)\]", source.read_text("utf-8"))
        assert re.findall(r"'(\w+)'", names) == list(STRATEGIES)


def test_the_command_line_names_the_same() -> None:
    row = re.search(r"(?m)^\| `--signaling` \|.*$", (ROOT / "docs" / "cli.md").read_text("utf-8"))
    option = MeetingOptions.__annotations__["signaling"].__metadata__[0]
    assert row is not None
    for text in (row[0], option.help):
        assert (
            set(re.findall(r"\b(\w+):(?!//)", text.partition("way to meet:")[2].partition(" with ")[0])) == in_python()
        )


def in_python() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return set(project["entry-points"]["peerset.signaling"])
