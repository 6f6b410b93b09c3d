"""``peerset node``: a process that keeps rooms, and the verbs that speak to it."""

import asyncio
import json
import signal
import socket
import sys
import threading
import time
import urllib.request
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from peerset.cli.exits import ExitCode
from peerset.errors import ConfigError
from peerset.node.control import ask
from tests.node.test_metrics import figure, figures

pytestmark = [
    pytest.mark.real_time,
    pytest.mark.skipif(sys.platform == "win32", reason="there are no sockets in folders"),
]
PATIENT_SECONDS = 150


def until_kept(shell: Any, *rooms: str) -> list[dict[str, Any]]:
    """Wait until the node keeps these rooms alone, and all are open."""
    deadline = time.monotonic() + PATIENT_SECONDS
    while time.monotonic() < deadline:
        ended = shell("node", "list", "--json", "--data", "n")
        rows = [json.loads(line) for line in ended.out.splitlines()]
        if {row["room"] for row in rows if row["state"] == "open"} == {row["room"] for row in rows} == set(rooms):
            return rows
        time.sleep(0.1)
    raise AssertionError(rows)


def test_it_keeps_what_others_wrote_for_those_who_come_later(home: Path, shell: Any, start: Any, tracker: str) -> None:
    meeting = ["--signaling", tracker]
    (home / "rooms.toml").write_text('[[rooms]]\nroom = "lobby"\n[[rooms]]\nroom = "late"\ncolour = 3\n', "utf-8")
    arguments = ["node", "--data", "n", "--rooms-file", "rooms.toml", "--room", "hall", *meeting]
    node = start(*arguments, "--metrics-port", "0", "--http-port", "0")
    told = list(iter(node.stderr.readline, "keeping 2 rooms in n, until Ctrl-C\n"))
    [place] = [line.split()[-1] for line in told if line.startswith("figures at")]
    [face] = [line.split()[-1] for line in told if line.startswith("HTTP at")]
    until_kept(shell, "lobby", "hall")
    second = shell(*arguments, "--seconds", "0")
    assert (second.code, second.err.splitlines()[-1]) == (ExitCode.USAGE, "peerset: a node runs with n already")

    # Whoever writes leaves; the node has it, and gives it to who comes then.
    assert shell("publish", "lobby", "hello", "--store", "memory:", "--wait", "100", *meeting).code == 0
    assert until_kept(shell, "lobby", "hall")[0]["records"] == 1
    reading = start("watch", "lobby", "--store", "memory:", "--json", *meeting)
    assert json.loads(reading.stdout.readline())["content"] == "hello"

    # Who watches the node sees all that.
    urllib.request.urlopen(face, timeout=PATIENT_SECONDS).close()
    told_figures = figures(urllib.request.urlopen(place, timeout=PATIENT_SECONDS).read().decode())
    assert figure(told_figures, "peerset_room_sessions_total", app="peerset", room="lobby") >= 2
    assert figure(told_figures, "peerset_room_records_added_total", app="peerset", room="lobby") == 1
    assert figure(told_figures, "peerset_room_message_bytes_total", app="peerset", room="lobby", direction="in") > 100
    assert figure(told_figures, "peerset_face_requests_total", face="http", code="200") == 1

    added = shell("node", "add", "garden", "--retention", "30d", "--data", "n")
    assert (added.code, added.out) == (0, "peerset/garden\n")
    assert shell("node", "add", "garden", "--data", "n").code == ExitCode.USAGE
    (home / "rooms.toml").write_text('[[rooms]]\nroom = "late"\n', "utf-8")
    node.send_signal(signal.SIGHUP)
    until_kept(shell, "late", "hall", "garden")
    removed = shell("node", "remove", "hall", "--data", "n")
    assert (removed.code, removed.out) == (0, "peerset/hall\n")
    assert "it returns" in removed.err

    node.terminate()
    _, said = node.communicate(timeout=PATIENT_SECONDS)
    assert node.returncode == ExitCode.TERMINATED
    assert "rooms.toml, the room at line 3: 'colour' cannot be set" in "".join(told) + said
    assert "Traceback" not in said
    gone = shell("node", "list", "--data", "n")
    assert (gone.code, gone.err) == (ExitCode.USAGE, "peerset: no node runs with n: start it by peerset node\n")

    start("node", "--data", "n", *meeting)
    until_kept(shell, "garden")


def test_a_service_manager_hears_how_it_stands_with_a_node(home: Path, start: Any) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(home / "notify"))
        manager.settimeout(PATIENT_SECONDS)
        said = {"NOTIFY_SOCKET": str(home / "notify"), "WATCHDOG_USEC": "60000000"}
        node = start("node", "--data", "n", **said)
        assert {manager.recv(100), manager.recv(100)} == {b"WATCHDOG=1", b"READY=1"}
        node.send_signal(signal.SIGHUP)
        assert manager.recv(100).startswith(b"RELOADING=1\n")
        assert manager.recv(100) == b"READY=1"
        node.terminate()
        assert manager.recv(100) == b"STOPPING=1"


def test_a_killed_node_leaves_nothing_in_the_way_of_the_next(home: Path, shell: Any, start: Any) -> None:
    arguments = ["node", "--data", "n", "--room", "lobby", "--signaling", "ws://127.0.0.1:9"]
    node = start(*arguments)
    until_kept(shell, "lobby")
    node.kill()
    node.wait()
    # As when it is killed in the middle of writing.
    for folder in (home / "n", home / "n/rooms"):
        (folder / f".of-a-file.{node.pid}-0.part").write_bytes(b"half")
    start(*arguments)
    until_kept(shell, "lobby")
    assert not list((home / "n").rglob("*.part"))


def test_each_room_of_which_it_was_said_that_it_is_kept_outlives_a_kill(home: Path, shell: Any, start: Any) -> None:
    arguments = ["node", "--data", "n", "--signaling", "ws://127.0.0.1:9"]
    node = start(*arguments)
    assert node.stderr.readline().startswith("keeping 0 rooms")
    answered, enough = list[str](), threading.Event()

    async def add_until_it_is_gone() -> None:
        for number in count():
            answered.append((await ask(home / "n", {"verb": "add", "room": f"room {number}", "options": {}}))["room"])
            if number == 5:
                enough.set()

    def adding() -> None:
        with pytest.raises(ConfigError, match="no node runs"):
            asyncio.run(add_until_it_is_gone())

    thread = threading.Thread(target=adding)
    thread.start()
    assert enough.wait(PATIENT_SECONDS)
    # At whatever it is doing.
    node.kill()
    thread.join()
    node.wait()
    again = start(*arguments)
    while not again.stderr.readline().startswith("keeping"):
        pass
    kept = [json.loads(line)["room"] for line in shell("node", "list", "--json", "--data", "n").out.splitlines()]
    # The one that was on its way may be kept, or not.
    assert kept[: len(answered)] == answered
    assert len(kept) <= len(answered) + 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--rooms-file", "nowhere.toml"], "nowhere.toml cannot be read"),
        (["--room", ""], "empty"),
        (["--data", "x" * 120], "too long a path"),
        (["--metrics-port", "0", "--metrics-host", "0.0.0.0"], "name a token"),
        (["--metrics-port", "0", "--metrics-token", "empty"], "empty has no token in it"),
    ],
)
def test_what_makes_no_sense_is_said_before_anybody_is_met(
    home: Path, shell: Any, arguments: list[str], says: str
) -> None:
    (home / "empty").touch()
    ended = shell("node", "--data", "n", "--signaling", "ws://127.0.0.1:9", "--seconds", "0", *arguments)
    assert ended.code == ExitCode.USAGE
    assert says in ended.err


def test_without_rooms_it_waits_for_orders(shell: Any) -> None:
    ended = shell("node", "--data", "n", "--seconds", "0")
    assert (ended.code, ended.err) == (0, "keeping 0 rooms in n, until Ctrl-C\n")


def test_it_says_where_its_figures_are(home: Path, shell: Any) -> None:
    (home / "token").write_text("only for the scraper\n", "utf-8")
    ended = shell("node", "--data", "n", "--seconds", "0", "--metrics-port", "0", "--metrics-token", "token")
    assert ended.code == 0
    assert ended.err.startswith("figures at http://127.0.0.1:")


def test_each_line_of_a_log_for_programs_is_an_object_and_names_no_secret(home: Path, shell: Any) -> None:
    (home / "rooms.toml").write_text('[[rooms]]\nroom = "lobby"\n[[rooms]]\nroom = "late"\ncolour = 3\n', "utf-8")
    place = "ws://127.0.0.1:9/?token=secret"
    options = ["--data", "n", "--seconds", "0", "--rooms-file", "rooms.toml", "--signaling", place]
    ended = shell("--log", "json", "--verbose", "node", *options)
    lines = [json.loads(line) for line in ended.err.splitlines()]
    assert {"time", "level", "logger", "message"} == set.intersection(*(set(line) for line in lines))
    told = {(line["level"], line["message"]) for line in lines}
    assert ("INFO", "keeping 1 rooms in n, until Ctrl-C") in told
    assert (
        "ERROR",
        "rooms.toml, the room at line 3: 'colour' cannot be set for a room of a node: peerset join --help "
        "says what can",
    ) in told
    assert "secret" not in ended.err
    refused = shell("--log", "json", "node", "list", "--data", "n")
    [line] = map(json.loads, refused.err.splitlines())
    assert (line["level"], line["message"][:21]) == ("ERROR", "peerset: no node runs")


def test_it_prints_a_dashboard(shell: Any) -> None:
    assert json.loads(shell("node", "dashboard").out)["title"] == "peerset node"
