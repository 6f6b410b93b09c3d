"""What a store remembers of how its room was joined before: by which clock, and for how long records are kept."""

import logging
from collections.abc import Sequence
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.limits import RETENTION_SECONDS, RETENTION_SECONDS_MAX, RETENTION_SECONDS_MIN
from peerset.errors import StoreError
from peerset.ports import Store

CLOCK: Final = "clock"
SEEN: Final = b"seen"
"""Kind and key of the note that says what our clock said when it was last believed."""
RETENTION: Final = "retention"
SECONDS: Final = b"seconds"
"""Kind and key of the note that says for how long records are kept here."""

logger = logging.getLogger(__name__)


async def last_seen(store: Store, entries: Sequence[tuple[int, bytes]]) -> UnixTime | None:
    """Give what our clock said when it was last believed; without a note of it, what the newest record says."""
    noted = await _number(store, CLOCK, SEEN)
    if noted is not None:
        return UnixTime(noted)
    return UnixTime(entries[-1][0]) if entries else None


async def settle_retention(store: Store, said: int | None) -> int:
    """Give for how many seconds *store* keeps records: as *said*, from now on, or else as it did before.

    What was to be kept for a year would be gone at the first join that does not say so.
    """
    kept = await kept_retention(store)
    if said is None or said == kept:
        return kept
    try:
        await store.note(RETENTION, SECONDS, str(said))
    except StoreError as error:
        # One that cannot be written deletes nothing either.
        logger.warning("for how long records are kept is not remembered: %s", error)
    return said


async def kept_retention(store: Store) -> int:
    """Give for how many seconds *store* keeps records, as the last join that said so wished: at first, 90 days."""
    noted = await _number(store, RETENTION, SECONDS)
    return noted if noted is not None and RETENTION_SECONDS_MIN <= noted <= RETENTION_SECONDS_MAX else RETENTION_SECONDS


async def _number(store: Store, kind: str, key: bytes) -> int | None:
    noted = (await store.notes(kind)).get(key, "")
    # Whoever changed the note by hand changed it to something wrong.
    return int(noted) if noted.isascii() and noted.isdigit() else None
