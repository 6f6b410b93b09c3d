"""Make a folder on disk what files of a room are, or these what the folder is."""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from peerset.core.blob import grow, hash_piece, pieces_of
from peerset.core.limits import BLOB_PIECE_BYTES
from peerset.drive.entry import Entry
from peerset.drive.folder import LocalFile, remove_file, way_out_of, write_file
from peerset.drive.paths import folded, local_fault_of
from peerset.errors import BlobError

TOP: Final = 1


class Deed(StrEnum):
    """What is done with one file; equal to its word."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    EQUAL = "equal"
    SKIP = "skip"
    """It is left alone, for a reason."""


@dataclass(frozen=True, slots=True)
class Step:
    """One file of a mirror."""

    deed: Deed
    path: str
    size: int = 0
    reason: str = ""
    """Why it is left alone."""


@dataclass(slots=True)
class Mirrored:
    """What a mirror did, or with ``dry_run`` would do."""

    steps: list[Step] = field(default_factory=list)
    """In order; those that are equal, too."""

    def count(self, deed: Deed) -> int:
        """Say with how many files this is done."""
        return sum(step.deed is deed for step in self.steps)

    @property
    def bytes_written(self) -> int:
        """How long the files are that are added or changed."""
        return sum(step.size for step in self.steps if step.deed in (Deed.ADD, Deed.CHANGE))


Told = Callable[[Step], None]
"""Is told of each step when it is done."""


def plan_down(
    root: Path, entries: Sequence[Entry], local: dict[str, LocalFile], *, removes: Iterable[str]
) -> list[Step]:
    """Say what makes the folder *root*, where *local* is, what *entries* are; *removes* may go.

    What can be written on no usual system, leads out of the folder, or is one file with another where case does not
    count, is left alone.
    """
    steps: list[Step] = []
    taken: dict[str, str] = {}
    local = _renamed(root, entries, local)
    for entry in entries:
        reason = local_fault_of(entry.path) or way_out_of(root, entry.path)
        other = taken.setdefault(folded(entry.path), entry.path)
        if reason is None and other != entry.path:
            reason = f"where case does not count it is the same file as {other!r}"
        if reason is not None:
            steps.append(Step(Deed.SKIP, entry.path, entry.size, reason))
            continue
        here = local.get(entry.path)
        deed = Deed.ADD if here is None else Deed.EQUAL if is_equal(entry, here) else Deed.CHANGE
        steps.append(Step(deed, entry.path, entry.size))
    wanted = {entry.path for entry in entries}
    return [
        *steps,
        *(Step(Deed.REMOVE, path, local[path].size) for path in removes if path in local and path not in wanted),
    ]


def _renamed(root: Path, entries: Sequence[Entry], local: dict[str, LocalFile]) -> dict[str, LocalFile]:
    """Give the files that are here by the names of *entries*, where the disk takes another name for the same file."""
    names = {folded(path): path for path in local}
    found = dict(local)
    for entry in entries:
        other = names.get(folded(entry.path), entry.path)
        if entry.path not in local and other in found and (root / entry.path).exists():
            found[entry.path] = found.pop(other)
    return found


def plan_up(local: dict[str, LocalFile], entries: Sequence[Entry], *, removes: Iterable[str]) -> list[Step]:
    """Say what makes *entries* what *local* is; *removes* may go."""
    known = {entry.path: entry for entry in entries}
    steps = []
    for path, here in sorted(local.items()):
        entry = known.get(path)
        deed = Deed.ADD if entry is None else Deed.EQUAL if is_equal(entry, here) else Deed.CHANGE
        steps.append(Step(deed, path, here.size))
    return [*steps, *(Step(Deed.REMOVE, path, known[path].size) for path in removes if path not in local)]


async def fill(root: Path, step: Step, parts: AsyncIterator[bytes], *, is_executable: bool) -> Step:
    """Do what *step* says with a file of the folder; give the step, or why it was left alone."""
    # The folder may have changed since it was looked at.
    reason = way_out_of(root, step.path)
    if reason is not None:
        return Step(Deed.SKIP, step.path, step.size, reason)
    if step.deed is Deed.REMOVE:
        remove_file(root, step.path)
        return step
    try:
        await write_file(root, step.path, parts, is_executable=is_executable)
    except BlobError as error:
        return Step(Deed.SKIP, step.path, step.size, str(error))
    return step


def is_equal(entry: Entry, here: LocalFile) -> bool:
    """Say whether a file of the room and one of the disk have the same bytes and mode."""
    if entry.size != here.size or entry.is_executable != here.is_executable or entry.link is not None:
        return False
    with here.place.open("rb") as file:
        if entry.data is not None:
            return hashlib.sha256(file.read()).digest() == hashlib.sha256(entry.data).digest()
        hashes = [hash_piece(file.read(BLOB_PIECE_BYTES), here.size) for _ in range(pieces_of(here.size))]
    return entry.root == grow(hashes)[TOP]
