"""What a collection is: its name, its schema, and which fields of its documents are found and sorted quickly."""

import re
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import Final

from peerset.core.action import Json
from peerset.core.limits import (
    COLLECTION_FIELDS_MAX,
    COLLECTION_INDEXES_MAX,
    COLLECTION_NAME_CHARACTERS_MAX,
    INDEX_FIELDS_MAX,
)
from peerset.core.typed import several, shown
from peerset.documents.cursor import digest_of
from peerset.documents.fingerprint import fingerprint_of
from peerset.documents.order import OWN_FIELDS, TIME, Term, read_term
from peerset.documents.schema import ARRAY, Schema
from peerset.documents.words import WORDS_VERSION
from peerset.errors import ConfigError, QueryError

_NAME: Final = re.compile(f"[a-z][a-z0-9_.-]{{0,{COLLECTION_NAME_CHARACTERS_MAX - 1}}}")


class ColumnType(Enum):
    """What a column holds, beside null."""

    BOOLEAN = "boolean"
    NUMBER = "number"
    TEXT = "text"


_COLUMN_TYPES: Final = {
    ("boolean",): ColumnType.BOOLEAN,
    ("number",): ColumnType.NUMBER,
    ("integer",): ColumnType.NUMBER,
    ("integer", "number"): ColumnType.NUMBER,
    ("string",): ColumnType.TEXT,
}


@dataclass(frozen=True, slots=True)
class Column:
    """A scalar field of the schema, by its dotted path."""

    field: str
    type: ColumnType


@dataclass(frozen=True, slots=True)
class Older:
    """An earlier collection whose documents are read as this one's; *upgrade* turns each value into one of today."""

    name: str
    upgrade: Callable[[Json], Json] | None = None
    fingerprint: str = ""
    """Tells *upgrade* apart from what it was before, so that all is read anew when it changes; found by itself."""


@dataclass(frozen=True, slots=True)
class Fits:
    """What a value must be beyond its schema, as a class of the application says it."""

    name: str
    """Tells it apart from others."""
    check: Callable[[Json], object]
    """Called with what fits the schema, its defaults filled in, on any thread; raises when the value is a misfit."""


@dataclass(frozen=True)
class Definition:
    """A collection. Make one with `define`."""

    name: str
    schema: Schema | None
    """None: any JSON."""
    is_shared: bool
    """One register a key for all authors, rather than one for each."""
    columns: tuple[Column, ...]
    indexes: tuple[tuple[Term, ...], ...]
    """Of columns, `OWN_FIELDS` among them; each ends by time."""
    arrays: tuple[str, ...]
    """Fields whose elements are found by ``has``."""
    text: tuple[str, ...]
    """Fields whose words are found."""
    place: str | None
    """The field with ``lat`` and ``lon`` that is found by ``within`` and ``near``."""
    older: tuple[Older, ...] = ()
    fits: Fits | None = None
    is_on_behalf: bool = False
    """Whoever carries a grant speaks for who gave it."""

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Whose documents it reads: its own, and those of the older collections."""
        return (self.name, *(each.name for each in self.older))

    @cached_property
    def digest(self) -> bytes:
        """Tell apart what tables are built for."""
        return digest_of(
            [
                [self.name, *sorted(each.name for each in self.older)],
                None if self.schema is None else self.schema.json,
                self.is_shared,
                [[str(term) for term in index] for index in self.indexes],
                [*self.arrays],
                [WORDS_VERSION, *self.text] if self.text else [],
                self.place,
                *(() if self.fits is None else (self.fits.name,)),
                *(("on_behalf",) if self.is_on_behalf else ()),
                *(each.fingerprint for each in sorted(self.older, key=lambda older: older.name) if each.fingerprint),
            ]
        )

    @cached_property
    def trails(self) -> tuple[tuple[str, ...], ...]:
        """The paths of the columns, name by name."""
        return tuple(tuple(column.field.split(".")) for column in self.columns)

    @cached_property
    def flat(self) -> tuple[str, ...] | None:
        """The names of the columns, if none stands within another field."""
        return None if any(len(trail) > 1 for trail in self.trails) else tuple(trail[0] for trail in self.trails)

    @property
    def fields(self) -> Set[str] | None:
        """The fields that queries may name beside `OWN_FIELDS`; None for any."""
        return None if self.schema is None else self.schema.paths.keys()

    def column(self, field: str) -> int | None:
        """Give the place of a field among the columns."""
        return next((place for place, column in enumerate(self.columns) if column.field == field), None)


def define(
    name: object,
    schema: object = None,
    *,
    shared: bool = False,
    on_behalf: bool = False,
    indexes: object = (),
    text: object = (),
    place: str | None = None,
    also: object = (),
    fits: Fits | None = None,
) -> Definition:
    """Read what a collection is to be; *schema* is a JSON Schema of the subset, or None for any JSON.

    Raises:
        ConfigError: a name, a field or the schema cannot be meant, or there are too many.

    """
    own = read_name(name)
    for name_of, flag in (("shared", shared), ("on_behalf", on_behalf)):
        if not isinstance(flag, bool):
            raise ConfigError(f"{name_of} is True or False, not {shown(flag)}")
    read = None if schema is None else Schema(schema)
    if read is not None and read.types not in ((), ("object",)):
        raise ConfigError(f"the schema of a collection is that of objects, not of {' or '.join(read.types)}")
    columns = () if read is None else tuple(_columns_of(read))
    if len(columns) > COLLECTION_FIELDS_MAX:
        raise ConfigError(f"{len(columns)} fields; the limit of a collection is {COLLECTION_FIELDS_MAX}")
    paths: Mapping[str, Schema] = {} if read is None else read.paths
    given = several("indexes", indexes, singles=(str,))
    if len(given) > COLLECTION_INDEXES_MAX:
        raise ConfigError(f"{len(given)} indexes; the limit of a collection is {COLLECTION_INDEXES_MAX}")
    known = {column.field for column in columns}
    found = dict.fromkeys(_read_index(each, known) for each in given if not _is_of_array(each))
    arrays = dict.fromkeys(str(each).removesuffix(ARRAY) for each in given if _is_of_array(each))
    texts = dict.fromkeys(_field(each) for each in several("text", text, singles=(str,)))
    _check_fields(paths, arrays, "the elements of an array", {"array"})
    _check_fields(paths, texts, "words", {"string", "array"})
    _check_fields(paths, () if place is None else (_field(place),), "a place", {"object"})
    older = _read_older(also, own)
    return Definition(own, read, shared, columns, (*found,), (*arrays,), (*texts,), place, older, fits, on_behalf)


def read_name(name: object) -> str:
    """Read a collection's name.

    Raises:
        ConfigError: it is none.

    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ConfigError(
            f"a collection's name has 1 to {COLLECTION_NAME_CHARACTERS_MAX} of a-z 0-9 _ . -, a letter first, "
            f"not {shown(name)}"
        )
    return name


def _columns_of(schema: Schema) -> Iterable[Column]:
    for path, inner in schema.paths.items():
        types = tuple(sorted(inner.said - {"null"}))
        if types in _COLUMN_TYPES and path not in OWN_FIELDS:
            yield Column(path, _COLUMN_TYPES[types])


def _is_of_array(index: object) -> bool:
    return isinstance(index, str) and index.endswith(ARRAY)


def _check_fields(paths: Mapping[str, Schema], fields: Iterable[str], what: str, types: Set[str]) -> None:
    for field in fields:
        if field not in paths:
            raise ConfigError(f"the schema has no field {field!r} to be indexed")
        if paths[field].said and not paths[field].said & types:
            raise ConfigError(f"{field!r} cannot be indexed as {what}: it is {' or '.join(sorted(paths[field].said))}")


def _read_index(given: object, known: set[str]) -> tuple[Term, ...]:
    try:
        terms = [read_term(each) for each in several("an index", given, singles=(str,))]
    except QueryError as error:
        raise ConfigError(str(error)) from error
    if not 1 <= len(terms) <= INDEX_FIELDS_MAX:
        raise ConfigError(f"an index is of 1 to {INDEX_FIELDS_MAX} fields, not {shown(given)}")
    for term in terms:
        if term.field not in known and term.field not in OWN_FIELDS:
            raise ConfigError(
                f"{term.field!r} cannot be indexed: the schema must give it one type, boolean, number or string; "
                f"there are: {', '.join(sorted(known)) or 'no such fields'}"
            )
    return tuple(terms) if terms[-1].field == TIME else (*terms, Term(TIME, is_descending=True))


def _read_older(also: object, own: str) -> tuple[Older, ...]:
    found: dict[str, Older] = {}
    for each in several("also", also, singles=(Older, str)):
        if not isinstance(each, Older):
            raise ConfigError(f"also= takes Older('name', upgrade), not {shown(each)}")
        if read_name(each.name) == own or each.name in found:
            raise ConfigError(f"{each.name!r} is read already: also= names other collections, each once")
        if each.upgrade is not None and not callable(each.upgrade):
            raise ConfigError(f"also= takes Older('name', upgrade), upgrade a function, not {shown(each.upgrade)}")
        known = each.fingerprint if each.upgrade is None else fingerprint_of(each.upgrade)
        found[each.name] = replace(each, fingerprint=known)
    return tuple(found.values())


def _field(value: object) -> str:
    if not isinstance(value, str):
        raise ConfigError(f"a field is a text such as 'title', not {shown(value)}")
    return value
