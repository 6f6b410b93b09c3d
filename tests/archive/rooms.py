"""Stores of a room with records of several days, and archives of them."""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from peerset.archive.archiving import Archived, Archiving
from peerset.archive.place import FolderPlace, Place
from peerset.archive.reader import Tell
from peerset.archive.reading import answer
from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.keys import SecretKey
from peerset.core.limits import RETENTION_SECONDS
from peerset.core.record import KIND_DELETION, KIND_RECORD, Record, sign_record
from peerset.core.signal import RoomName
from peerset.ports import Store

KEY: Final = SecretKey.generate(random.Random(1))
LOBBY: Final = RoomName("peerset", "lobby")
TODAY: Final = 20_500
NOW: Final = UnixTime(TODAY * DAY_SECONDS + 40_000)
"""In the middle of a day."""


def record_on(
    day: int,
    number: int = 0,
    *,
    tags: Sequence[Sequence[str]] = (),
    kind: int = KIND_RECORD,
    room: RoomName = LOBBY,
    content: str = "",
) -> Record:
    """Make the record with this *number* of a day, a minute after the one before."""
    created_at = UnixTime(day * DAY_SECONDS + 60 * number)
    content = content or f'record {number} of {day}: ünïcode, "quotes"\n'
    return sign_record(KEY, created_at=created_at, kind=kind, tags=[("h", room.tag.hex()), *tags], content=content)


def deletion_of(record: Record, *, at: int) -> Record:
    """Delete *record* as its author."""
    tags = [("h", LOBBY.tag.hex()), ("e", record.id.hex())]
    return sign_record(KEY, created_at=UnixTime(at), kind=KIND_DELETION, tags=tags, content="")


class HereReader:
    """Reads in this process, as the processes do that are started for it: to start one takes longer than to read."""

    async def ask(self, question: dict[str, object], tell: Tell) -> dict[str, Any]:
        """Give the answer to *question*."""
        answered: dict[str, Any] = answer(json.loads(json.dumps(question)), lambda said: tell(0))
        return answered

    async def aclose(self) -> None:
        """Have nothing to end."""


async def archive(
    store: Store,
    place: Place | Path,
    *,
    now: UnixTime = NOW,
    retention_seconds: int = RETENTION_SECONDS,
    purged: frozenset[bytes] = frozenset(),
    is_anew: bool = False,
) -> Archived:
    """Archive what is in *store*."""
    return await Archiving(
        store,
        FolderPlace(place) if isinstance(place, Path) else place,
        LOBBY.tag,
        now=now,
        retention_seconds=retention_seconds,
        purged=purged,
        is_anew=is_anew,
    ).run(expect=lambda _: None, tell=lambda _: None)
