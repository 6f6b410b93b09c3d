"""What an archive says of itself: which days it holds, in which files, and what their digests are.

The root is that of the protocol (docs/protocol.md, "Sync") over a window from the first day to the end of the last one.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from peerset.archive.day_digest import DaySet
from peerset.archive.limits import ARCHIVE_DAYS_MAX, FILE_BYTES_MAX, MANIFEST_BYTES_MAX
from peerset.core.bucket import day_of
from peerset.core.clock import DAY_SECONDS, UNIX_MAX, UnixTime
from peerset.core.day_tree import DayLeaf, DayTree
from peerset.core.limits import INTEGER_MAX
from peerset.core.merkle import RoomRoot, root_over
from peerset.core.signal import RoomTag
from peerset.errors import ArchiveError

MANIFEST: Final = "manifest.json"
DAYS: Final = "days"
"""The folder of the files."""
FORMAT: Final = "peerset archive 1"

_HEX: Final = re.compile("[0-9a-f]*")
_NAME_DIGITS: Final = 16
_DIGEST_BYTES: Final = 32
_ROOM_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class ArchivedDay:
    """One UTC day, numbered from the Unix epoch, and the file that holds it."""

    day: int
    file: str
    """Its path within the archive."""
    size: int
    """In bytes."""
    sha256: bytes
    """Of the file."""
    records: DaySet
    """All members of the day, those included that have lost their content."""
    purged: DaySet
    """Those without content."""
    shells: bytes
    """R of those that had no content in the store when it was archived, though they may have it here."""
    expires: int | None
    """When the first record of those with content expires, in Unix seconds."""

    @property
    def name(self) -> str:
        """Give the day as people write it: 2026-01-31."""
        return day_text(self.day)


@dataclass(frozen=True, slots=True)
class Manifest:
    """All of an archive but its files."""

    room: RoomTag
    archived_at: UnixTime
    days: tuple[ArchivedDay, ...]
    """Ascending."""

    @property
    def root(self) -> RoomRoot | None:
        """The root over all days; None without any."""
        if not self.days:
            return None
        first, stop = self.days[0].day, self.days[-1].day + 1
        leaves = [DayLeaf(each.day, each.records.count, each.records.digest) for each in self.days]
        upto = UnixTime(stop * DAY_SECONDS)
        return root_over(self.room, first, upto, leaves, tree=DayTree(range(first, stop)))

    def with_days(self, days: Iterable[ArchivedDay], *, at: UnixTime) -> "Manifest":
        """Give the manifest of an archive that holds *days* since *at*."""
        return replace(self, archived_at=at, days=tuple(sorted(days, key=lambda each: each.day)))

    def encode(self) -> bytes:
        """Write it as JSON, a line for each day."""
        root = self.root
        head = {
            "format": FORMAT,
            "room": self.room.hex(),
            "archived_at": self.archived_at,
            "records": 0 if root is None else root.count,
            "root": None if root is None else root.digest.hex(),
        }
        lines = [f" {json.dumps(name)}: {json.dumps(value)}," for name, value in head.items()]
        days = ",\n".join(f"  {json.dumps(_row_of(each))}" for each in self.days)
        return "\n".join(["{", *lines, f' "days": [\n{days}\n ]', "}", ""]).encode()


def day_text(day: int) -> str:
    """Write the day with this number as 2026-01-31."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).date().isoformat()


def file_of(day: int, records: DaySet, purged: DaySet) -> str:
    """Name the file of a day by what it holds, so that no other content ever takes its place."""
    name = hashlib.sha256(records.digest + purged.digest).hexdigest()[:_NAME_DIGITS]
    return f"{DAYS}/{day_text(day)}-{name}.parquet"


def read_manifest(data: bytes) -> Manifest:
    """Read a manifest, of which nothing is believed: its files are checked against it, and it against its root.

    Raises:
        ArchiveError: it is none, or was changed by hand; the message names the day if it is one.

    """
    if len(data) > MANIFEST_BYTES_MAX:
        raise ArchiveError(f"{MANIFEST} is longer than {MANIFEST_BYTES_MAX} bytes")
    try:
        said = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ArchiveError(f"{MANIFEST} is no JSON: {str(error)[:100]}") from error
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise ArchiveError(f'{MANIFEST} is not that of an archive: it has no "format": "{FORMAT}"')
    rows = said.get("days")
    if not isinstance(rows, list) or len(rows) > ARCHIVE_DAYS_MAX:
        raise ArchiveError(f"{MANIFEST} has no list of at most {ARCHIVE_DAYS_MAX} days")
    days = tuple([_day_of(row, number) for number, row in enumerate(rows, 1)])
    for before, after in pairwise(days):
        if before.day >= after.day:
            raise ArchiveError(f"{MANIFEST} has the day {after.name} after {before.name}")
    archived_at = UnixTime(_number(said.get("archived_at"), "archived_at", INTEGER_MAX))
    manifest = Manifest(RoomTag(_digest(said.get("room"), "room", _ROOM_BYTES)), archived_at, days)
    root = manifest.root
    known = (0, None) if root is None else (root.count, root.digest.hex())
    if (said.get("records"), said.get("root")) != known:
        raise ArchiveError(f"{MANIFEST} was changed: its days do not have the root that it names")
    return manifest


def _row_of(day: ArchivedDay) -> dict[str, object]:
    return {
        "day": day.name,
        "file": day.file,
        "bytes": day.size,
        "sha256": day.sha256.hex(),
        "records": day.records.count,
        "digest": day.records.digest.hex(),
        "purged": day.purged.count,
        "purged_digest": day.purged.digest.hex(),
        "shells_digest": day.shells.hex(),
        "expires": day.expires,
    }


def _day_of(row: object, number: int) -> ArchivedDay:
    where = f"day {number} of {MANIFEST}"
    if not isinstance(row, dict):
        raise ArchiveError(f"{where} is no object")
    day = _day_number(row.get("day"), where)
    where = f"{MANIFEST}, {day_text(day)}"

    def count(name: str, most: int) -> int:
        return _number(row.get(name), f"{where}: {name}", most)

    def digest(name: str) -> bytes:
        return _digest(row.get(name), f"{where}: {name}", _DIGEST_BYTES)

    records = DaySet(count("records", INTEGER_MAX), digest("digest"))
    purged = DaySet(count("purged", records.count), digest("purged_digest"))
    expires = None if row.get("expires") is None else count("expires", INTEGER_MAX)
    file = row.get("file")
    if file != file_of(day, records, purged):
        raise ArchiveError(f"{where}: what it holds is not called {str(file)[:80]!r}")
    size, sha256 = count("bytes", FILE_BYTES_MAX), digest("sha256")
    return ArchivedDay(day, file, size, sha256, records, purged, digest("shells_digest"), expires)


def _day_number(text: object, where: str) -> int:
    try:
        day = day_of(int(datetime.strptime(str(text), "%Y-%m-%d").replace(tzinfo=UTC).timestamp()))
    except (TypeError, ValueError) as error:
        raise ArchiveError(f"{where} has no date such as 2026-01-31") from error
    if not 0 <= day <= day_of(UNIX_MAX) or day_text(day) != text:
        raise ArchiveError(f"{where} has no date such as 2026-01-31")
    return day


def _number(value: object, where: str, most: int) -> int:
    # True is a whole number to Python.
    if type(value) is not int or not 0 <= value <= most:
        raise ArchiveError(f"{where} must be a whole number from 0 to {most}")
    return value


def _digest(value: object, where: str, size: int) -> bytes:
    if not isinstance(value, str) or len(value) != 2 * size or not _HEX.fullmatch(value):
        raise ArchiveError(f"{where} must be {2 * size} lower-case hexadecimal digits")
    return bytes.fromhex(value)
