"""What is to be written in a collection: drafts of records, and after what they are dated."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from peerset.core.action import Json
from peerset.core.keys import PublicKey
from peerset.core.limits import DOCUMENT_LINKS_MAX, RECORD_BYTES_MAX
from peerset.core.record import KIND_KEYED, KIND_RECORD, Record, RecordId
from peerset.core.stamp import stamp_of
from peerset.core.typed import read_number
from peerset.data.desk import Desk, Draft
from peerset.documents.definition import Definition
from peerset.documents.document import VOID_TAG, Version, heads_of, tags_of
from peerset.documents.schema import Schema
from peerset.errors import ConfigError, MalformedError

Drafted: TypeAlias = tuple[Draft, int]
"""What is to be signed, and the latest stamp that it follows."""


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
"""Made once: `json.dumps` makes another one for each value."""


@dataclass(frozen=True, slots=True)
class Drafting:
    """What is to be written, checked already; it is drafted when it is known what is here."""

    key: str | None
    """Of the register whose versions it wants to know."""
    follows: tuple[RecordId, ...]
    """What it follows beside them."""
    make: Callable[[Sequence[Version], Sequence[Record]], Drafted]
    """Drafts it, from the versions and what it follows.

    Raises `ConflictError` when something else is here than was expected.
    """


def content_of(value: Json) -> str:
    """Write a document's value.

    Raises:
        MalformedError: it is longer than any record.

    """
    text = _ENCODER.encode(value)
    # What is far too long is not hashed and signed first.
    if len(text) > RECORD_BYTES_MAX:
        raise MalformedError(f"a document of {len(text)} characters; the limit is {RECORD_BYTES_MAX} bytes")
    return text


def expiry_of(ttl: object, desk: Desk) -> int | None:
    """Say until when what lives for *ttl* seconds is seen; None: as long as the room keeps it.

    Raises:
        ConfigError: it is no number above 0.

    """
    if ttl is None:
        return None
    seconds = read_number("a ttl", ttl)
    if seconds <= 0:
        raise ConfigError(f"a ttl is a number of seconds above 0, not {ttl}")
    return int(desk.now() + max(seconds, 1))


def draft_document(
    definition: Definition, content: str, follows: Sequence[Record], *, expires_at: int | None = None
) -> Drafted:
    """Draft a document of its own.

    Raises:
        ConfigError: it follows too many.

    """
    if len(follows) > DOCUMENT_LINKS_MAX:
        raise ConfigError(f"a document follows at most {DOCUMENT_LINKS_MAX} others, not {len(follows)}")
    tags = tags_of(definition, None, [each.id for each in follows], expires_at)
    return Draft(KIND_RECORD, tags, content, definition.is_on_behalf), max(map(stamp_of, follows), default=0)


def draft_version(
    definition: Definition,
    key: str,
    content: str | None,
    versions: Sequence[Version],
    *,
    author: PublicKey,
    expires_at: int | None = None,
) -> Drafted:
    """Draft the next version of a register of which *versions* are here; a *content* of None is a tombstone."""
    heads = heads_of(versions) if versions else []
    tags = tags_of(definition, key, [each.id for each in heads[:DOCUMENT_LINKS_MAX]], expires_at)
    if content is None:
        tags.append((VOID_TAG,))
    followed = [each.stamp for each in versions if each in heads or each.author == author]
    return Draft(KIND_KEYED, tags, content or "", definition.is_on_behalf), max(followed, default=0)


def with_unknown(new: Json, old: Json, schema: Schema | None) -> Json:
    """Give *new* with the fields of *old* that *schema* does not know: a later model wrote them.

    Where a schema names no fields, or says what others there may be, their names are part of the value.
    """
    if schema is None or not isinstance(new, dict) or not isinstance(old, dict):
        return new
    known = schema.form.properties
    inner = {
        name: with_unknown(each, old.get(name), known[name]) if name in known else each for name, each in new.items()
    }
    if not known or schema.form.rest is not None:
        return inner
    return inner | {name: each for name, each in old.items() if name not in known and name not in new}


def follow_all(ids: Iterable[RecordId], here: Mapping[RecordId, Record]) -> list[Record]:
    """Give the records of *ids*, of those that are *here*.

    Raises:
        ConfigError: one is not.

    """
    wanted = dict.fromkeys(ids)
    missing = wanted.keys() - here.keys()
    if missing:
        raise ConfigError(f"there is no record {min(missing).hex()[:8]} here to follow")
    return [here[each] for each in wanted]
