"""How a record is read as a document: its collection, key, links and value (docs/protocol.md, "Documents")."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntFlag
from typing import Final

from peerset.core.action import Json
from peerset.core.envelope import Closed, UnreadRecord
from peerset.core.expiration import EXPIRATION_TAG, read_expiration
from peerset.core.grant import spoken_for
from peerset.core.keys import PublicKey
from peerset.core.limits import DOCUMENT_KEY_BYTES_MAX, DOCUMENT_LINKS_MAX, VALUE_DEPTH_MAX
from peerset.core.record import KIND_KEYED, KIND_RECORD, Record, RecordId
from peerset.core.stamp import MICROSECONDS, TAG, read_microseconds
from peerset.core.typed import shown
from peerset.documents.definition import Definition, Fits, Older
from peerset.documents.order import Order, Seat
from peerset.documents.value import SCALAR_TYPES, Scalar, check_json, is_scalar, read_json, scalar_at, value_at
from peerset.errors import ConfigError, SchemaError

COLLECTION_TAG: Final = "c"
VOID_TAG: Final = "void"
PREVIOUS: Final = "prev"
"""The mark of an ``e`` tag that names what a record follows."""
BATCH_TAG: Final = "batch"

_KINDS: Final = frozenset({KIND_RECORD, KIND_KEYED})
"""Of documents."""


class State(IntFlag):
    """Why readers do not see a document; they see those of 0."""

    SUPERSEDED = 1
    """A version that a newer one has replaced."""
    VOID = 2
    """A tombstone, or purged: it replaces what came before, and says nothing."""
    SHADOWED = 4
    """By a set rule."""
    HIDDEN = 8
    """By a view policy, or because its author is muted."""
    INCOMPLETE = 16
    """Part of an atomic batch of which something is missing."""
    MISFIT = 32
    """It does not fit the model."""
    EXPIRED = 64
    SEALED = 128
    """In a sealed room, of what does not open. One of the next says why."""
    FOREIGN = 256
    UNSEALED = 512
    BROKEN = 1_024


NO_BITS: Final = State(0)

CLOSED: Final = {Closed.FOREIGN: State.FOREIGN, Closed.UNSEALED: State.UNSEALED, Closed.BROKEN: State.BROKEN}
"""Why a record does not open, as what a store remembers."""

ABSENT: Final = State.SHADOWED | State.HIDDEN | State.INCOMPLETE | State.MISFIT | State.SEALED
"""A version with one of these is as if it were not there: what it replaced is seen again."""


@dataclass(frozen=True, slots=True)
class Row:
    """A record as a document of one collection."""

    collection: str
    author: PublicKey
    """For whom it speaks: who signed it, or let that key write, where the collection is on behalf of others."""
    key: str | None
    """Of a register's version; None for a document of its own."""
    stamp: int
    state: State
    """As far as the record alone decides it."""
    value: Json
    """With defaults filled in; null where the state is not 0."""
    expires_at: int | None
    """Unix seconds from which on readers do not see it."""
    parents: tuple[RecordId, ...]
    """What it says it follows."""
    batch: str | None
    """The nonce of the batch of which it is part."""

    def field(self, name: str) -> Json:
        """Give a field as `peerset.documents.where` asks for it."""
        match name:
            case "key":
                return self.key
            case "author":
                return self.author.hex()
            case "time":
                return self.stamp
            case _:
                return value_at(self.value, name)


def row_of(definition: Definition, record: Record, *, fits: bool = False) -> Row | None:
    """Read *record* as a document of the collection; None when it is of another, or none.

    That it *fits* is known of what was read before: of what a store gives as seen, and of what was written here.
    """
    said = _said_by(record) if record.kind in _KINDS and not isinstance(record, UnreadRecord) else {}
    name = said.get(COLLECTION_TAG)
    older = None
    if name != definition.name:
        older = next((each for each in definition.older if each.name == name), None)
        if name is None or older is None:
            return None
    key, state = _place_in(record, said, name)
    value: Json = None
    if not state:
        try:
            value = _value_of(definition, older, record, fits=fits)
        except (SchemaError, ValueError):
            state |= State.MISFIT
    stamp = record.created_at * MICROSECONDS + (read_microseconds(said[TAG]) if TAG in said else 0)
    expires_at = read_expiration(said[EXPIRATION_TAG]) if EXPIRATION_TAG in said else None
    parents = parents_of(record) if "e" in said else ()
    author = spoken_for(record) if definition.is_on_behalf else record.author
    return Row(definition.name, author, key, stamp, state, value, expires_at, parents, said.get(BATCH_TAG))


def seat_of(order: Order, record: Record, row: Row) -> Seat:
    """Say where a document stands in *order*; what is no scalar stands where nothing does."""
    values = [row.field(term.field) for term in order[:-1]]
    return Seat(tuple([value if is_scalar(value) else None for value in values]), row.stamp, record.id)  # type: ignore[misc] # scalars


def place_of(record: Record, name: str) -> tuple[str | None, State]:
    """Give the key under which *record* is a version of a register, None for a document, and what is wrong with it."""
    return _place_in(record, _said_by(record), name)


def columns_of(definition: Definition, row: Row) -> tuple[Scalar, ...]:
    """Give the values of the columns, in their order; null where one is missing or no scalar."""
    value, names = row.value, definition.flat
    if names is None or not isinstance(value, dict):
        return tuple([scalar_at(value, trail) for trail in definition.trails])
    found = [value.get(name) for name in names]
    return tuple([each if type(each) in SCALAR_TYPES else scalar_at(each, ()) for each in found])  # type: ignore[misc] # scalars


def parents_of(record: Record) -> tuple[RecordId, ...]:
    """Give what *record* says it follows, each once, at most `DOCUMENT_LINKS_MAX`."""
    named = [tag[1] for tag in record.tags if tag[0] == "e" and len(tag) > 3 and tag[3] == PREVIOUS]
    if not named:
        return ()
    return tuple(dict.fromkeys([RecordId(bytes.fromhex(digits)) for digits in named]))[:DOCUMENT_LINKS_MAX]


def tags_of(
    definition: Definition, key: str | None, follows: Iterable[RecordId], expires_at: int | None = None
) -> list[tuple[str, ...]]:
    """Give the tags of a new document, or version under *key*, but for room and time."""
    tags: list[tuple[str, ...]] = [(COLLECTION_TAG, definition.name)]
    if key is not None:
        tags.append(("d", f"{definition.name}/{key}"))
    tags += [("e", each.hex(), "", PREVIOUS) for each in follows]
    if expires_at is not None:
        tags.append((EXPIRATION_TAG, str(expires_at)))
    return tags


def read_document_key(value: object) -> str:
    """Read the key of a register.

    Raises:
        ConfigError: it is no text that UTF-8 can say, empty, or longer than `DOCUMENT_KEY_BYTES_MAX`.

    """
    if not isinstance(value, str) or not 0 < len(value.encode(errors="surrogatepass")) <= DOCUMENT_KEY_BYTES_MAX:
        raise ConfigError(f"a key is a text of 1 to {DOCUMENT_KEY_BYTES_MAX} bytes, not {shown(value)}")
    try:
        check_json(value, VALUE_DEPTH_MAX)
    except ValueError as error:
        raise ConfigError(f"a key cannot be {error}") from error
    return value


# Registers.


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a register that is here."""

    id: RecordId
    author: bytes
    """Who signed it."""
    stamp: int
    state: State
    parents: tuple[RecordId, ...]


_INVERTED: Final = bytes(255 - byte for byte in range(256))


def rank_of(stamp: int, record_id: bytes) -> tuple[int, bytes]:
    """Order versions by this; the highest counts: the latest stamp, of equal ones the lowest id (NIP-01)."""
    return stamp, record_id.translate(_INVERTED)


def present(versions: Iterable[Version]) -> list[Version]:
    """Give those of *versions* that count, the winner first."""
    return sorted(
        (each for each in versions if not each.state & ABSENT),
        key=lambda each: rank_of(each.stamp, each.id),
        reverse=True,
    )


def heads_of(versions: Sequence[Version]) -> list[Version]:
    """Give the versions of one register that no other follows, the winner first; links to nothing mean nothing.

    A link counts when what it names is here, and is dated before.
    """
    here = present(versions)
    stamps = {each.id: each.stamp for each in here}
    followed = {parent for each in here for parent in each.parents if parent in stamps and stamps[parent] < each.stamp}
    return [each for each in here if each.id not in followed]


def collection_of(record: Record) -> str | None:
    """Give the collection that *record* names; None when it is no document."""
    if record.kind not in _KINDS or isinstance(record, UnreadRecord):
        return None
    return record.tag_value(COLLECTION_TAG)


def _said_by(record: Record) -> dict[str, str]:
    """Give the first value of the first tag of each name that has one."""
    return {tag[0]: tag[1] for tag in reversed(record.tags) if len(tag) > 1}


def _place_in(record: Record, said: Mapping[str, str], name: str) -> tuple[str | None, State]:
    key, state = None, NO_BITS
    if record.kind == KIND_KEYED:
        key = _key_in(said.get("d", ""), name)
        if key is None:
            state |= State.MISFIT
    for tag in record.tags:
        if tag[0] == VOID_TAG:
            return key, state | (State.VOID if record.kind == KIND_KEYED else State.MISFIT)
    return key, state


def _key_in(text: str, name: str) -> str | None:
    key = text.removeprefix(f"{name}/") if text.startswith(f"{name}/") else ""
    return key if 0 < len(key.encode()) <= DOCUMENT_KEY_BYTES_MAX else None


def _value_of(definition: Definition, older: Older | None, record: Record, *, fits: bool) -> Json:
    value = read_json(record.content)
    if older is not None and older.upgrade is not None:
        value = _upgraded(older, value)
    if definition.schema is None:
        return value
    if not fits:
        definition.schema.check(value)
    filled = definition.schema.filled(value)
    if definition.fits is not None and not fits:
        _check_fit(definition.fits, filled)
    return filled


def _check_fit(fits: Fits, value: Json) -> None:
    try:
        fits.check(value)
    except Exception as error:  # a stranger's code may raise anything; the document is a misfit
        raise ValueError(f"it is nothing for {fits.name.partition(' ')[0]}: {error}") from error


def _upgraded(older: Older, value: Json) -> Json:
    try:
        upgraded = older.upgrade(value) if older.upgrade is not None else value
        check_json(upgraded, VALUE_DEPTH_MAX)
    except Exception as error:  # a stranger's code may raise anything; the document is a misfit
        raise ValueError(f"it could not be upgraded: {error}") from error
    return upgraded
