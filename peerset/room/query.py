"""Which records a reader asks for, as people say it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final, TypedDict

from peerset.core.filter import Cursor, Filter
from peerset.core.keys import PublicKey, SecretKey
from peerset.core.lookup import find_id
from peerset.core.nip19 import AddressPointer, EventPointer, ProfilePointer
from peerset.core.record import Record, RecordId
from peerset.core.typed import (
    AnyId,
    AnyKey,
    AnyTime,
    read_cursor,
    read_id,
    read_key,
    read_kinds,
    read_limit,
    read_since,
    read_tags,
    read_text,
    read_until,
    several,
    short_id,
)
from peerset.errors import ConfigError
from peerset.ports import Store


class Query(TypedDict, total=False):
    """Which records a reader wants (NIP-01): all given fields match; those left out, or None, match everything.

    Where several values may stand, one alone will do.
    """

    ids: AnyId | Iterable[AnyId] | None
    """By id, or by its first digits, or as note, nevent or naddr."""
    authors: AnyKey | Iterable[AnyKey] | None
    """By npub, nprofile, 64 hex digits or key."""
    kinds: int | Iterable[int] | None
    since: AnyTime | None
    """Written then or later."""
    until: AnyTime | None
    """Written then or earlier; a day alone means its end."""
    tags: Mapping[str, str | Iterable[str]] | None
    """One-letter tag name -> accepted values."""
    collection: str | None
    """Short for the tag ``c``."""
    after: AnyId | Cursor | None
    """Only what comes after this record, newest first: the next page after one that ends with it."""
    limit: int | None
    """At most so many, the newest."""


FIELDS: Final = tuple(Query.__annotations__)


@dataclass(frozen=True, slots=True)
class Asked:
    """A query that was read, but for the ids that have to be looked up."""

    filter: Filter
    unknown: tuple[AddressPointer | str, ...] = ()
    """First digits of ids, and addresses, beside the ids of the filter."""
    after: RecordId | AddressPointer | str | None = None
    """The record after which the page begins, or the first digits of its id."""

    async def resolve(self, store: Store) -> Filter:
        """Look up in *store* what is missing.

        Raises:
            ConfigError: several ids begin so, or the page begins after a record that is not here.
            StoreError: the store cannot be read.

        """
        found = self.filter
        if self.unknown:
            looked_up = [await find_id(each, store) for each in self.unknown]
            found = replace(found, ids=(found.ids or frozenset()) | {each for each in looked_up if each is not None})
        if self.after is not None:
            found = replace(found, after=await _place_of(self.after, store))
        return found


def read_query(query: Mapping[str, object], *, now: int) -> Asked:
    """Read *query*; *now* is what ages are counted from.

    Raises:
        ConfigError: a field is unknown, or its value cannot be meant.

    """
    _check_fields(query)
    given = {name: value for name, value in query.items() if value is not None}
    tags = read_tags(given["tags"]) if "tags" in given else {}
    if "collection" in given:
        tags["c"] = frozenset([read_text("a collection", given["collection"])])
    ids = (
        list(map(read_id, several("ids", given["ids"], singles=(str, bytes, Record, EventPointer, AddressPointer))))
        if "ids" in given
        else []
    )
    after = read_cursor(given["after"]) if "after" in given else None
    whole = Filter(
        ids=frozenset(each for each in ids if isinstance(each, bytes)) if "ids" in given else None,
        authors=_read_authors(given["authors"]) if "authors" in given else None,
        kinds=read_kinds(given["kinds"]) if "kinds" in given else None,
        since=read_since(given["since"], now=now) if "since" in given else None,
        until=read_until(given["until"], now=now) if "until" in given else None,
        tags=tags,
        after=after,
        limit=read_limit(given["limit"]) if "limit" in given else None,
    )
    unknown = tuple(each for each in ids if not isinstance(each, bytes))
    return Asked(whole, unknown, read_id(given["after"]) if "after" in given and after is None else None)


def _check_fields(query: Mapping[str, object]) -> None:
    for name in query:
        if name not in FIELDS:
            near = get_close_matches(name, FIELDS, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(FIELDS)}"
            raise ConfigError(f"records are not chosen by {name!r}; {hint}")


def _read_authors(value: object) -> frozenset[PublicKey]:
    return frozenset(map(read_key, several("authors", value, singles=(str, bytes, SecretKey, ProfilePointer))))


async def _place_of(after: RecordId | AddressPointer | str, store: Store) -> Cursor:
    record_id = await find_id(after, store)
    records = [] if record_id is None else await store.get([record_id])
    if not records:
        name = short_id(after)
        raise ConfigError(f"no page begins after {name!r}: there is no such record here; a Cursor needs none")
    return Cursor.of(records[0])
