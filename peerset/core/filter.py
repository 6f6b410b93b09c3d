"""Which records a reader wants, with the names of NIP-01 filters."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from peerset.core.keys import PublicKey
from peerset.core.record import Record, RecordId
from peerset.core.stamp import MICROSECONDS, newest_first, stamp_of
from peerset.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in what readers see, newest first; it stands when its record is gone."""

    stamp: int
    """When the record there was written, in microseconds since 1970-01-01 UTC."""
    id: RecordId

    @classmethod
    def of(cls, record: Record) -> "Cursor":
        """Give the place of *record*."""
        return cls(stamp_of(record), record.id)

    def __str__(self) -> str:
        return f"{self.stamp}-{self.id.hex()}"

    @property
    def order(self) -> tuple[int, int, RecordId]:
        """Compare places by this, as `newest_first` does records."""
        seconds, microseconds = divmod(self.stamp, MICROSECONDS)
        return -seconds, -microseconds, self.id

    def is_before(self, record: Record) -> bool:
        """Say whether *record* comes after this place."""
        return newest_first(record) > self.order


@dataclass(frozen=True, slots=True)
class Filter:
    """A record matches when every given field does (NIP-01); fields left out match all, empty ones none.

    Raises:
        ConfigError: a tag name is not one letter (others are not indexed), or the limit is negative.

    """

    ids: frozenset[RecordId] | None = None
    authors: frozenset[PublicKey] | None = None
    kinds: frozenset[int] | None = None
    since: int | None = None
    """created_at at or after this, in Unix seconds."""
    until: int | None = None
    """created_at at or before this, in Unix seconds."""
    tags: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """One-letter tag name -> accepted first values."""
    after: Cursor | None = None
    """Only what comes after this place, newest first, ties by lowest id first: the next page."""
    limit: int | None = None
    """At most this many, newest first, ties by lowest id first."""

    def __post_init__(self) -> None:
        for name in self.tags:
            if len(name) != 1 or not name.isascii() or not name.isalpha():
                raise ConfigError(f"a filter's tag name must be one letter a-z or A-Z, not {name!r}")
        if self.limit is not None and self.limit < 0:
            raise ConfigError(f"a filter's limit must be 0 or more, not {self.limit}")

    def matches(self, record: Record) -> bool:
        """Say whether *record* passes every field but *limit*."""
        return (
            (self.ids is None or record.id in self.ids)
            and (self.authors is None or record.author in self.authors)
            and (self.kinds is None or record.kind in self.kinds)
            and (self.since is None or record.created_at >= self.since)
            and (self.until is None or record.created_at <= self.until)
            and (self.after is None or self.after.is_before(record))
            and all(record.has_tag(name, values) for name, values in self.tags.items())
        )
