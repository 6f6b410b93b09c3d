"""Writes the closed days of a store to an archive, those that are new there or have changed since."""

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Final

from peerset.archive.aside import aside
from peerset.archive.checking import Checker, checker, load_manifest
from peerset.archive.day_digest import NOTHING, DaySet
from peerset.archive.former import emptied, paired, unexplained
from peerset.archive.limits import SURVEY_RECORDS_MAX
from peerset.archive.manifest import DAYS, MANIFEST, ArchivedDay, Manifest, day_text
from peerset.archive.place import Place
from peerset.archive.reader import Tell
from peerset.archive.survey import NO_ENTRIES, Entries, digest_of, entries_of, shells_on, survey
from peerset.archive.writing import DayFile
from peerset.core.bucket import day_of
from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.expiration import has_expired
from peerset.core.record import Record, RecordId, decode_record, shell_of
from peerset.core.signal import RoomTag
from peerset.errors import ArchiveError, ConfigError, MalformedError, StoreError
from peerset.ports import Store
from peerset.protocol.retention import window

READ_AT_ONCE: Final = 512
NO_RECORDS: Final[Iterable[Record]] = ()
_OURS: Final = re.compile(DAYS + r"/\d{4}-\d\d-\d\d-[0-9a-f]{16}\.parquet")


@dataclass(slots=True)
class Archived:
    """What came of it."""

    manifest: Manifest
    """What the archive is now."""
    written: list[str] = field(default_factory=list)
    """The days that were written, or dropped where all was deleted, such as 2026-01-31."""
    left: dict[str, str] = field(default_factory=dict)
    """Days that are as they were archived though the store has something else, each with the reason."""


class Archiving:
    """One run over *store*, of *room* that keeps records for so long, into *place*.

    *purged* is what our user destroyed. *is_anew* writes what the store has, even where it has lost something.
    """

    def __init__(
        self,
        store: Store,
        place: Place,
        room: RoomTag,
        *,
        now: UnixTime,
        retention_seconds: int,
        purged: frozenset[bytes] = frozenset(),
        is_anew: bool = False,
    ) -> None:
        self._store = store
        self._place = place
        self._now = now
        self._purged = purged
        self._is_anew = is_anew
        current = window(now, retention_seconds=retention_seconds)
        self._until_day = day_of(current.upto)
        self._kept_from = current.kept_from
        self._archived = Archived(Manifest(room, now, ()))
        self._days: dict[int, ArchivedDay] = {}
        self._sizes: dict[str, int] = {}

    async def run(self, *, expect: Callable[[int], None], tell: Tell) -> Archived:
        """Write what is to be written, and the manifest at last; *expect* is told of how many records that is.

        Raises:
            ArchiveError: the manifest was changed.
            ConfigError: it is that of another room.
            StoreError: the store or the place cannot be used; what was archived before is whole.

        """
        former = await load_manifest(self._place)
        room = self._archived.manifest.room
        if former is not None and former.room != room:
            raise ConfigError(f"there is an archive of another room already, {former.room.hex()}")
        before = {day.day: day for day in former.days} if former else {}
        self._days = dict(before)
        self._sizes = await aside(self._place.sizes, DAYS)
        due = await self._due()
        expect(sum(due.values()))
        async with checker(self._place, room) as checking:
            for some in _shares(due):
                entries = await entries_of(self._store, some)
                for day in some:
                    await self._renew(day, entries.get(day, NO_ENTRIES), checking)
                    tell(due[day])
        if former is None or before != self._days:
            self._archived.manifest = self._archived.manifest.with_days(self._days.values(), at=self._now)
            await aside(self._place.replace, MANIFEST, self._archived.manifest.encode())
        else:
            self._archived.manifest = former
        await self._tidy()
        return self._archived

    async def _due(self) -> dict[int, int]:
        """Give the days that are to be written, and about how many records each has."""
        found = await survey(self._store, until_day=self._until_day)
        due = {}
        for day in sorted(found.keys() | self._days.keys()):
            if await self._is_due(day, found.get(day, NOTHING)):
                due[day] = max(found.get(day, NOTHING).count, self._days[day].records.count if day in self._days else 0)
        return due

    async def _is_due(self, day: int, found: DaySet) -> bool:
        archived = self._days.get(day)
        if archived is None:
            return True
        if archived.expires is not None and archived.expires <= self._now:
            return True
        if self._is_leaving(day):
            return False
        shells = digest_of(await shells_on(self._store, day))
        return not self._is_there(archived) or archived.records != found or archived.shells != shells

    def _is_leaving(self, day: int) -> bool:
        """Say whether the room has begun to let go of a day, so that the archive alone has all of it."""
        return day * DAY_SECONDS < self._kept_from

    def _is_there(self, archived: ArchivedDay) -> bool:
        return self._sizes.get(archived.file) == archived.size

    async def _renew(self, day: int, entries: Entries, checking: Checker) -> None:
        """Write a day anew, unless the store has lost something of it."""
        archived, former = self._days.get(day), NO_RECORDS
        if archived is not None and self._is_there(archived):
            try:
                former = await checking.records(archived)
            except ArchiveError as error:
                if not self._is_anew or self._is_leaving(day):
                    return self._leave(day, str(error))
        elif archived is not None and self._is_leaving(day):
            return self._leave(day, f"{archived.file} is missing, and the room has let go of some of it")
        if archived is not None and self._is_leaving(day):
            await self._write(day, self._rest_of(former), shells=archived.shells)
        elif not self._is_anew and (count := await unexplained(self._store, former, entries)):
            self._leave(day, f"the store has lost {count} of its records, which nobody deleted")
        else:
            shells = await shells_on(self._store, day)
            await self._write(day, self._records_of(former, entries, shells), shells=digest_of(shells))
        return None

    def _leave(self, day: int, reason: str) -> None:
        self._archived.left[day_text(day)] = reason

    def _rest_of(self, former: Iterable[Record]) -> Iterator[Record]:
        """Give what the archive keeps of a day that the store does not have whole any more."""
        for record in former:
            yield emptied(record) if self._must_go(record) else record

    def _must_go(self, record: Record) -> bool:
        return has_expired(record, self._now) or record.id in self._purged

    def _records_of(
        self, former: Iterable[Record], entries: Entries, shells: Mapping[bytes, Record]
    ) -> Iterator[Record | RecordId]:
        """Give what the archive keeps of a day: records, and the ids of those that are read from the store."""
        for record, record_id in paired(former, entries):
            if record_id is None:
                continue
            shell = shells.get(record_id)
            if shell is None:
                yield RecordId(record_id)
            elif record is None or self._must_go(record):
                yield shell
            else:
                yield record

    async def _write(self, day: int, records: Iterator[Record | RecordId], *, shells: bytes) -> None:
        with tempfile.TemporaryDirectory(prefix="peerset-archive-") as folder:
            path = Path(folder) / "day.parquet"
            try:
                with closing(DayFile(day, path)) as file:
                    while some := list(islice(records, READ_AT_ONCE)):
                        file.add(await self._read(day, some))
                    written = file.end(shells=shells)
            except OSError as error:
                raise StoreError(f"{day_text(day)} cannot be written to {path}: {error.strerror or error}") from error
            await self._take(written, path)

    async def _read(self, day: int, some: Sequence[Record | RecordId]) -> list[Record]:
        """Give *some*, those that are ids from the store; what went from there meanwhile is left out."""
        ids = [each for each in some if isinstance(each, bytes)]
        found = {each: _whole(each, wire, day) for each, wire in zip(ids, await self._store.wires(ids), strict=True)}
        gone = [each for each in ids if found[each] is None]
        for outline in await self._store.named(gone) if gone else ():
            found[outline.id] = shell_of(outline.id, outline.author, outline.created_at, outline.kind)
        records = [found.get(each) if isinstance(each, bytes) else each for each in some]
        return [emptied(each) if self._must_go(each) else each for each in records if each is not None]

    async def _take(self, written: ArchivedDay, path: Path) -> None:
        """Put a file in its place, unless there is one of the same already."""
        archived = self._days.pop(written.day, None)
        if not written.records.count:
            self._archived.written.append(written.name)
            return
        if archived is not None and archived.file == written.file and self._is_there(archived):
            self._days[written.day] = replace(archived, shells=written.shells, expires=written.expires)
            return
        await aside(self._place.put, written.file, path)
        self._days[written.day] = written
        self._archived.written.append(written.name)

    async def _tidy(self) -> None:
        """Delete the files of ours that no day has any more."""
        named = {day.file for day in self._days.values()}
        for file in await aside(self._place.sizes, DAYS):
            if file not in named and _OURS.fullmatch(file):
                await aside(self._place.remove, file)


def _whole(record_id: RecordId, wire: bytes, day: int) -> Record | None:
    """Give the record of a store's *wire*; None where it has none.

    Raises:
        StoreError: it is not the record of this id.

    """
    if not wire:
        return None
    try:
        record = decode_record(wire)
    except MalformedError as error:
        raise StoreError(f"the store is damaged: {record_id.hex()[:8]} of {day_text(day)}: {error}") from error
    if record.id != record_id:
        raise StoreError(f"the store is damaged: under {record_id.hex()[:8]} of {day_text(day)} is another record")
    return record


def _shares(due: Mapping[int, int]) -> Iterator[list[int]]:
    """Give the days that are due, together so many records at a time that their ids can be in memory."""
    some, records = list[int](), 0
    for day, count in due.items():
        if some and records + count > SURVEY_RECORDS_MAX:
            yield some
            some, records = [], 0
        some.append(day)
        records += count
    if some:
        yield some
