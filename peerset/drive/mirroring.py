"""Mirrors done: the steps between files of a room and a folder on disk, one after the other."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from peerset.drive.entry import Entry
from peerset.drive.folder import LocalFile, scan
from peerset.drive.mirror import Deed, Mirrored, Step, Told, fill, plan_down, plan_up
from peerset.drive.reader import FileReader
from peerset.drive.sources import read_source
from peerset.errors import ConfigError

Moved = Callable[[int, int], None]
"""Is told how many bytes are written by now, and of how many in all."""


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

    async def put(self, path: str, source: AsyncIterable[bytes], *, executable: bool = False) -> Entry:
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
    moved: Moved | None


class Mirror:
    """The folder *root* on disk, and the one that begins with *prefix* in a room."""

    def __init__(self, files: RoomFiles, root: Path, prefix: str, manner: Manner) -> None:
        self._files = files
        self._root = root
        self._prefix = prefix
        self._manner = manner
        self._done = Mirrored()
        self._written = self._total = 0
        """In bytes."""

    async def down(self) -> Mirrored:
        """Make the folder on disk what that of the room is."""
        found = await self._entries(follow=True)
        entries = [each for each in found if each.link is None]
        local = await asyncio.to_thread(self._local)
        if self._manner.prune and local and not found:
            # Nobody was met yet, or the name is another: that is no reason to remove what may be here alone.
            raise ConfigError(f"there is no file in the room, and all {len(local)} in {self._root} would go by prune")
        removes = sorted(local) if self._manner.prune else []
        steps = await asyncio.to_thread(plan_down, self._root, entries, local, removes=removes)
        known = {each.path: each for each in entries}
        self._begin(steps)
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
        self._begin(steps)
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
            try:
                self._root.mkdir(parents=True, exist_ok=True)
            except (OSError, ValueError) as error:
                raise ConfigError(f"{self._root} is no folder: {getattr(error, 'strerror', None) or error}") from error
        return scan(self._root, self._manner.ignored)[0] if self._root.exists() else {}

    async def _fill(self, step: Step, entry: Entry | None) -> Step:
        reader = await self._files.open(entry or Entry(step.path, 0, data=b""))
        is_executable = entry is not None and entry.is_executable
        return await fill(self._root, step, self._counted(reader), is_executable=is_executable)

    async def _write(self, step: Step, local: dict[str, LocalFile]) -> None:
        path = f"{self._prefix}{step.path}"
        if step.deed in (Deed.ADD, Deed.CHANGE):
            here = local[step.path]
            await self._files.put(path, self._counted(read_source(here.place)), executable=here.is_executable)
        elif step.deed is Deed.REMOVE:
            await self._files.delete(path)

    def _begin(self, steps: Sequence[Step]) -> None:
        self._total = sum(step.size for step in steps if step.deed in (Deed.ADD, Deed.CHANGE))

    async def _counted(self, parts: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        async for part in parts:
            yield part
            self._written += len(part)
            if self._manner.moved is not None:
                self._manner.moved(self._written, self._total)

    def _tell(self, step: Step) -> None:
        self._done.steps.append(step)
        if self._manner.told is not None:
            self._manner.told(step)
