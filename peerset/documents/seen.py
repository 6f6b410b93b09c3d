"""Documents that a store says are seen, read again for readers: what they do not see is left out."""

from json import JSONDecoder
from typing import Final, TypeAlias

from peerset.core.action import Json
from peerset.core.grant import spoken_for
from peerset.core.keys import PublicKey
from peerset.core.record import KIND_KEYED, Record, RecordId
from peerset.core.stamp import MICROSECONDS, TAG, read_microseconds
from peerset.documents.definition import Definition
from peerset.documents.document import COLLECTION_TAG, parents_of, row_of
from peerset.documents.value import read_json, read_whole

Seen: TypeAlias = tuple[str | None, Json, int, tuple[RecordId, ...], PublicKey]
"""A document's key, value, stamp, what it follows, and for whom it speaks."""


_SCAN: Final = JSONDecoder(parse_int=read_whole).scan_once  # type: ignore[attr-defined] # left out by typeshed


def read_seen(definition: Definition, record: Record) -> Seen | None:
    """Read *record*, which is known to fit, as `peerset.documents.document.row_of` does, sooner."""
    said = {tag[0]: tag[1] for tag in reversed(record.tags) if len(tag) > 1}
    name = definition.name
    if said.get(COLLECTION_TAG) != name:
        row = row_of(definition, record, fits=True)
        return None if row is None or row.state else (row.key, row.value, row.stamp, row.parents, row.author)
    value = _read_known(record.content)
    if definition.schema is not None:
        value = definition.schema.filled(value)
    key = said["d"][len(name) + 1 :] if record.kind == KIND_KEYED else None
    stamp = record.created_at * MICROSECONDS + (read_microseconds(said[TAG]) if TAG in said else 0)
    author = spoken_for(record) if definition.is_on_behalf else record.author
    return key, value, stamp, parents_of(record) if "e" in said else (), author


def _read_known(text: str) -> Json:
    """Read what `read_json` has read before: what it tests is known, and how it reads numbers makes a difference."""
    try:
        value: Json = _SCAN(text, 0)[0]
    except StopIteration:
        # A blank comes first.
        return read_json(text)
    return value
