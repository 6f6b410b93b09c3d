"""What is looked at of a node."""

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from peerset.cli.examining import examine_node
from peerset.cli.sight import RoomRow, Sight
from peerset.doctor.finding import Finding, Health
from peerset.node.control import SOCKET_NAME, Order, listening

pytestmark = pytest.mark.real_time


async def found(folder: Path, *ports: int) -> dict[str, Finding]:
    """Give what is found of the node of *folder*, by name."""
    return {finding.name: finding async for finding in examine_node(folder, ports)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A node's folder as it shall be."""
    made = tmp_path / "n"
    (made / "rooms").mkdir(mode=0o700, parents=True)
    made.chmod(0o700)
    (made / "rooms" / "lobby.db").write_bytes(bytes(100))
    return made


@asynccontextmanager
async def running(folder: Path, *rooms: RoomRow) -> AsyncIterator[None]:
    """Answer as a node with these rooms."""

    async def obey(_: Order) -> object:
        return Sight(rooms).row()

    async with listening(folder, obey):
        yield


async def test_a_node_that_is_well_is_found_to_be(folder: Path) -> None:
    async with running(folder, RoomRow("a", "lobby", "open", places=2, places_open=1, skew_seconds=3)):
        findings = await found(folder)
    assert {name: finding.health for name, finding in findings.items()} == dict.fromkeys(findings, Health.WELL)
    assert {finding.advice for finding in findings.values()} == {""}
    assert findings["running node"].detail == "answers, and keeps 1 rooms"
    assert list(findings) == ["node's folder", "disk", "running node", "clock", "open files", "rooms", "budgets"]


async def test_where_none_runs_it_says_how_one_is_started(folder: Path) -> None:
    asleep = (await found(folder))["running node"]
    assert (asleep.health, asleep.advice[:12]) == (Health.WEAK, "peerset node")
    # A killed one leaves its socket.
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(folder / SOCKET_NAME))
    killed = (await found(folder))["running node"]
    assert "did not end by itself" in killed.detail
    assert "start it again" in killed.advice
    far = (await found(folder / ("x" * 120)))["running node"]
    assert (far.health, far.advice) == (Health.ILL, "name a shorter --data")


async def test_a_folder_that_others_read_or_is_anothers_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.chmod(0o755)
    assert (await found(folder))["node's folder"].health is Health.WELL
    for path, mode in ((folder, 0o777), (folder / "rooms", 0o750)):
        path.chmod(mode)
        finding = (await found(folder))["node's folder"]
        assert (finding.health, finding.advice[-len(str(path)) - 12 :]) == (Health.WEAK, f"chmod 700 '{path}'")
        path.chmod(0o700)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert (await found(folder))["node's folder"].health is Health.ILL


async def test_a_folder_that_is_not_there_yet_is_said_to_be_made(tmp_path: Path) -> None:
    assert "peerset node makes it" in (await found(tmp_path / "gone"))["node's folder"].advice


async def test_stores_that_fill_the_disk_and_times_to_come_are_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = folder / "rooms" / "lobby.db"
    monkeypatch.setattr("peerset.cli.examining.FREE_PARTS", 0)
    assert "--all-disk-bytes" in (await found(folder))["disk"].advice
    monkeypatch.setattr("peerset.doctor.machine.FREE_BYTES_MIN", 1 << 70)
    assert (await found(folder))["data directory"].advice == "free some space"
    ahead = store.stat().st_mtime + 7_200
    os.utime(store, (ahead, ahead))
    assert "it was set back" in (await found(folder))["clock"].detail


@pytest.mark.parametrize(
    ("row", "name", "detail"),
    [
        (RoomRow("a", "b", "open", skew_seconds=-600), "clock", "600 s behind that of peers"),
        (RoomRow("a", "b\x1b", "failed", "the disk is full"), "rooms", "1 failed; b\\x1b: the disk is full"),
        (RoomRow("a", "b", "open", places=2), "rooms", "1 open; 1 reach no place where peers are met, such as b"),
        (RoomRow("a", "b", "open", budgets=1), "budgets", "1 rooms are at a limit, such as b"),
    ],
)
async def test_what_the_running_node_says_is_told_with_what_to_do(
    folder: Path, row: RoomRow, name: str, detail: str
) -> None:
    async with running(folder, row):
        finding = (await found(folder))[name]
    assert (finding.health, finding.detail) == (Health.WEAK, detail)
    assert finding.advice


@pytest.mark.parametrize(
    ("soft", "hard", "health"),
    # What a shell gives is raised by the node itself.
    [(1_024, 1_048_576, Health.WELL), (1_024, -1, Health.WELL), (-1, -1, Health.WELL), (256, 290, Health.WEAK)],
)
async def test_too_few_files_are_told_where_a_node_cannot_have_more(
    folder: Path, monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, health: Health
) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (soft, hard))
    finding = (await found(folder))["open files"]
    assert (finding.health, "LimitNOFILE=296" in finding.advice) == (health, health is Health.WEAK)


async def test_ports_are_tried(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert (await found(folder, port))[f"port {port}"].health is Health.ILL
        async with running(folder):
            assert (await found(folder, port))[f"port {port}"].detail == "is taken, while a node runs"
    assert (await found(folder, port))[f"port {port}"].detail == "is free"
