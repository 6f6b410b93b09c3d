"""What a store of documents is asked: queries that were read and checked, and what comes back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Protocol, runtime_checkable

from peerset.core.action import Json
from peerset.core.keys import PublicKey
from peerset.core.limits import PAGE_DOCUMENTS_MAX
from peerset.core.record import Record, RecordId
from peerset.core.stamp import stamp_of
from peerset.core.typed import AnyKey, read_key, shown
from peerset.documents.cursor import digest_of, read_cursor
from peerset.documents.definition import ColumnType, Definition
from peerset.documents.order import AUTHOR, OWN_FIELDS, TIME, Order, Seat, names_of, read_order
from peerset.documents.schema import ARRAY
from peerset.documents.where import ASKED, Condition, Either, Op, Where, plain, read_stamp, read_where
from peerset.documents.words import Words, read_words
from peerset.errors import ConfigError, QueryError

NEWEST_FIRST: Final = "-time"
LONG_AGO: Final = 1_000_000_000
"""The Unix time from which ages are counted to tell queries apart."""


@runtime_checkable
class Stamped(Protocol):
    """A document: it says when it was written, in microseconds, where Unix seconds mean the whole second."""

    @property
    def stamp(self) -> int:
        """When it was written, as its author says, in microseconds since 1970-01-01 UTC."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Which documents of a collection are wanted, and in what order. Make one with `plan`."""

    collection: str
    where: Where
    order: Order
    words: Words = ()
    """All must occur in the fields of text."""
    after: Seat | None = None
    limit: int = PAGE_DOCUMENTS_MAX
    at: int | None = None
    """As of this stamp: later documents and versions are as if they were not here."""
    ageless: tuple[Where, int | None] | None = None
    """The conditions and `at` with ages counted from `LONG_AGO`, where ages can be; None: what they are anyway."""

    known_digest: bytes = field(default=b"", compare=False)

    def part(self, *, after: Seat | None, limit: int) -> "Plan":
        """Give the same from another seat on, and up to another limit."""
        asked = self.collection, self.where, self.order, self.words
        return Plan(*asked, after, limit, self.at, self.ageless, self.known_digest)

    @property
    def digest(self) -> bytes:
        """Tell the queries of cursors apart."""
        if self.known_digest:
            return self.known_digest
        # By the next page an age means another time, and still the same query.
        where, at = self.ageless or (self.where, None)
        said: list[Json] = [[word.text, word.is_beginning] for word in self.words]
        return digest_of([self.collection, plain(where), [*names_of(self.order)], said, at])


def plan(
    definition: Definition,
    where: object = None,
    *,
    order: object = NEWEST_FIRST,
    limit: object = PAGE_DOCUMENTS_MAX,
    after: object = None,
    text: object = None,
    author: AnyKey | None = None,
    at: object = None,
    now: int,
) -> Plan:
    """Read a query of the documents of a collection; *now* is the Unix time that ages are counted from.

    *at* is a time, or a document or record: what was there once that was written.

    Raises:
        QueryError: a field, operator, value, order, limit or cursor cannot be meant.

    """
    fields = definition.fields
    asked = _read_all(where, author, fields, now)
    _check_objects(definition, asked)
    terms = read_order(order)
    for term in terms:
        if term.field not in OWN_FIELDS and fields is not None and term.field not in fields:
            raise QueryError(f"documents here have no field {term.field!r} to be sorted by")
    if type(limit) is not int or not 0 <= limit <= PAGE_DOCUMENTS_MAX:
        raise QueryError(f"a page has 0 to {PAGE_DOCUMENTS_MAX} documents, not {shown(limit)}")
    words = read_words(text)
    if words and not definition.text:
        raise QueryError(f"the collection {definition.name!r} has no fields of text: declare text=[...]")
    ageless = None
    if at is not None or any(map(_is_of_time, asked)):
        ageless = _read_all(where, author, fields, LONG_AGO), _read_at(at, LONG_AGO)
    found = Plan(definition.name, asked, terms, words, None, limit, _read_at(at, now), ageless)
    if after is None:
        return found
    digest = found.digest
    return replace(found, after=read_cursor(after, digest, len(terms) - 1), known_digest=digest)


def _read_all(where: object, author: AnyKey | None, fields: Collection[str] | None, now: int) -> Where:
    asked = read_where(where, fields=fields, now=now)
    if author is None:
        return asked
    try:
        return (*asked, Condition(AUTHOR, Op.EQ, read_key(author).hex()))
    except ConfigError as error:
        raise QueryError(str(error)) from error


def _check_objects(definition: Definition, asked: Where) -> None:
    """Make sure that who asks a field to equal an object does not misspell an operator: the field may hold one."""
    for part in asked:
        if isinstance(part, Either):
            for branch in part.branches:
                _check_objects(definition, branch)
        elif part.op is Op.EQ and isinstance(part.value, dict) and not _may_be_object(definition, part.field):
            raise QueryError(f"{shown(part.value)} cannot be asked of {part.field!r}; there are: {', '.join(ASKED)}")


def _may_be_object(definition: Definition, field: str) -> bool:
    if field in OWN_FIELDS or definition.schema is None:
        return field not in OWN_FIELDS
    said = definition.schema.paths[field].said
    return not said or "object" in said


def _is_of_time(part: Condition | Either) -> bool:
    if isinstance(part, Either):
        return any(map(_is_of_time, (each for branch in part.branches for each in branch)))
    return part.field == TIME


def _read_at(at: object, now: int) -> int | None:
    if isinstance(at, Record):
        return stamp_of(at)
    if isinstance(at, Stamped):
        return at.stamp
    try:
        return None if at is None else read_stamp(Op.LTE, at, now)
    except ConfigError as error:
        raise QueryError(str(error)) from error


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a store would find what a query wants."""

    index: tuple[str, ...] | None
    """The fields of the index it uses; None: it reads all documents."""
    rows_read: int
    """How many rows it would read, about."""
    advice: str
    """What to declare, so that less is read; empty when nothing would help."""
    indexes: tuple[tuple[str, ...], ...] = ()
    """All that the collection has, each as *index* names it: its fields, an array as ``tags[]``, ``text``, place."""


def indexes_of(definition: Definition) -> tuple[tuple[str, ...], ...]:
    """Give all indexes of a collection, each as an `Explanation` names it."""
    place = () if definition.place is None else (definition.place,)
    alone = [*(f"{field}{ARRAY}" for field in definition.arrays), *(["text"] if definition.text else []), *place]
    return (*(tuple(names_of(index)) for index in definition.indexes), *((name,) for name in alone))


@dataclass(frozen=True, slots=True)
class Figure:
    """One number over the documents that match: ``count``, or ``sum``, ``min``, ``max`` or ``mean`` of a field."""

    name: str
    function: str
    field: str | None


FUNCTIONS: Final = ("count", "sum", "min", "max", "mean")


def read_figures(definition: Definition, compute: object) -> tuple[Figure, ...]:
    """Read what is to be computed, such as ``{"n": "count", "best": "max:stars"}``.

    Raises:
        QueryError: a function is unknown, or a field is no column.

    """
    if not isinstance(compute, Mapping) or not compute:
        raise QueryError(f"figures are an object such as {{'n': 'count', 'best': 'max:stars'}}, not {shown(compute)}")
    return tuple(_read_figure(definition, name, text) for name, text in compute.items())


def _read_figure(definition: Definition, name: object, text: object) -> Figure:
    function, _, field = text.partition(":") if isinstance(text, str) else ("", "", "")
    if not isinstance(name, str) or function not in FUNCTIONS or (function == "count") == bool(field):
        raise QueryError(f"a figure is 'count', or such as 'max:stars' ({', '.join(FUNCTIONS)}), not {shown(text)}")
    if field and _type_of(definition, field) is ColumnType.TEXT and function in ("sum", "mean"):
        raise QueryError(f"there is no {function} of texts, such as {field!r}")
    return Figure(name, function, field or None)


def _type_of(definition: Definition, field: str) -> ColumnType:
    place = definition.column(check_column(definition, field))
    if place is not None:
        return definition.columns[place].type
    return ColumnType.NUMBER if field == TIME else ColumnType.TEXT


def check_column(definition: Definition, field: object) -> str:
    """Make sure that *field* is a column, or a document's own field, to compute with or to group by.

    Raises:
        QueryError: it is not.

    """
    if isinstance(field, str) and (field in OWN_FIELDS or definition.column(field) is not None):
        return field
    known = ", ".join([*(column.field for column in definition.columns), *OWN_FIELDS])
    raise QueryError(f"nothing can be computed of {shown(field)}; there are: {known}")


@dataclass(frozen=True, slots=True)
class Slot:
    """Which register is meant: a key, and its author unless the collection is shared."""

    key: str
    author: PublicKey | None


@dataclass(frozen=True, slots=True)
class Link:
    """That one record follows another."""

    parent: RecordId
    child: RecordId
