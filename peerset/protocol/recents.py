"""The last records that were passed on, which can still be pulled, and who has them."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from peerset.core.keys import PublicKey
from peerset.core.limits import RECENT_BYTES_MAX, RECENT_RECORDS_MAX
from peerset.core.record import Record, RecordId
from peerset.core.signal import PeerId

PREFIX_BYTES: Final = 8
"""Records are told by so many bytes of their ids.

They are no secret and carry no salt: what two neighbours announce must be seen to be the same, or it would be pulled
twice. Whoever makes two records with one beginning keeps one of them from being pulled, and sync brings it.
"""


@dataclass(slots=True)
class Recent:
    """A record that can still be pulled, and who has it.

    Its tags, once read, would take several times the bytes in which they came.
    """

    prefix: bytes
    """What it is told by."""
    author: PublicKey
    wire: bytes
    """Its wire form; empty once it was purged."""
    holders: set[PeerId] = field(default_factory=set)
    pushed: frozenset[PeerId] = frozenset()
    """Those of them to whom it was given unasked."""
    is_ours: bool = False
    """Our own user wrote it just now: it goes before what is passed on."""
    told: set[PeerId] = field(default_factory=set)
    """Those that were told of it: what they say of it now proves nothing."""


def recent_of(record: Record) -> Recent:
    """Give what is kept of *record*."""
    return Recent(record.id[:PREFIX_BYTES], record.author, record.wire)


class Recents:
    """At most `RECENT_RECORDS_MAX` of them, of `RECENT_BYTES_MAX`; the oldest go first."""

    def __init__(self) -> None:
        self._recents: OrderedDict[bytes, Recent] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._recents)

    @property
    def size_bytes(self) -> int:
        """What all of them take."""
        return self._bytes

    def get(self, prefix: bytes) -> Recent | None:
        """Give the one whose id begins with *prefix*."""
        return self._recents.get(prefix)

    def add(self, record: Record) -> Recent:
        """Keep *record*, or give what is kept of it already, unless that was purged."""
        prefix = record.id[:PREFIX_BYTES]
        recent = self._recents.get(prefix)
        if recent is None or not recent.wire:
            recent = self._recents[prefix] = recent_of(record)
            self._bytes += len(record.wire)
        while len(self._recents) > RECENT_RECORDS_MAX or self._bytes > RECENT_BYTES_MAX:
            _, oldest = self._recents.popitem(last=False)
            self._bytes -= len(oldest.wire)
        return recent

    def told(self, prefix: bytes, peer: PeerId) -> None:
        """Note that *peer* is told of the record whose id begins with *prefix*, if it is here."""
        if (recent := self._recents.get(prefix)) is not None:
            recent.told.add(peer)

    def purge(self, ids: Iterable[RecordId]) -> None:
        """Keep no content of *ids*. They stay known, so that they are not asked for again."""
        for record_id in ids:
            recent = self._recents.get(record_id[:PREFIX_BYTES])
            if recent is not None:
                self._bytes -= len(recent.wire)
                recent.wire = b""
