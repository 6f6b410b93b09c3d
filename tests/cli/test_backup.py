"""``peerset backup``, and ``restore`` of what it wrote."""

import asyncio
import json
import os
import pty
import sys
from pathlib import Path
from typing import Any

import pytest

from peerset.cli.exits import ExitCode
from peerset.keyfiles import create_key, key_directory
from peerset.node.control import listening
from tests.cli.test_archive import fill, record_of

pytestmark = pytest.mark.real_time


def test_a_node_is_backed_up_and_brought_back_with_its_key_and_settings(shell: Any, home: Path) -> None:
    create_key()
    key = (key_directory() / "default.key").read_text()
    fill(shell, home, record_of(1), record_of(2))
    (home / "config" / "peerset").mkdir(parents=True)
    (home / "config" / "peerset" / "config.toml").write_text('app = "peerset"\n')
    (home / "rooms.toml").write_text('[[rooms]]\nroom = "lobby"\n')
    made = shell("backup", "b.tar", "--also", "rooms.toml")
    assert (made.code, made.out.partition(";")[0]) == (0, "1 rooms with 2 records, 1 keys")
    assert "it holds secret keys in plain (default): keep it from others, or use --encrypt or --no-keys" in made.err
    assert shell("backup", "b.tar").code == ExitCode.USAGE
    assert shell("backup", "b.tar", "--force", "--also", "rooms.toml").code == 0
    assert shell("backup", "b.tar", "--check").out == made.out

    (home / "data").rename(home / "lost")
    back = shell("restore", "b.tar", "--json")
    row = json.loads(back.out)
    folder = home / "data" / "peerset"
    assert (row["records"], row["keys"], row["folder"], row["replaced"]) == (2, 1, str(folder), None)
    assert len(row["rooms"]) == 1
    assert (key_directory() / "default.key").read_text() == key
    assert (folder / "config" / "rooms.toml").read_text() == '[[rooms]]\nroom = "lobby"\n'
    assert f"settings that had lain elsewhere: {folder}/config/config.toml" in back.err
    assert len(shell("export", "lobby").out.splitlines()) == 2


def test_a_sealed_one_wants_its_passphrase(shell: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create_key()
    ended = shell("backup", "b", "--encrypt")
    assert (ended.code, ended.err) == (
        ExitCode.USAGE,
        "peerset: passphrase of the backup needed: set PEERSET_BACKUP_PASSPHRASE, or run this on a terminal\n",
    )
    (home / "passphrase").write_text("correct horse\n")
    ended = shell("backup", "b", "--passphrase-file", "passphrase")
    assert (ended.code, ended.err) == (0, "")
    assert b"nsec" not in (home / "b").read_bytes()
    monkeypatch.setenv("PEERSET_BACKUP_PASSPHRASE", "wrong")
    ended = shell("restore", "b", "--data", "new")
    assert ended.code == ExitCode.USAGE
    assert "the passphrase is another one" in ended.err
    assert "wrong" not in ended.err
    monkeypatch.setenv("PEERSET_BACKUP_PASSPHRASE", "correct horse")
    ended = shell("restore", "b", "--data", "new")
    assert ended.code == 0
    assert "its keys are in new/keys: --key new/keys/NAME.key" in ended.err


def test_a_passphrase_is_typed_twice_on_a_terminal(shell: Any, start: Any, home: Path) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "wb", buffering=0) as keys:
        child = start("backup", "b", "--encrypt", terminal=theirs)
        os.close(theirs)
        said = b""
        for _ in range(2):
            # The space comes once the terminal hides what is typed, and has dropped what was typed before.
            while not said.endswith(b": "):
                said += os.read(ours, 1_000)
            said = b""
            keys.write(b"correct horse\n")
        assert child.wait() == 0
    (home / "passphrase").write_text("correct horse")
    assert shell("backup", "b", "--check", "--passphrase-file", "passphrase").code == 0


def test_one_room_is_backed_up_without_keys(shell: Any, home: Path) -> None:
    create_key()
    fill(shell, home, record_of(1), store="sqlite:own.db")
    assert shell("backup", "b.tar", "lobby", "--store", "sqlite:own.db").err == ""
    assert shell("restore", "b.tar").code == 0
    assert len(shell("export", "lobby").out.splitlines()) == 1
    ended = shell("restore", "b.tar")
    assert ended.code == ExitCode.USAGE
    assert "already; --force puts what is there aside, and restores" in ended.err
    ended = shell("restore", "b.tar", "--force")
    assert (ended.code, "what was there is in" in ended.err) == (0, True)


def test_keys_are_left_out_when_that_is_asked(shell: Any, home: Path) -> None:
    create_key()
    row = json.loads(shell("backup", "b.tar", "--no-keys", "--json").out)
    assert (row["keys"], row["files"]) == (0, 0)
    # Of a folder elsewhere the user's keys belong to it, and its own where it has some.
    (home / "node").mkdir()
    assert json.loads(shell("backup", "c.tar", "--data", "node", "--json").out)["keys"] == 1
    (home / "node" / "up").symlink_to(home / "node")
    ended = shell("backup", "d.tar", "--data", "node", "--json")
    assert (ended.code, "left out: node/up (a link to a folder above it)" in ended.err) == (ExitCode.FAILED, True)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("backup", "b.tar"), ExitCode.MISSING),
        (("backup", "nowhere/b.tar"), ExitCode.USAGE),
        (("backup", "b.tar", "--store", "sqlite:a.db"), ExitCode.USAGE),
        (("backup", "b.tar", "lobby"), ExitCode.MISSING),
        (("backup", "b.tar", "lobby", "--store", "memory:"), ExitCode.USAGE),
        (("backup", "b.tar", "lobby", "--no-keys"), ExitCode.USAGE),
        (("backup", "b.tar", "--check"), ExitCode.MISSING),
        (("backup", "b.tar", "--check", "--force"), ExitCode.USAGE),
        (("backup", "here.txt", "--check"), ExitCode.REFUSED),
        (("backup", "b.tar", "--data", ".", "--also", "none.toml"), ExitCode.MISSING),
        (("backup", "b.tar", "--data", ".", "--also", "here.txt", "--also", "./a/here.txt"), ExitCode.USAGE),
        (("restore", "here.txt"), ExitCode.USAGE),
        (("restore", "good.tar", "lobby"), ExitCode.USAGE),
        (("restore", "."), ExitCode.USAGE),
        (("restore", "none.tar"), ExitCode.MISSING),
    ],
)
def test_what_makes_no_sense_is_said(shell: Any, home: Path, arguments: tuple[str, ...], code: ExitCode) -> None:
    (home / "here.txt").write_text("here")
    (home / "a").mkdir()
    (home / "a" / "here.txt").write_text("there")
    (home / "empty").mkdir()
    assert shell("backup", "good.tar", "--data", "empty").code == 0
    ended = shell(*arguments)
    assert (ended.code, ended.err.startswith("peerset: "), ended.err.count("\n")) == (code, True, 1)
    assert not (home / "b.tar").exists()


async def test_the_folder_of_a_running_node_is_not_restored(shell: Any, home: Path) -> None:
    (home / "n").mkdir()
    assert shell("backup", "b.tar", "--data", "n").code == 0

    async def obey(_: object) -> object:
        return []

    async with listening(home / "n", obey):
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "peerset", "restore", "b.tar", "--data", "n"), stderr=asyncio.subprocess.PIPE
        )
        _, told = await child.communicate()
    assert (child.returncode, told.decode()) == (ExitCode.USAGE, "peerset: a node runs with 'n': stop it first\n")
    assert shell("restore", "b.tar", "--data", "n").code == 0
