"""Backups are made whole, or not at all."""

import os
import random
import resource
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from peerset.backup.making import files_below, make, store_and_files
from peerset.backup.manifest import Manifest
from peerset.backup.restoring import check
from peerset.errors import ConfigError, StoreError
from tests.backup import making_child

pytestmark = pytest.mark.real_time

RNG = random.Random(1)


def untold(_: int) -> None:
    """Nobody wants to know."""


def make_of(folder: Path, target: Path, passphrase: str | None = None) -> Manifest:
    items = files_below(folder, left_out=[])
    return make(target, items, passphrase=passphrase, now=5, rng=RNG, tell=untold)


def test_it_holds_all_that_the_node_has_and_any_tar_lists_it(node: Path, tmp_path: Path) -> None:
    told: list[int] = []
    items = files_below(node, left_out=[])
    made = make(tmp_path / "b.tar", items, passphrase=None, now=5, rng=RNG, tell=told.append)
    assert (made.made_at, made.records, made.keys) == (5, 41, ["keys/default.key"])
    assert sum(told) == sum(each.size for each in made.files)
    assert sorted(each.name for each in made.stores) == ["rooms/hall.db", "rooms/lobby.db"]
    with tarfile.open(tmp_path / "b.tar") as tar:
        names = tar.getnames()
    assert names == ["peerset-backup.json", *(each.name for each in made.files), "manifest.json"]
    assert [each.name.endswith(".tree") for each in made.files].index(False) == 1
    assert check(tmp_path / "b.tar", ask=str, tell=untold) == made
    assert (tmp_path / "b.tar").stat().st_mode & 0o077 == 0
    assert {each.name for each in tmp_path.iterdir()} == {"b.tar", "node"}


def test_nothing_of_a_sealed_one_can_be_read(node: Path, tmp_path: Path) -> None:
    made = make_of(node, tmp_path / "b", "correct horse")
    data = (tmp_path / "b").read_bytes()
    assert not any(secret in data for secret in (b"nsec", b"SQLite", b"rooms/", b"manifest", b"x" * 20))
    assert check(tmp_path / "b", ask=lambda: "correct horse", tell=untold) == made


def test_what_lies_in_the_folder_but_is_no_part_of_it_is_left_out(node: Path, tmp_path: Path) -> None:
    (node / "rooms" / "lobby.db-wal").touch()
    (node / "rooms" / "gone.db-shm").touch()
    (node / ".restoring").mkdir()
    (node / ".restoring" / "a").touch()
    (node / "replaced" / "1").mkdir(parents=True)
    (node / "replaced" / "1" / "a").touch()
    (node / "rooms" / "lobby.blobs" / "new-1").touch()
    os.mkfifo(node / "node.sock")
    (node / "rooms" / "nothing").symlink_to(tmp_path / "nowhere")
    (node / "rooms" / "up").symlink_to(node)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.txt").write_text("a")
    (node / "linked").symlink_to(tmp_path / "elsewhere")
    left_out: list[str] = []
    names = [each.name for each in files_below(node, left_out=left_out)]
    assert [name for name in names if ".blobs/" not in name] == [
        "added-rooms.json",
        "keys/default.key",
        "linked/a.txt",
        "rooms/hall.db",
        "rooms/lobby.db",
    ]
    assert len(names) == 7
    assert [each.removeprefix(str(node)) for each in left_out] == [
        "/rooms/nothing (No such file or directory)",
        "/rooms/up (a link to a folder above it)",
    ]
    with pytest.raises(ConfigError, match=r"nowhere cannot be read"):
        files_below(tmp_path / "nowhere", left_out=[])


def test_one_store_is_taken_with_the_files_of_its_room(node: Path) -> None:
    items = store_and_files(node / "rooms" / "lobby.db", "rooms/other.db", left_out=[])
    assert [each.name.partition("/")[2][:6] for each in items] == ["other."] * 3
    assert items[-1].path == node / "rooms" / "lobby.db"
    assert len(store_and_files(node / "rooms" / "hall.db", "rooms/h.db", left_out=[])) == 1


def test_a_full_disk_leaves_the_former_backup(node: Path, tmp_path: Path) -> None:
    target = tmp_path / "b.tar"
    make_of(node, target)
    former, limits = target.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    store = (node / "rooms" / "hall.db").stat().st_size
    # Full at 99 %, and in the middle of a copy.
    for most in (len(former) * 99 // 100, store // 2):
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, limits[1]))
        try:
            with pytest.raises(StoreError, match=r"cannot (write|copy)"):
                make_of(node, target)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert target.read_bytes() == former
        assert {each.name for each in tmp_path.iterdir()} == {"b.tar", "node"}


def test_one_that_was_killed_leaves_the_former_backup_and_the_next_clears_up(node: Path, tmp_path: Path) -> None:
    target = tmp_path / "b.tar"
    target.write_text("the former one")
    command = [sys.executable, str(Path(making_child.__file__)), "make", str(target), str(node), "300000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"half\n"
        with pytest.raises(ConfigError, match="another process is at work"):
            make_of(node, target)
        child.kill()
    assert target.read_text() == "the former one"
    make_of(node, target)
    assert {each.name for each in tmp_path.iterdir()} == {"b.tar", "node"}
    check(target, ask=str, tell=untold)


def test_a_file_that_goes_meanwhile_is_no_part_of_it(node: Path, tmp_path: Path) -> None:
    items = files_below(node, left_out=[])
    (node / "keys" / "default.key").unlink()
    (node / "rooms" / "hall.db").unlink()
    made = make(tmp_path / "b.tar", items, passphrase=None, now=5, rng=RNG, tell=untold)
    assert (made.keys, made.records) == ([], 20)
