"""What expires while readers look: they do not see it any more, and are told so (NIP-40).

Each peer goes by its own clock. What has expired stays in the set, for roots are to be equal.
"""

import asyncio
from bisect import insort
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.expiration import expires_at, has_expired
from peerset.core.limits import EXPIRATIONS_AWAITED_MAX
from peerset.core.record import Record, RecordId
from peerset.moderation.explanation import EXPIRATION
from peerset.protocol.events import Event, Happening, RecordDeleted, RecordHidden, RecordsAdded

LOOK_SECONDS_MAX: Final = 60
"""How late it is noticed at most that the clock was set."""


class Expirations:
    """Hides what has expired by *now*, and lets *tell* know when it happens to what came, or was shown, before."""

    def __init__(self, now: Callable[[], UnixTime], tell: Callable[[Event], None]) -> None:
        self._now = now
        self._tell = tell
        self._awaited: list[tuple[int, RecordId]] = []
        """The first to expire come first."""
        self._ids: set[RecordId] = set()
        self._wake = asyncio.Event()

    def hides(self, record: Record) -> bool:
        """Say whether readers do not see *record* any more."""
        return has_expired(record, self._now())

    def expect(self, records: Iterable[Record]) -> None:
        """Await that *records* expire, those that do; of too many, the first to."""
        for record in records:
            at = expires_at(record)
            if at is not None and record.id not in self._ids:
                self._ids.add(record.id)
                insort(self._awaited, (at, record.id))
                self._wake.set()
        for _, record_id in self._awaited[EXPIRATIONS_AWAITED_MAX:]:
            self._ids.discard(record_id)
        del self._awaited[EXPIRATIONS_AWAITED_MAX:]

    def take(self, event: Happening) -> None:
        """Follow the member set."""
        match event:
            case RecordsAdded(news):
                self.expect(record for record, _ in news)
            case RecordDeleted(record_id):
                self._ids.discard(record_id)
            case _:
                pass

    async def run(self) -> None:
        """Tell of what expires, for ever."""
        while True:
            self._tell_due()
            self._wake.clear()
            seconds = min(self._awaited[0][0] - self._now(), LOOK_SECONDS_MAX) if self._awaited else None
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._wake.wait()

    def _tell_due(self) -> None:
        now = self._now()
        count = next((place for place, (at, _) in enumerate(self._awaited) if at > now), len(self._awaited))
        due, self._awaited = self._awaited[:count], self._awaited[count:]
        for _, record_id in due:
            if record_id in self._ids:
                self._ids.discard(record_id)
                self._tell(RecordHidden(record_id, EXPIRATION, "it has expired"))
