"""Folders on disk and in rooms become alike, both ways."""

from pathlib import Path

import pytest

import peerset
from peerset import Deed
from peerset.drive.entry import Entry, value_of
from tests.drive.rooms import content, joined, until_there


def tree(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def deeds(done: peerset.Mirrored) -> dict[str, str]:
    return {step.path: step.deed for step in done.steps}


async def test_a_folder_goes_up_and_comes_down_at_another_peer(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "docs").mkdir(parents=True)
    (source / "docs/big.bin").write_bytes(content(300_000))
    (source / "run.sh").write_text("#!/bin/sh\n")
    (source / "run.sh").chmod(0o755)
    (source / "note.tmp").write_text("x")
    async with joined(2) as (one, two):
        files = one.files("site")
        plan = await files.mirror(source, "web", direction="up", dry_run=True, ignore="*.tmp")
        assert deeds(plan) == {"docs/big.bin": "add", "run.sh": "add"}
        assert await files.list() == []
        told: list[peerset.Step] = []
        done = await files.mirror(source, "web", direction="up", ignore="*.tmp", told=told.append)
        assert done.steps == plan.steps == told
        assert [each.path for each in await files.list()] == ["web/docs/big.bin", "web/run.sh"]
        theirs = two.files("site", author=one.key)
        for path in ("web/docs/big.bin", "web/run.sh"):
            await until_there(theirs, path)
        assert deeds(await theirs.mirror(target, "web", direction="down", dry_run=True)) == deeds(plan)
        assert not target.exists()
        await theirs.mirror(target, "web", direction="down")
        assert tree(target) == {"docs/big.bin": content(300_000), "run.sh": b"#!/bin/sh\n"}
        assert (target / "run.sh").stat().st_mode & 0o100
        assert (await theirs.mirror(target, "web", direction="down")).count(Deed.EQUAL) == 2


async def test_what_is_only_on_the_other_side_goes_if_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("here")
    async with joined(1) as (room,):
        files = room.files("site")
        await files.put("b", "there")
        assert deeds(await files.mirror(tmp_path, direction="up")) == {"a": "add"}
        assert deeds(await files.mirror(tmp_path, direction="up", prune=True)) == {"a": "equal", "b": "remove"}
        assert [each.path for each in await files.list()] == ["a"]
        await files.put("c/d", "there")
        await files.delete("a")
        assert deeds(await files.mirror(tmp_path, direction="down", prune=True)) == {"c/d": "add", "a": "remove"}
        assert tree(tmp_path) == {"c/d": b"there"}
        # A room that nobody was met in yet, or a folder by a wrong name, is no reason to remove all there is.
        for dry_run in (True, False):
            with pytest.raises(peerset.ConfigError, match="would go by prune"):
                await files.mirror(tmp_path, "d", direction="down", prune=True, dry_run=dry_run)
        assert tree(tmp_path) == {"c/d": b"there"}


async def test_links_of_a_room_become_files_and_nothing_leaves_the_folder(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "out").symlink_to(tmp_path)
    async with joined(1) as (room,):
        files = room.files("site")
        await files.put("a", "x")
        await files.link("b", "a")
        await files.link("nowhere", "none")
        await files.put("out/evil", "x")
        done = await files.mirror(root, direction="down")
        assert deeds(done) == {"a": "add", "b": "add", "out/evil": "skip"}
        assert tree(root) == {"a": b"x", "b": b"x"}
        assert not (tmp_path / "evil").exists()


async def test_what_cannot_be_meant_is_refused(tmp_path: Path) -> None:
    async with joined(1) as (room,):
        files = room.files("site")
        with pytest.raises(peerset.ConfigError, match="'down' or 'up'"):
            await files.mirror(tmp_path, direction="both")  # type: ignore[arg-type]
        with pytest.raises(peerset.ConfigError, match="no folder"):
            await files.mirror(tmp_path / "none", direction="up")
        with pytest.raises(peerset.ConfigError, match="no path"):
            await files.mirror(tmp_path, "../x", direction="down")


async def test_what_is_under_no_path_is_not_mirrored_and_of_two_names_where_case_does_not_count_one_is(
    tmp_path: Path,
) -> None:
    async with joined(1) as (room,):
        files = room.files("site")
        for path in ("../evil", "/evil", "a/../../evil", "a//b"):
            await files.registers.put(path, value_of(Entry(path, 1, data=b"x")))
        for path in ("README", "readme"):
            await files.put(path, path)
        done = await files.mirror(tmp_path / "root", direction="down", prune=True)
        assert deeds(done) == {"README": "add", "readme": "skip"}
        assert tree(tmp_path) == {"root/README": b"README"}
