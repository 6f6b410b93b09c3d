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
from peerset.core.signal import RoomName
from peerset.errors import ConfigError
from peerset.node.control import ask as order
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
    rooms = [word for room in ROOMS for word in ("--room", room)]
    nodes = [start("node", "--data", str(folder), "--database", database, *rooms) for folder in folders]
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
