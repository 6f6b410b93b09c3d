"""Which records a reader wants, with the names of NIP-01 filters."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from peerset.core.keys import PublicKey
from peerset.core.record import Record, RecordId


@dataclass(frozen=True, slots=True)
class Filter:
    """A record matches when every given field does (NIP-01); fields left out match all."""

    ids: frozenset[RecordId] | None = None
    authors: frozenset[PublicKey] | None = None
    kinds: frozenset[int] | None = None
    since: int | None = None
    """created_at at or after this, in Unix seconds."""
    until: int | None = None
    """created_at at or before this, in Unix seconds."""
    tags: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """One-letter tag name -> accepted first values."""
    limit: int | None = None
    """At most this many, newest first, ties by lowest id first."""

    def matches(self, record: Record) -> bool:
        """Say whether *record* passes every field but *limit*."""
        return (
            (self.ids is None or record.id in self.ids)
            and (self.authors is None or record.author in self.authors)
            and (self.kinds is None or record.kind in self.kinds)
            and (self.since is None or record.created_at >= self.since)
            and (self.until is None or record.created_at <= self.until)
            and all(not values.isdisjoint(record.tag_values(name)) for name, values in self.tags.items())
        )
