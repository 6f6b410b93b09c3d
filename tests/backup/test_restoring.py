"""Backups are brought back whole, or nothing is touched."""

import io
import random
import resource
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from peerset.backup.container import Packer
from peerset.backup.making import files_below, make
from peerset.backup.manifest import FIRST, LAST, Contents, Kept, Manifest, encode_first
from peerset.backup.restoring import check, is_backup, restore
from peerset.errors import ArchiveError, ConfigError, StoreError
from tests.backup import making_child
from tests.backup.nodes import all_of
from tests.stores.files import make_records, opened

pytestmark = pytest.mark.real_time

PASSPHRASE = "correct horse"


def untold(_: int) -> None:
    """Nobody wants to know."""


def backed_up(folder: Path, target: Path, passphrase: str | None = None) -> Path:
    items = files_below(folder, left_out=[])
    make(target, items, passphrase=passphrase, now=5, rng=random.Random(1), tell=untold)
    return target


def restored(backup: Path, folder: Path, *, force: bool = False, passphrase: str = PASSPHRASE) -> Path | None:
    return restore(backup, folder, force=force, ask=lambda: passphrase, tell=untold).replaced


def written(path: Path, files: dict[str, bytes], manifest: Manifest | None = None) -> Path:
    """Write a backup of these very files, and say of them what is said."""
    sink = io.BytesIO()
    packer = Packer(sink)
    packer.add(FIRST, len(encode_first()), [encode_first()])
    found = [Kept(name, len(data), packer.add(name, len(data), [data]).hex()) for name, data in files.items()]
    said = (manifest or Manifest(1, tuple(found))).encode()
    packer.add(LAST, len(said), [said])
    packer.end()
    path.write_bytes(sink.getvalue())
    return path


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
def test_a_folder_that_was_not_there_appears_as_it_was(node: Path, tmp_path: Path, passphrase: str | None) -> None:
    backup = backed_up(node, tmp_path / "b", passphrase)
    assert is_backup(backup)
    assert restored(backup, tmp_path / "new") is None
    was, now = all_of(node), all_of(tmp_path / "new")
    assert was.keys() == now.keys()
    assert all(now[name] == data for name, data in was.items() if not name.endswith(".db"))
    assert {each.name for each in tmp_path.iterdir()} == {"b", "new", "node"}
    for path in (tmp_path / "new").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0


async def test_a_restored_room_opens_with_all_it_had(made_node: Path, tmp_path: Path) -> None:
    restored(backed_up(made_node, tmp_path / "b"), tmp_path / "new")
    async with opened(tmp_path / "new" / "rooms" / "lobby.db") as store:
        assert len(await store.entries()) == 20
        assert len(await store.blobs().held()) == 1


def test_nothing_is_overwritten_without_force_and_with_it_put_aside(node: Path, tmp_path: Path) -> None:
    backup = backed_up(node, tmp_path / "b")
    (node / "keys" / "default.key").write_text("another")
    (node / "mine.txt").write_text("mine")
    before = all_of(node)
    with pytest.raises(ConfigError, match=r"node has .*\.tree, .* and 3 more already; --force"):
        restored(backup, node)
    assert all_of(node) == before
    aside = restored(backup, node, force=True)
    assert aside == node / "replaced" / "1"
    assert (aside / "keys" / "default.key").read_text() == "another"
    assert ((node / "keys" / "default.key").read_text(), (node / "mine.txt").read_text()) == ("nsec1…", "mine")
    assert restored(backup, node, force=True) == node / "replaced" / "2"
    # Another room, beside those that are there.
    only = written(tmp_path / "c", {"rooms/third.txt": b"3"})
    assert restored(only, node) is None
    assert (node / "rooms" / "third.txt").read_bytes() == b"3"


async def test_a_store_that_is_in_use_is_not_replaced_and_its_log_never_meets_another(
    made_node: Path, tmp_path: Path
) -> None:
    backup = backed_up(made_node, tmp_path / "b")
    restored(backup, tmp_path / "new")
    path = tmp_path / "new" / "rooms" / "hall.db"
    async with opened(path) as store:
        await store.add(make_records(3, created_at=1_700_000_000))
        with pytest.raises(StoreError, match=r"another program uses .*hall\.db: stop it"):
            restored(backup, tmp_path / "new", force=True)
        assert len(await store.entries()) == 24
        log = path.with_name("hall.db-wal").read_bytes()
        file = path.read_bytes()
    # As a process leaves them that is killed.
    path.write_bytes(file)
    path.with_name("hall.db-wal").write_bytes(log)
    aside = restored(backup, tmp_path / "new", force=True)
    assert aside is not None
    for place, count in ((tmp_path / "new", 21), (aside, 24)):
        async with opened(place / "rooms" / "hall.db") as store:
            assert len(await store.entries()) == count


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
def test_a_bit_that_flipped_anywhere_is_found_before_anything_is_touched(
    node: Path, tmp_path: Path, passphrase: str | None
) -> None:
    backup = backed_up(node, tmp_path / "b", passphrase)
    whole, rng = backup.read_bytes(), random.Random(1)
    before = all_of(node)
    places = [*range(0, 200, 23), *(rng.randrange(len(whole)) for _ in range(30)), len(whole) - 1]
    for at in places:
        backup.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << rng.randrange(8)]) + whole[at + 1 :])
        with pytest.raises((ArchiveError, ConfigError), match=str(backup)):
            check(backup, ask=lambda: PASSPHRASE, tell=untold)
    with pytest.raises(ArchiveError):
        restored(backup, node, force=True)
    assert all_of(node) == before
    for cut in (0, 20, 100, 700, len(whole) // 2, len(whole) - 600, len(whole) - 1):
        backup.write_bytes(whole[:cut])
        with pytest.raises((ArchiveError, ConfigError), match=str(backup)):
            restored(backup, node, force=True)
        with pytest.raises((ArchiveError, ConfigError), match=str(backup)):
            restored(backup, tmp_path / "new")
    assert all_of(node) == before
    assert {each.name for each in tmp_path.iterdir()} == {"b", "node"}


def test_the_file_that_was_changed_is_named(node: Path, tmp_path: Path) -> None:
    backup = backed_up(node, tmp_path / "b")
    backup.write_bytes(backup.read_bytes().replace("nsec1…".encode(), "nsec2…".encode()))
    with pytest.raises(ArchiveError, match=r"keys/default\.key in it was changed"):
        check(backup, ask=str, tell=untold)


def test_another_passphrase_and_newer_versions_are_named(node: Path, tmp_path: Path) -> None:
    backup = backed_up(node, tmp_path / "b", PASSPHRASE)
    with pytest.raises(ConfigError, match="the passphrase is another one"):
        restored(backup, tmp_path / "new", passphrase="wrong")
    backup.write_bytes(backup.read_bytes().replace(b"backup 1", b"backup 2", 1))
    assert is_backup(backup)
    with pytest.raises(ConfigError, match="newer version of peerset"):
        restored(backup, tmp_path / "new")


@pytest.mark.parametrize(
    ("files", "word"),
    [
        ({"a": b"1"}, "b in it|b is missing"),
        ({"a": b"1", "b": b"2", "c": b"3"}, "c in it was changed"),
        ({"a": b"1", "b": b"3"}, "b in it was changed"),
    ],
)
def test_what_the_manifest_says_is_all_that_may_be_there(tmp_path: Path, files: dict[str, bytes], word: str) -> None:
    right = written(tmp_path / "right", {"a": b"1", "b": b"2"})
    said = check(right, ask=str, tell=untold)
    with pytest.raises(ArchiveError, match=word):
        restored(written(tmp_path / "wrong", files, said), tmp_path / "new")


@pytest.mark.parametrize(
    "files",
    [
        {"rooms/a.db": b"1", "rooms/a.db-wal": b"2"},
        {"a": b"1", "a/b": b"2"},
    ],
)
def test_files_that_would_be_taken_for_something_else_are_refused(tmp_path: Path, files: dict[str, bytes]) -> None:
    with pytest.raises((ArchiveError, StoreError)):
        restored(written(tmp_path / "b", files), tmp_path / "new")
    assert [each.name for each in tmp_path.iterdir()] == ["b"]


def test_a_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    data = written(tmp_path / "b", {"a": b"1"}).read_bytes()
    (tmp_path / "b").write_bytes(data[:2_048] + data[1_024:])
    with pytest.raises(ArchiveError, match="two files a"):
        restored(tmp_path / "b", tmp_path / "new")


def test_a_store_that_holds_something_else_than_is_said_is_refused(node: Path, tmp_path: Path) -> None:
    made = check(backed_up(node, tmp_path / "b"), ask=str, tell=untold)
    files = {each.name: all_of(node)[each.name] for each in made.files if each.contents is None}
    restored(tmp_path / "b", tmp_path / "good")
    store = all_of(tmp_path / "good")["rooms/hall.db"]
    [hall] = [each for each in made.stores if each.name == "rooms/hall.db"]
    other = Kept(hall.name, hall.size, hall.sha256, Contents("00" * 16, 21, "00" * 32))
    said = Manifest(1, (*(each for each in made.files if each.contents is None), other))
    with pytest.raises(ArchiveError, match=r"rooms/hall\.db in it holds something else"):
        restored(written(tmp_path / "c", {**files, hall.name: store}, said), tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_store_of_a_newer_schema_is_named_and_nothing_else_restored(node: Path, tmp_path: Path) -> None:
    backup = backed_up(node, tmp_path / "b")
    restored(backup, tmp_path / "good")
    path = tmp_path / "good" / "rooms" / "hall.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("INSERT INTO migration (name) VALUES ('9999 later')")
    data = path.read_bytes()
    row = check(backup, ask=str, tell=untold).stores[0].contents
    plain = check(written(tmp_path / "c", {"rooms/hall.db": data}), ask=str, tell=untold).files[0]
    said = Manifest(1, (Kept(plain.name, plain.size, plain.sha256, row),))
    with pytest.raises(StoreError, match=r"rooms/hall\.db: it was written by a newer version"):
        restored(written(tmp_path / "c", {"rooms/hall.db": data}, said), tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_full_disk_touches_nothing(node: Path, tmp_path: Path) -> None:
    backup, before = backed_up(node, tmp_path / "b"), all_of(node)
    largest = max(len(data) for data in before.values())
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest * 99 // 100, limits[1]))
    try:
        for folder in (node, tmp_path / "new"):
            with pytest.raises(StoreError, match="cannot restore"):
                restored(backup, folder, force=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert all_of(node) == before
    assert {each.name for each in tmp_path.iterdir()} == {"b", "node"}


def test_one_that_was_killed_touched_nothing_and_is_done_again(node: Path, tmp_path: Path) -> None:
    backup = backed_up(node, tmp_path / "b")
    (node / "keys" / "default.key").write_text("another")
    before, child_path = all_of(node), str(Path(making_child.__file__))
    for folder in (node, tmp_path / "new"):
        command = [sys.executable, child_path, "restore", str(backup), str(folder), "300000"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"half\n"
            child.kill()
    found = all_of(node)
    assert {name: data for name, data in found.items() if not name.startswith(".restoring/")} == before
    assert not (tmp_path / "new").exists()
    restored(backup, node, force=True)
    restored(backup, tmp_path / "new")
    assert {each.name for each in tmp_path.iterdir()} == {"b", "new", "node"}
    assert not (node / ".restoring").exists()


def test_what_is_no_backup_is_said(tmp_path: Path) -> None:
    for data in (b"", b"x" * 2_000, bytes(2_000)):
        (tmp_path / "b").write_bytes(data)
        assert not is_backup(tmp_path / "b")
        with pytest.raises(ArchiveError, match="damaged, or no backup"):
            check(tmp_path / "b", ask=str, tell=untold)
