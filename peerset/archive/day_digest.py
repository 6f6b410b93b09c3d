"""The digest of a whole day, and of nothing less, as the protocol has it (docs/protocol.md, "Digests").

It is computed while records pass by in order, and keeps the ids of a quarter of an hour, whatever the day holds.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from peerset.core.limits import DIGEST_IDS_MAX, DIGEST_PART_SECONDS


@dataclass(frozen=True, slots=True)
class DaySet:
    """How many ids of a day are in a set, and R of them, 32 bytes."""

    count: int
    digest: bytes


class DayDigest:
    """Takes the entries of one day in the order (created_at, id)."""

    def __init__(self) -> None:
        self._count = 0
        self._first = bytearray()
        """The ids, as long as one hash goes over all of them."""
        self._parts: list[bytes] = []
        """R of each quarter of an hour that has gone by, and had any."""
        self._part = -1
        self._part_ids = bytearray()

    def add(self, created_at: int, record_id: bytes) -> None:
        """Take the next entry."""
        part = created_at // DIGEST_PART_SECONDS
        if part != self._part:
            self._end_part()
            self._part = part
        self._part_ids += record_id
        self._count += 1
        if self._count <= DIGEST_IDS_MAX:
            self._first += record_id

    def result(self) -> DaySet:
        """Give what came of all of them; nothing is added afterwards."""
        if self._count <= DIGEST_IDS_MAX:
            return DaySet(self._count, _hash(self._first))
        self._end_part()
        count = self._count.to_bytes(4, "big")
        return DaySet(self._count, hashlib.sha256(b"".join([b"peerset/r2", count, *self._parts])).digest())

    def _end_part(self) -> None:
        if self._part_ids:
            self._parts.append(_hash(self._part_ids))
            self._part_ids.clear()


def _hash(ids: bytes | bytearray) -> bytes:
    return hashlib.sha256(b"peerset/r1" + (len(ids) // 32).to_bytes(4, "big") + ids).digest()


NOTHING: Final = DayDigest().result()
"""Of a set without any id."""
