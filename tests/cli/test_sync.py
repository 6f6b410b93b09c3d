"""``peerset sync``, by processes that are joined in every way there is."""

import asyncio
import json
import os
import shlex
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import IO, Any

import pytest

from peerset.cli.exits import ExitCode
from peerset.cli.porch import STRANGERS_MAX
from peerset.core.signal import RoomName
from peerset.room.joining import join
from tests.patience import PATIENT_SECONDS

pytestmark = pytest.mark.real_time

SYNC = [sys.executable, "-m", "peerset", "sync", "lobby"]


def fill(store: Path, *texts: str) -> None:
    """Write records into *store*."""

    async def write() -> None:
        async with join("lobby", store=store, signaling=[]) as room:
            for text in texts:
                await room.publish(text)

    asyncio.run(write())


def texts_in(store: Path, **settings: Any) -> list[str]:
    async def read() -> list[str]:
        async with join("lobby", store=store, signaling=[], **settings) as room:
            return sorted(record.content for record in await room.records())

    return asyncio.run(read())


def count_in(store: Path) -> int:
    """Give how many records *store* holds, without joining the room."""
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as db:
        return int(db.execute("SELECT count(*) FROM record").fetchone()[0])


def sync(store: str, *arguments: str) -> list[str]:
    return [*SYNC, "--store", f"sqlite:{store}", *arguments]


def start(command: list[str], **streams: Any) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(command, stderr=subprocess.PIPE, **streams)


def end(process: "subprocess.Popen[bytes]") -> tuple[int, str]:
    _, said = process.communicate(timeout=PATIENT_SECONDS)
    return process.returncode, said.decode()


@pytest.fixture
def stores(home: Path) -> tuple[Path, Path]:
    """Two stores of one room that hold other records."""
    stores = home / "a.db", home / "b.db"
    fill(stores[0], "one", "two", "three")
    fill(stores[1], "four", "five")
    return stores


ALL = ["five", "four", "one", "three", "two"]


def test_two_processes_that_are_joined_by_pipes_hold_the_same(stores: tuple[Path, Path]) -> None:
    one_in, two_out = os.pipe()
    two_in, one_out = os.pipe()
    one, two = start(sync("a.db"), stdin=one_in, stdout=one_out), start(sync("b.db"), stdin=two_in, stdout=two_out)
    for descriptor in (one_in, one_out, two_in, two_out):
        os.close(descriptor)
    (code, said), (other_code, other_said) = end(one), end(two)
    assert (code, other_code) == (0, 0)
    assert said.startswith("2 records received, 3 sent")
    assert other_said.startswith("3 records received, 2 sent")
    assert "both hold the same" in said
    assert texts_in(stores[0]) == texts_in(stores[1]) == ALL


def test_two_processes_may_share_one_socket_each(stores: tuple[Path, Path]) -> None:
    ends = socket.socketpair()
    processes = [start(sync(name), stdin=each, stdout=each) for name, each in zip(("a.db", "b.db"), ends, strict=True)]
    for each in ends:
        each.close()
    assert [end(process)[0] for process in processes] == [0, 0]
    assert texts_in(stores[0]) == texts_in(stores[1]) == ALL


def test_a_command_is_run_as_ssh_would_be(shell: Any, stores: tuple[Path, Path]) -> None:
    command = f"sh -c 'exec {shlex.join(sync('b.db'))}'"
    ended = shell("sync", "lobby", "--store", "sqlite:a.db", "--with", command, "--json")
    assert ended.code == 0
    row = json.loads(ended.out)
    assert (row["received"], row["sent"], row["is_equal"], row["has_other_rules"]) == (2, 3, True, False)
    assert texts_in(stores[1]) == ALL


DUPSH = """
import subprocess, sys
one = subprocess.Popen(sys.argv[1], shell=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
two = subprocess.Popen(sys.argv[2], shell=True, stdin=one.stdout, stdout=one.stdin)
one.stdin.close(), one.stdout.close()
sys.exit(one.wait() + two.wait())
"""


def test_two_commands_are_joined_as_dupsh_joins_them(stores: tuple[Path, Path]) -> None:
    commands = [shlex.join(sync(name)) for name in ("a.db", "b.db")]
    joined = subprocess.run(
        [sys.executable, "-c", DUPSH, *commands], capture_output=True, timeout=PATIENT_SECONDS, check=False
    )
    assert (joined.returncode, joined.stdout) == (0, b"")
    assert texts_in(stores[0]) == texts_in(stores[1]) == ALL


NC = """
import os, socket, sys, threading
far = socket.create_connection((sys.argv[1], int(sys.argv[2])))
def send():
    while data := os.read(0, 65536): far.sendall(data)
    far.shutdown(socket.SHUT_WR)
threading.Thread(target=send, daemon=True).start()
while data := far.recv(65536): os.write(1, data)
"""


def listening(process: "subprocess.Popen[bytes]") -> tuple[str, str]:
    """Wait until *process* listens; give host and port."""
    assert process.stderr is not None
    words = process.stderr.readline().decode().split()
    assert words[:2] == ["listening", "on"]
    host, _, port = words[2].rpartition(":")
    return host, port


def test_whoever_listens_is_reached_by_nc_and_by_connecting(shell: Any, stores: tuple[Path, Path], home: Path) -> None:
    listener = start(sync("b.db", "--listen", "0"), stdout=subprocess.PIPE)
    host, port = listening(listener)
    assert host == "127.0.0.1"
    nc = shlex.join([sys.executable, "-c", NC, host, port])
    assert shell("sync", "lobby", "--store", "sqlite:a.db", "--with", nc).code == 0
    assert texts_in(stores[0]) == ALL
    ended = shell("sync", "lobby", "--store", "sqlite:c.db", "--connect", f"{host}:{port}")
    assert ended.code == 0
    assert ended.out.startswith("5 records received, 0 sent")
    assert texts_in(home / "c.db") == ALL
    assert listener.stdout is not None
    for _ in range(2):
        assert b"both hold the same" in listener.stdout.readline()
    listener.terminate()
    assert listener.wait(PATIENT_SECONDS) == ExitCode.TERMINATED
    rest, _ = map(read_all, (listener.stdout, listener.stderr))
    assert rest == ""


def read_all(stream: IO[bytes] | None) -> str:
    assert stream is not None
    with stream:
        return stream.read().decode()


def test_a_stranger_costs_a_listener_a_line(shell: Any, stores: tuple[Path, Path]) -> None:
    listener = start(sync("b.db", "--listen", "127.0.0.1:0"), stdout=subprocess.PIPE)
    host, port = listening(listener)
    with socket.create_connection((host, int(port))) as stranger:
        stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
    assert listener.stderr is not None
    assert "does not speak peerset: it begins with b'GET / HTTP" in listener.stderr.readline().decode()
    assert shell("sync", "lobby", "--store", "sqlite:a.db", "--connect", f"{host}:{port}").code == 0
    listener.terminate()
    listener.communicate(timeout=PATIENT_SECONDS)


def test_strangers_that_say_nothing_keep_nobody_out(shell: Any, stores: tuple[Path, Path]) -> None:
    listener = start(sync("b.db", "--listen", "0"), stdout=subprocess.PIPE)
    host, port = listening(listener)
    silent = [socket.create_connection((host, int(port))) for _ in range(2 * STRANGERS_MAX)]
    assert shell("sync", "lobby", "--store", "sqlite:a.db", "--connect", f"{host}:{port}").code == 0
    assert texts_in(stores[0]) == ALL
    for each in silent:
        each.close()
    listener.terminate()
    listener.communicate(timeout=PATIENT_SECONDS)


def test_a_listener_may_take_one_connection_and_end_as_it_does(shell: Any, stores: tuple[Path, Path]) -> None:
    listener = start(sync("b.db", "--listen", "0", "--once", "--json"), stdout=subprocess.PIPE)
    host, port = listening(listener)
    assert shell("sync", "lobby", "--store", "sqlite:a.db", "--connect", f"{host}:{port}").code == 0
    out, _ = listener.communicate(timeout=PATIENT_SECONDS)
    assert listener.returncode == 0
    assert json.loads(out)["received"] == 3
    listener = start(sync("b.db", "--listen", "0", "--once"), stdout=subprocess.PIPE)
    with socket.create_connection(("127.0.0.1", int(listening(listener)[1]))):
        pass
    code, said = end(listener)
    assert (code, "said no word" in said) == (ExitCode.NETWORK, True)


def test_whoever_stays_passes_on_what_comes(stores: tuple[Path, Path]) -> None:
    hub = start(sync("b.db", "--listen", "0", "--live"), stdout=subprocess.PIPE)
    host, port = listening(hub)
    staying = start(sync("a.db", "--connect", f"{host}:{port}", "--live"), stdout=subprocess.PIPE)
    # Of the other one too: what it takes in while the third compares may come too late for that.
    wait_until(lambda: [count_in(each) for each in stores] == [len(ALL)] * 2)
    passing = start(sync("c.db", "--connect", f"{host}:{port}"), stdout=subprocess.PIPE)
    assert end(passing)[0] == 0
    for process in (staying, hub):
        process.terminate()
        process.communicate(timeout=PATIENT_SECONDS)
    assert texts_in(stores[0]) == ALL
    assert staying.returncode == ExitCode.TERMINATED


def wait_until(is_so: Callable[[], bool]) -> None:
    """Ask again and again; the test's own time limit ends it."""
    pause = threading.Event()
    while not is_so():
        pause.wait(0.2)


def test_a_stick_carries_what_is_new(shell: Any, stores: tuple[Path, Path]) -> None:
    assert shell("export", "lobby", "stick.jsonl", "--store", "sqlite:a.db", "--since", "1h").code == 0
    assert shell("import", "lobby", "stick.jsonl", "--store", "sqlite:b.db").code == 0
    assert texts_in(stores[1]) == ALL


def test_rooms_of_other_rules_end_with_a_code_of_their_own(shell: Any, stores: tuple[Path, Path], home: Path) -> None:
    fill(home / "c.db", "https://example.com/a")
    command = shlex.join(sync("b.db", "--policy", "links"))
    ended = shell("sync", "lobby", "--store", "sqlite:c.db", "--with", command)
    assert ended.code == ExitCode.REFUSED
    assert "the sets differ, as the rules do" in ended.out
    assert texts_in(home / "c.db") == ["five", "four", "https://example.com/a"]
    assert texts_in(stores[1], policies=["links"]) == ["five", "four"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), ExitCode.USAGE, "sync speaks over it"),
        (("--with", "cat", "--connect", "127.0.0.1:1"), ExitCode.USAGE, "three ways"),
        (("--once",), ExitCode.USAGE, "--once is said with --listen"),
        (("--with", "no-such-program"), ExitCode.USAGE, "cannot run no-such-program"),
        (("--with", "'"), ExitCode.USAGE, "No closing quotation"),
        (("--with", " "), ExitCode.USAGE, "the command is empty"),
        (("--with", "cat"), ExitCode.NETWORK, "our own hello came back"),
        (("--with", "sh -c 'exit 127'"), ExitCode.NETWORK, "the command ended with 127"),
        (("--with", "echo Welcome to box"), ExitCode.NETWORK, "it begins with b'Welcome to box"),
        (("--connect", "127.0.0.1:1"), ExitCode.NETWORK, "nobody can be reached at 127.0.0.1:1"),
        (("--connect", "5000"), ExitCode.USAGE, "an address is written HOST:PORT, not '5000'"),
        (("--listen", "here:http"), ExitCode.USAGE, "an address is written PORT or HOST:PORT, not 'here:http'"),
        (("--listen", "192.0.2.1:0"), ExitCode.USAGE, "cannot listen on 192.0.2.1:0"),
    ],
)
def test_what_cannot_be_ends_in_one_line_and_a_code(
    shell: Any, home: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    ended = shell("sync", "lobby", *arguments)
    assert (ended.code, ended.out) == (code, "")
    assert words in ended.err
    assert ended.err.count("\n") == 1


def test_the_room_is_the_one_of_the_application(shell: Any, stores: tuple[Path, Path]) -> None:
    command = shlex.join(sync("b.db"))
    ended = shell("sync", "lobby", "--app", "other", "--with", command)
    assert ended.code == ExitCode.NETWORK
    assert "another room" in ended.err
    assert RoomName("other", "lobby").tag != RoomName("peerset", "lobby").tag
