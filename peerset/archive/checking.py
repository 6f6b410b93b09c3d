"""Days of an archive against its manifest: each file is fetched, hashed, and read by a process of its own."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from peerset.archive.aside import aside
from peerset.archive.limits import MANIFEST_BYTES_MAX
from peerset.archive.manifest import MANIFEST, ArchivedDay, Manifest, read_manifest
from peerset.archive.place import Place
from peerset.archive.reader import Reader, Tell
from peerset.archive.spill import read_records
from peerset.core.record import Record
from peerset.core.signal import RoomTag
from peerset.errors import ArchiveError, StoreError
from peerset.verification.processors import count_processors

BYTES_PER_PROCESS: Final = 8_388_608
"""Another process is worth its start once there is so much more to read."""
CHUNK_BYTES: Final = 1_048_576
SPILL: Final = "day.records"
"""The file between us and who reads."""


async def load_manifest(place: Place) -> Manifest | None:
    """Give what the archive at *place* says of itself; None where there is none.

    Raises:
        ArchiveError: it makes no sense.
        StoreError: it cannot be read.

    """
    data = await aside(place.read, MANIFEST, bytes_max=MANIFEST_BYTES_MAX)
    return None if data is None else read_manifest(data)


async def verify(
    place: Place, manifest: Manifest, *, tell: Tell, processes: int | None = None
) -> dict[ArchivedDay, ArchiveError]:
    """Check all days with their signatures, on all cores; give those with which something is wrong.

    Raises:
        StoreError: the archive cannot be read.

    """
    waiting = iter(manifest.days)
    wrong: dict[ArchivedDay, ArchiveError] = {}
    failures: list[StoreError] = []

    async def work() -> None:
        async with checker(place, manifest.room) as checking:
            for day in waiting:
                try:
                    await checking.check(day, tell=tell)
                except ArchiveError as error:
                    wrong[day] = error
                except StoreError as error:
                    failures.append(error)
                if failures:
                    return

    await asyncio.gather(*(work() for _ in range(processes or _processes_for(manifest.days))))
    if failures:
        raise failures[0]
    return wrong


def _processes_for(days: Sequence[ArchivedDay]) -> int:
    size = sum(day.size for day in days)
    return max(1, min(count_processors(), len(days), -(-size // BYTES_PER_PROCESS)))


@asynccontextmanager
async def checker(place: Place, room: RoomTag) -> AsyncIterator["Checker"]:
    """Have a process that reads days of the archive at *place*, and a folder for what it reads."""
    reader = Reader()
    with tempfile.TemporaryDirectory(prefix="peerset-archive-") as folder:
        try:
            yield Checker(place, room, reader, Path(folder))
        finally:
            await reader.aclose()


class Checker:
    """Checks one day after the other. Make one with `checker`."""

    def __init__(self, place: Place, room: RoomTag, reader: Reader, folder: Path) -> None:
        self._place = place
        self._room = room
        self._reader = reader
        self._fetched = folder / "day.parquet"
        self._spill = folder / SPILL

    async def check(self, day: ArchivedDay, *, tell: Tell) -> None:
        """Make sure that the file of *day* is what the manifest says, and each record of it its author's.

        Raises:
            ArchiveError: it is not; the message names the day.
            StoreError: it cannot be read.

        """
        await self._read(day, checks_signatures=True, spill=None, tell=tell)

    async def records(self, day: ArchivedDay) -> "Spill":
        """Give the records of *day*, checked as `check` does but for their signatures, until the next are asked for."""
        await self._read(day, checks_signatures=False, spill=self._spill, tell=lambda _: None)
        return Spill(self._spill)

    async def _read(self, day: ArchivedDay, *, checks_signatures: bool, spill: Path | None, tell: Tell) -> None:
        told = 0

        def note(count: int) -> None:
            nonlocal told
            told += count
            tell(count)

        try:
            path = await self._fetch(day)
            said = await self._reader.ask(
                {
                    "path": str(path),
                    "day": day.day,
                    "room": self._room.hex(),
                    "checks_signatures": checks_signatures,
                    "spill": None if spill is None else str(spill),
                },
                note,
            )
            _check_answer(said, day)
        except ArchiveError as error:
            raise ArchiveError(f"{day.name}: {error}") from error
        finally:
            self._fetched.unlink(missing_ok=True)
            # A bar comes to its end whatever came of a day.
            tell(day.records.count - told)

    async def _fetch(self, day: ArchivedDay) -> Path:
        size = await aside(self._place.size, day.file)
        if size is None:
            raise ArchiveError(f"{day.file} is missing")
        if size != day.size:
            raise ArchiveError(f"{day.file} has {size} bytes, the manifest says {day.size}")
        path = await aside(self._place.fetch, day.file, self._fetched)
        try:
            sha256 = await aside(sha256_of, path)
        except OSError as error:
            raise ArchiveError(f"{day.file} cannot be read: {error.strerror or error}") from error
        if sha256 != day.sha256:
            raise ArchiveError(f"{day.file} was changed: its SHA-256 is not that of the manifest")
        return path


def _check_answer(said: Mapping[str, Any], day: ArchivedDay) -> None:
    if "failure" in said:
        raise StoreError(f"{day.name} cannot be unpacked in {tempfile.gettempdir()}: {said['failure']}")
    if "error" in said:
        raise ArchiveError(said["error"])
    records, purged = day.records, day.purged
    if said["sets"] != [records.count, records.digest.hex(), purged.count, purged.digest.hex()]:
        raise ArchiveError(
            f"it holds {said['sets'][0]} records, {said['sets'][2]} of them purged, and the manifest names "
            f"{records.count} and {purged.count}, or others: one was added, left out or changed"
        )
    if said["expires"] != day.expires:
        raise ArchiveError(f"its first record expires at {said['expires']}, and the manifest names {day.expires}")


class Spill:
    """The records of a day that was checked, on disk."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __iter__(self) -> Iterator[Record]:
        """Give them in the order of created_at and id; those without content are shells."""
        with self._path.open("rb") as file:
            yield from read_records(file)


def sha256_of(path: Path) -> bytes:
    """Hash a file."""
    hasher = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            hasher.update(chunk)
    return hasher.digest()
