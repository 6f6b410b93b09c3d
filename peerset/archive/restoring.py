"""Brings the days of an archive back into a room, as far as the room would have them today."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from peerset.archive.checking import checker
from peerset.archive.manifest import ArchivedDay, Manifest
from peerset.archive.place import Place
from peerset.archive.reader import Tell
from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.expiration import has_expired
from peerset.core.record import Record
from peerset.errors import ArchiveError
from peerset.protocol.events import RecordKnown, RecordPostponed, RecordRejected
from peerset.protocol.retention import Window
from peerset.room.room import Room
from peerset.room.stream import EventStream

ADDED_AT_ONCE: Final = 500
"""Each record may cause two events; the room buffers 1,024 for a reader."""

Refused = Callable[[str, str], None]
"""Is told of a record that the room refused: the beginning of its id, and the reason."""


@dataclass(slots=True)
class Restored:
    """What came of it; all but *added* and *wrong* were left out, in records."""

    added: int = 0
    known: int = 0
    """Are here already, or were destroyed here."""
    refused: int = 0
    """By the room: a wrong signature, a policy, or deleted by their authors."""
    old: int = 0
    """Are older than the room keeps any."""
    expired: int = 0
    """Should be gone by now, as their authors wish."""
    purged: int = 0
    """Have no content in the archive."""
    wrong: dict[str, str] = field(default_factory=dict)
    """The days of which nothing was brought back, for their files are not what the manifest says; each with why."""


class Restoring:
    """Brings what is in the archive at *place* into *room*, which accepts what *window* does at *now*."""

    def __init__(
        self, place: Place, manifest: Manifest, room: Room, *, window: Window, now: UnixTime, refused: Refused
    ) -> None:
        self._place = place
        self._manifest = manifest
        self._room = room
        self._accepted_from = window.accepted_from
        self._now = now
        self._tell_refused = refused
        self._restored = Restored()

    async def run(self, tell: Tell) -> Restored:
        """Bring back all days, the oldest first; *tell* is told how many records more were looked at.

        Raises:
            StoreError: the archive cannot be read, or the store not written.
            RoomClosedError: the room was left, or failed.

        """
        events = self._room.events(RecordKnown, RecordRejected, RecordPostponed)
        reporting = asyncio.create_task(self._report(events), name="peerset-restore-report")
        async with checker(self._place, self._manifest.room) as checking:
            for day in self._manifest.days:
                if self._is_old(day):
                    self._restored.old += day.records.count
                    tell(day.records.count)
                    continue
                try:
                    records = await checking.records(day)
                except ArchiveError as error:
                    self._restored.wrong[day.name] = str(error)
                    tell(day.records.count)
                    continue
                await self._add(records, tell)
        events.close()
        await reporting
        self._restored.added -= self._restored.known + self._restored.refused
        return self._restored

    def _is_old(self, day: ArchivedDay) -> bool:
        return (day.day + 1) * DAY_SECONDS <= self._accepted_from

    async def _add(self, records: Iterable[Record], tell: Tell) -> None:
        following = iter(records)
        while some := list(islice(following, ADDED_AT_ONCE)):
            wanted = [each for each in some if self._is_wanted(each)]
            await self._room.add(wanted)
            self._restored.added += len(wanted)
            tell(len(some))

    def _is_wanted(self, record: Record) -> bool:
        if not record.wire:
            self._restored.purged += 1
        elif record.created_at < self._accepted_from:
            self._restored.old += 1
        elif has_expired(record, self._now):
            self._restored.expired += 1
        else:
            return True
        return False

    async def _report(self, events: EventStream) -> None:
        async for event in events:
            match event:
                case RecordKnown(_):
                    self._restored.known += 1
                case RecordRejected(record_id, _, source, reason, None):
                    self._restored.refused += 1
                    self._tell_refused(record_id.hex()[:8], f"refused by {source}: {reason}")
                case RecordPostponed(record_id, seconds, None):
                    self._restored.refused += 1
                    self._tell_refused(record_id.hex()[:8], f"it is dated {seconds} s ahead")
                case _:
                    pass
