"""What a store remembers of how its room was joined before: by which clock, and for how long records are kept."""

import json
import logging
from collections.abc import Iterable
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.filter import Filter
from peerset.core.keys import KEY_BYTES, PublicKey
from peerset.core.limits import (
    INTEGER_MAX,
    RETENTION_SECONDS,
    RETENTION_SECONDS_MAX,
    RETENTION_SECONDS_MIN,
    SKETCH_STRETCH_RECORDS,
)
from peerset.core.merkle import Index
from peerset.core.summary import Summary
from peerset.core.typed import span_text
from peerset.errors import StoreError
from peerset.ports import ColumnStore, Store
from peerset.protocol.acquaintances import Acquaintance
from peerset.protocol.node import Node

CLOCK: Final = "clock"
SEEN: Final = b"seen"
"""Kind and key of the note that says what our clock said when it was last believed."""
RETENTION: Final = "retention"
SECONDS: Final = b"seconds"
"""Kind and key of the note that says for how long records are kept here."""
MESH: Final = "mesh"
ACQUAINTANCES: Final = b"acquaintances"
"""Kind and key of the note that names, as JSON, whose keys were useful for long, and when that was last seen."""

logger = logging.getLogger(__name__)


async def last_seen(store: Store, index: Index) -> UnixTime | None:
    """Give what our clock said when it was last believed; without a note of it, what the newest record says."""
    noted = await _number(store, CLOCK, SEEN)
    if noted is not None:
        return UnixTime(noted)
    return None if index.newest is None else UnixTime(index.newest)


async def settle_retention(store: Store, said: int | None) -> int:
    """Give for how many seconds *store* keeps records: as *said*, from now on, or else as it did before.

    What was to be kept for a year would be gone at the first join that does not say so.
    """
    kept = await kept_retention(store)
    if said is None or said == kept:
        return kept
    if said < kept and await store.query(Filter(limit=1)):
        logger.warning(
            "this store kept records for %s, and does for %s from now on: what is older is deleted",
            span_text(kept),
            span_text(said),
        )
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


async def keep_acquaintances(store: Store, acquaintances: Iterable[Acquaintance]) -> None:
    """Keep whose keys were useful for long, in the place of what was kept.

    Raises:
        StoreError: the store cannot write.

    """
    await store.note(MESH, ACQUAINTANCES, json.dumps({key.hex(): seen for key, seen in acquaintances}))


async def kept_acquaintances(store: Store) -> list[Acquaintance]:
    """Give whose keys were useful for long in earlier lives; what makes no sense is left out."""
    try:
        kept = json.loads((await store.notes(MESH)).get(ACQUAINTANCES, "{}"))
        rows = [(bytes.fromhex(key), seen) for key, seen in kept.items()]
    except (ValueError, TypeError, AttributeError, RecursionError):
        return []
    return [(PublicKey(key), UnixTime(seen)) for key, seen in rows if len(key) == KEY_BYTES and _is_time(seen)]


async def keep_sketch(store: Store, node: Node) -> None:
    """Keep the sketch of a large set, which takes seconds to compute, for the next join of a room that was left."""
    index = node.index
    # What is being saved may be in the store already, and not in the index.
    is_whole = node.is_quiet and len(index) >= SKETCH_STRETCH_RECORDS
    if isinstance(store, ColumnStore) and index.summary is not None and is_whole:
        try:
            await store.keep_sketch(index.summary.packed(), count=len(index))
        except StoreError as error:
            logger.info("the sketch of the set is not kept: %s", error)


async def resume_sketch(store: Store, index: Index) -> None:
    """Go on with the sketch that an earlier life kept of the same set."""
    if isinstance(store, ColumnStore):
        sketch = await store.kept_sketch(count=len(index))
        index.summary = None if sketch is None else Summary.resumed(index, sketch)


def _is_time(value: object) -> bool:
    return type(value) is int and 0 <= value <= INTEGER_MAX


async def _number(store: Store, kind: str, key: bytes) -> int | None:
    noted = (await store.notes(kind)).get(key, "")
    # Whoever changed the note by hand changed it to something wrong.
    return int(noted) if noted.isascii() and noted.isdigit() else None
