"""Mirrors done: the steps between files of a room and a folder on disk, one after the other."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from peerset.drive.entry import Entry
from peerset.drive.folder import LocalFile, scan
from peerset.drive.mirror import Deed, Mirrored, Step, Told, fill, plan_down, plan_up
from peerset.drive.reader import FileReader


class RoomFiles(Protocol):
    """The files of a room, as a mirror needs them."""

    async def list(self, folder: str = "") -> list[Entry]:
        """Give the files in a folder."""
        ...

    async def entry(self, path: str, *, follow: bool = False) -> Entry | None:
        """Give a file, where links lead if *follow*."""
        ...

    async def open(self, path: Entry) -> FileReader:
        """Open a file."""
        ...

    async def put(self, path: str, source: Path, *, executable: bool = False) -> Entry:
        """Write a file."""
        ...

    async def delete(self, path: str) -> bool:
        """Delete a file."""
        ...


@dataclass(frozen=True, slots=True)
class Manner:
    """How a folder is mirrored."""

    prune: bool
    """What is only on the side that is written goes."""
    dry_run: bool
    """Nothing is done."""
    ignored: Callable[[str], bool]
    told: Told | None
    """Is called with each step."""


class Mirror:
    """The folder *root* on disk, and the one that begins with *prefix* in a room."""

    def __init__(self, files: RoomFiles, root: Path, prefix: str, manner: Manner) -> None:
        self._files = files
        self._root = root
        self._prefix = prefix
        self._manner = manner
        self._done = Mirrored()

    async def down(self) -> Mirrored:
        """Make the folder on disk what that of the room is."""
        entries = [each for each in await self._entries(follow=True) if each.link is None]
        local = await asyncio.to_thread(self._local)
        removes = sorted(local) if self._manner.prune else []
        steps = await asyncio.to_thread(plan_down, self._root, entries, local, removes=removes)
        known = {each.path: each for each in entries}
        for step in steps:
            is_done = self._manner.dry_run or step.deed in (Deed.EQUAL, Deed.SKIP)
            self._tell(step if is_done else await self._fill(step, known.get(step.path)))
        return self._done

    async def up(self) -> Mirrored:
        """Make the folder of the room what that on disk is."""
        local, skipped = await asyncio.to_thread(scan, self._root, self._manner.ignored)
        entries = await self._entries(follow=False)
        removes = [each.path for each in entries] if self._manner.prune else []
        steps = await asyncio.to_thread(plan_up, local, entries, removes=removes)
        for path, reason in sorted(skipped.items()):
            self._tell(Step(Deed.SKIP, path, 0, reason))
        for step in steps:
            if not self._manner.dry_run:
                await self._write(step, local)
            self._tell(step)
        return self._done

    async def _entries(self, *, follow: bool) -> list[Entry]:
        listed = await self._files.list(self._prefix)
        found = [await self._files.entry(each.path, follow=True) or each for each in listed] if follow else listed
        named = [
            replace(there, path=each.path.removeprefix(self._prefix)) for each, there in zip(listed, found, strict=True)
        ]
        return [each for each in named if not self._manner.ignored(each.path)]

    def _local(self) -> dict[str, LocalFile]:
        if not self._manner.dry_run:
            self._root.mkdir(parents=True, exist_ok=True)
        return scan(self._root, self._manner.ignored)[0] if self._root.exists() else {}

    async def _fill(self, step: Step, entry: Entry | None) -> Step:
        reader = await self._files.open(entry or Entry(step.path, 0, data=b""))
        return await fill(self._root, step, aiter(reader), is_executable=entry is not None and entry.is_executable)

    async def _write(self, step: Step, local: dict[str, LocalFile]) -> None:
        path = f"{self._prefix}{step.path}"
        if step.deed in (Deed.ADD, Deed.CHANGE):
            await self._files.put(path, local[step.path].place, executable=local[step.path].is_executable)
        elif step.deed is Deed.REMOVE:
            await self._files.delete(path)

    def _tell(self, step: Step) -> None:
        self._done.steps.append(step)
        if self._manner.told is not None:
            self._manner.told(step)
