"""What changes among files."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from peerset.core.record import RecordId
from peerset.drive.entry import Entry
from peerset.drive.paths import fault_of, read_folder
from peerset.drive.registers import FileRegisters


@dataclass(frozen=True, slots=True)
class FileChange:
    """What happened to a file: its entry now, or None when it is gone."""

    path: str
    entry: Entry | None


class Listed(Protocol):
    """Files of which it is asked what they are now."""

    async def entry(self, path: str) -> Entry | None:
        """Give what the room says of a file; None when there is none."""

    async def list(self, folder: str = "") -> Sequence[Entry]:
        """Give the files in a folder, with all below it."""


async def watched(files: Listed, registers: FileRegisters, folder: str) -> AsyncIterator[FileChange]:
    """Give what changes in a folder from now on, each version of a file once.

    Raises:
        ConfigError: it is no folder.

    """
    prefix = read_folder(folder)
    since = await registers.last_change()
    known = _Known()
    for entry in await files.list(prefix):
        known.learn(entry)
    async for change in registers.changes(since):
        path = known.path_of(change.record.id)
        if path is None:
            key = next(iter(change.record.tag_values("d")), "")
            path = key.removeprefix(f"{registers.name}/") if key.startswith(f"{registers.name}/") else None
        if path is None or not path.startswith(prefix) or fault_of(path) is not None:
            continue
        found = await files.entry(path)
        if known.forget(path) != (None if found is None else known.learn(found)):
            yield FileChange(path, found)


class _Known:
    """By path, the version that was told last: of what is gone a change knows only the id."""

    def __init__(self) -> None:
        self._versions: dict[str, RecordId] = {}
        self._paths: dict[RecordId, str] = {}

    def path_of(self, version: RecordId) -> str | None:
        return self._paths.get(version)

    def learn(self, entry: Entry) -> RecordId | None:
        if entry.record is not None:
            self._versions[entry.path], self._paths[entry.record.id] = entry.record.id, entry.path
        return None if entry.record is None else entry.record.id

    def forget(self, path: str) -> RecordId | None:
        before = self._versions.pop(path, None)
        if before is not None:
            self._paths.pop(before, None)
        return before
