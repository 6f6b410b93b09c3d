"""A day of records as a file, written in bounded memory: a row group at a time."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from peerset.archive.checking import sha256_of
from peerset.archive.day_digest import DayDigest
from peerset.archive.limits import ROW_GROUP_BYTES, ROW_GROUP_RECORDS_MAX
from peerset.archive.manifest import ArchivedDay, file_of
from peerset.archive.table import columns_of, open_writer
from peerset.core.expiration import expires_at
from peerset.core.record import Record


class DayFile:
    """Takes the records of *day*, and shells, in the order of created_at and id, and writes them to *path*."""

    def __init__(self, day: int, path: Path) -> None:
        self._day = day
        self._path = path
        self._file: BinaryIO = path.open("wb")
        self._writer = open_writer(self._file)
        self._records = DayDigest()
        self._purged = DayDigest()
        self._expires: int | None = None
        self._group: list[Record] = []
        self._group_bytes = 0

    def add(self, records: Sequence[Record]) -> None:
        """Write the next records."""
        for record in records:
            self._records.add(record.created_at, record.id)
            if not record.wire:
                self._purged.add(record.created_at, record.id)
            elif (end := expires_at(record)) is not None:
                self._expires = end if self._expires is None else min(end, self._expires)
            self._group.append(record)
            self._group_bytes += len(record.wire)
            if len(self._group) == ROW_GROUP_RECORDS_MAX or self._group_bytes >= ROW_GROUP_BYTES:
                self._write()

    def end(self, *, shells: bytes) -> ArchivedDay:
        """Give what the manifest says of the file, which is whole now; *shells* is R of those of the store."""
        self._write()
        self._writer.close()
        self._file.close()
        records, purged = self._records.result(), self._purged.result()
        return ArchivedDay(
            day=self._day,
            file=file_of(self._day, records, purged),
            size=self._path.stat().st_size,
            sha256=sha256_of(self._path),
            records=records,
            purged=purged,
            shells=shells,
            expires=self._expires,
        )

    def close(self) -> None:
        """Let go of the file, whether it came to its end or not."""
        # A writer that is left open would write once more when it is thrown away.
        with suppress(OSError):
            self._writer.close()
        with suppress(OSError):
            self._file.close()

    def _write(self) -> None:
        if self._group:
            self._writer.write_batch(columns_of(self._group), row_group_size=len(self._group))
        self._group, self._group_bytes = [], 0
