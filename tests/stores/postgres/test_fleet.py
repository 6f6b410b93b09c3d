"""Nodes that share a database, as users start them; one is killed."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from peerset.cli.database import Database
from peerset.cli.exits import ExitCode
from peerset.cli.node_rooms import Writer
from peerset.cli.nodekeeping import Nodekeeper
from peerset.cli.options import RoomOptions
from peerset.core.signal import RoomName
from peerset.errors import ConfigError, StoreError
from peerset.node.control import ask as order
from peerset.stores.postgres import leases
from tests.patience import PATIENT_SECONDS
from tests.stores.postgres.server import ask

pytestmark = [
    pytest.mark.real_time,
    pytest.mark.skipif(sys.platform == "win32", reason="there are no sockets in folders"),
]
ROOMS = ["a", "b", "c", "d"]
NOWHERE = ("--signaling", "ws://127.0.0.1:9")

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start peerset in a process of its own; what is left of it is killed with the test."""
    settings = {name: text for name, text in os.environ.items() if not name.startswith("PEERSET_")}
    settings |= {"XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    started: list[subprocess.Popen[str]] = []

    def run(*words: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "peerset", *words, *NOWHERE]
        started.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=settings))
        return started[-1]

    yield run
    for process in started:
        with process:
            process.kill()


async def rows_of(folder: Path) -> list[dict[str, Any]]:
    """Give the rooms that the node of *folder* has open; nothing while it does not listen."""
    try:
        rows = await order(folder, {"verb": "list"})
    except ConfigError:
        return []
    return [row for row in rows if row["state"] == "open"]


async def until_each_is_kept_once(*folders: Path) -> list[list[dict[str, Any]]]:
    """Wait until each room is open at one of the nodes of *folders*."""
    async with asyncio.timeout(PATIENT_SECONDS):
        while True:
            found = [await rows_of(folder) for folder in folders]
            if sorted(row["room"] for rows in found for row in rows) == ROOMS:
                return found
            await asyncio.sleep(0.2)


async def test_what_a_killed_node_kept_another_keeps_with_all_that_was_saved(
    server: str, start: Start, tmp_path: Path
) -> None:
    database = f"{server}&schema=cluster"
    store = f"{server}&schema={Database(database, 'x').schema(RoomName('peerset', 'a'))}"
    writing = start("publish", "a", "hello", "--store", store, "--wait", "0")
    assert await asyncio.to_thread(writing.wait) == 0

    folders = [tmp_path / "one", tmp_path / "two"]
    rooms = [word for room in ROOMS[:3] for word in ("--room", room)]
    nodes = [start("node", "--data", str(folder), "--database", database, *rooms) for folder in folders]
    # One is added to the first node, and so to both.
    async with asyncio.timeout(PATIENT_SECONDS):
        while not await rows_of(folders[0]):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.2)
    await order(folders[0], {"verb": "add", "room": ROOMS[3], "options": {}})
    found = await until_each_is_kept_once(*folders)
    [has_it] = [number for number, rows in enumerate(found) if any(row["room"] == "a" for row in rows)]
    nodes[has_it].kill()
    [kept] = await until_each_is_kept_once(folders[1 - has_it])
    assert [row["records"] for row in kept if row["room"] == "a"] == [1]

    nodes[1 - has_it].send_signal(signal.SIGTERM)
    _, said = await asyncio.to_thread(nodes[1 - has_it].communicate)
    assert (nodes[1 - has_it].returncode, "Traceback" in said) == (ExitCode.TERMINATED, False)


async def test_a_node_that_ends_in_order_leaves_nothing_that_others_would_wait_for(server: str) -> None:
    for name in ("first", "second"):
        async with Database(f"{server}&schema=orderly", name).leases() as leases:
            assert (await leases.take_turn(ROOMS)).kept == set(ROOMS)
    assert ask(server, "SELECT count(*) FROM orderly_fleet.member") == [(0,)]


async def test_rooms_that_are_added_to_one_node_all_have_until_any_removes_them(
    server: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    names = ("first", "second")
    databases = [Database(f"{server}&schema=adding", name) for name in names]
    base = RoomOptions(signaling=[NOWHERE[1]])
    async with databases[0].leases() as first_leases, databases[1].leases() as second_leases:
        first, second = (
            Nodekeeper(Writer(base, tmp_path / name, each), [], None)
            for name, each in zip(names, databases, strict=True)
        )
        first.leases, second.leases = first_leases, second_leases
        (tmp_path / "first").mkdir()
        said = {"retention": "30d"}
        assert await first.obey({"verb": "add", "room": "lobby", "options": said}) == {
            "app": "peerset",
            "room": "lobby",
        }
        # What has a store of its own is this node's alone.
        await first.obey({"verb": "add", "room": "own", "options": {"store": "memory:"}})
        ask(server, "INSERT INTO adding_fleet.added VALUES ('x', '[7'), ('y', '[\"lobby\", {\"dance\": 1}]')")
        turn = await second_leases.take_turn(second.wished)
        assert turn.kept == frozenset()
        await second.lease(turn)
        assert second.wished == first.wished == {databases[0].schema(RoomName("peerset", "lobby"))}
        assert ["nothing of a node's" in caplog.text, "'dance' cannot be set" in caplog.text] == [True, True]
        with pytest.raises(ConfigError, match="kept already"):
            await second.obey({"verb": "add", "room": "lobby", "options": {}})
        await second.lease(await second_leases.take_turn(second.wished))
        assert [each.name.room for each in second.keeper.standings] == ["lobby"]
        gone = await second.obey({"verb": "remove", "room": "lobby", "options": {}})
        assert gone == {"app": "peerset", "room": "lobby", "returns": False}
        await first.lease(await first_leases.take_turn(first.wished))
        assert first.wished == second.wished == set()
        await second.keeper.aclose()
        await first.keeper.aclose()


async def test_only_so_many_rooms_are_added_to_all_nodes(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "ADDED_MAX", 1)
    async with Database(f"{server}&schema=crowded", "first").leases() as alone:
        await alone.add("a", "words")
        await alone.add("a", "other words")
        with pytest.raises(StoreError, match="1 rooms were added to the nodes of this database"):
            await alone.add("b", "words")
        await alone.remove("a")
        await alone.add("b", "words")
        assert (await alone.take_turn(())).added == ("words",)
