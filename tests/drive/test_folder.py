"""A folder on disk: what is in it, and nothing is written out of it."""

import os
import resource
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from peerset.drive.folder import remove_file, scan, way_out_of, write_file
from peerset.drive.paths import part_of
from peerset.errors import ConfigError, StoreError


async def parts(*given: bytes) -> AsyncIterator[bytes]:
    for part in given:
        yield part


def test_plain_files_are_found_and_all_else_is_told(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/c.txt").write_text("x")
    (tmp_path / "run.sh").write_text("x")
    (tmp_path / "run.sh").chmod(0o755)
    (tmp_path / "skip.tmp").write_text("x")
    (tmp_path / part_of("x")).write_text("x")
    (tmp_path / "link").symlink_to("a/b/c.txt")
    (tmp_path / "folder").symlink_to(tmp_path)
    (tmp_path / "new\nline").write_text("x")
    os.mkfifo(tmp_path / "pipe")
    found, skipped = scan(tmp_path, lambda path: path.endswith(".tmp"))
    assert {path: each.is_executable for path, each in found.items()} == {"a/b/c.txt": False, "run.sh": True}
    assert skipped == {
        "folder": "it is a link",
        "link": "it is a link",
        "new\nline": "it has control characters",
        "pipe": "it is no plain file",
    }
    with pytest.raises(ConfigError, match="no folder"):
        scan(tmp_path / "none", lambda _: False)


def test_links_lead_nowhere(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "out").symlink_to(tmp_path)
    (root / "file").write_text("x")
    (root / "dir").mkdir()
    assert way_out_of(root, "a/b") is None
    assert way_out_of(root, "file") is None
    assert "link" in (way_out_of(root, "out/x") or "")
    assert "link" in (way_out_of(root, "out") or "")
    assert "no folder" in (way_out_of(root, "file/x") or "")
    assert "is a folder" in (way_out_of(root, "dir") or "")


async def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    await write_file(tmp_path, "a/b", parts(b"x", b"y"), is_executable=True)
    assert (tmp_path / "a/b").read_bytes() == b"xy"
    assert os.access(tmp_path / "a/b", os.X_OK)

    async def failing() -> AsyncIterator[bytes]:
        yield b"half"
        raise ValueError("gone")

    with pytest.raises(ValueError, match="gone"):
        await write_file(tmp_path, "a/b", failing(), is_executable=False)
    await write_file(tmp_path, "n" * 255, parts(b"x"), is_executable=False)
    assert (tmp_path / ("n" * 255)).read_bytes() == b"x"
    assert (tmp_path / "a/b").read_bytes() == b"xy"
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]
    with pytest.raises(StoreError, match="cannot be written"):
        await write_file(tmp_path, "a/b/c", parts(b"x"), is_executable=False)


@pytest.mark.skipif(sys.platform == "win32", reason="nobody is told of two who write one file there")
async def test_two_who_write_one_file_at_once_do_not_mix_it_up(tmp_path: Path) -> None:
    async def first() -> AsyncIterator[bytes]:
        yield b"first, "
        with pytest.raises(StoreError, match="another process writes it now"):
            await write_file(tmp_path, "a", parts(b"second"), is_executable=False)
        yield b"whole"

    (tmp_path / part_of("a")).write_bytes(b"of one that was killed, and longer")
    await write_file(tmp_path, "a", first(), is_executable=False)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a", b"first, whole")]


def test_what_is_removed_takes_empty_folders_with_it(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/c").write_text("x")
    (tmp_path / "a/d").write_text("x")
    remove_file(tmp_path, "a/b/c")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["d"]
    remove_file(tmp_path, "a/d")
    assert list(tmp_path.iterdir()) == []


async def test_a_disk_that_fills_up_is_told_and_what_was_there_stays(tmp_path: Path) -> None:
    await write_file(tmp_path, "a", parts(b"old"), is_executable=False)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(StoreError, match="cannot be written"):
            await write_file(tmp_path, "a", parts(bytes(60_000), bytes(60_000)), is_executable=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a", b"old")]
