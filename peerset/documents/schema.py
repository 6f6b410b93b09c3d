"""Schemas of documents: the part of JSON Schema (2020-12) that every language checks alike.

``type`` (object, array, string, number, integer, boolean, null, or a list of these), ``properties``, ``required``,
``additionalProperties``, ``items``, ``enum``, ``const``, ``minimum``, ``maximum``, ``minLength``, ``maxLength`` (code
points), ``minItems``, ``maxItems``, ``anyOf``, ``description``, ``title`` and ``default``; at most `SCHEMA_DEPTH_MAX`
levels. No ``$ref``, ``pattern`` or ``format``: they differ between languages.
"""

import copy
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

from peerset.core.action import Json
from peerset.core.limits import INTEGER_MAX, SCHEMA_DEPTH_MAX, VALUE_DEPTH_MAX
from peerset.core.typed import shown
from peerset.documents.value import canonical, check_json
from peerset.errors import ConfigError, SchemaError

TYPES: Final = ("object", "array", "string", "number", "integer", "boolean", "null")

ARRAY: Final = "[]"
"""At the end of an index's field: each element of the array is found."""

_TYPE_LETTERS: Final = {
    b"n": "null",
    b"f": "boolean",
    b"t": "boolean",
    b"d": "number",
    b"s": "string",
    b"a": "array",
    b"o": "object",
}
"""The types of values by the first letter of their canonical bytes."""

_EXACT: Final[dict[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
"""The types of Python of which all values are of a type of JSON."""

_PLAIN: Final[dict[str, tuple[type, ...]]] = {
    "boolean": (bool,),
    "null": (type(None),),
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
}

_NESTED: Final = (dict, list)

_SIZES: Final = ("minLength", "maxLength", "minItems", "maxItems")
_WORDS: Final = frozenset(
    {"type", "properties", "required", "additionalProperties", "items", "enum", "const", "minimum", "maximum"}
    | {"anyOf", "description", "title", "default", *_SIZES}
)


class Schema:
    """A schema that was read: checks values, and fills in defaults.

    Raises:
        ConfigError: it says something else than the subset, or is too deep.

    """

    def __init__(self, given: object, *, depth: int = SCHEMA_DEPTH_MAX) -> None:
        if given is True or given is False:
            given = {} if given else {"enum": []}
        if not isinstance(given, dict):
            raise ConfigError(f"a schema is an object such as {{'type': 'string'}}, not {shown(given)}")
        if depth == SCHEMA_DEPTH_MAX:
            given = _read_json(given)
        if depth <= 0:
            raise ConfigError(f"a schema of more than {SCHEMA_DEPTH_MAX} levels")
        self.has_default = "default" in given
        self.default: Json = None
        self.json: dict[str, Json] = given
        """As it was given."""
        _check_words(given)
        self.types = _read_types(given)
        """The types it allows; empty for all."""
        inner = depth - 1
        self.properties = {name: Schema(each, depth=inner) for name, each in _object(given, "properties").items()}
        self.required = tuple(_texts(given, "required"))
        self._defaults = {name: each.default for name, each in self.properties.items() if each.has_default}
        rest = given.get("additionalProperties", True)
        self.rest = None if rest is True else Schema(rest, depth=inner)
        self.items = Schema(given["items"], depth=inner) if "items" in given else None
        self.branches = tuple(Schema(each, depth=inner) for each in _list(given, "anyOf"))
        self._allowed = _read_allowed(given)
        self._bounds = tuple(_number(given, name) for name in ("minimum", "maximum"))
        self._sizes = {name: _size(given, name) for name in _SIZES if name in given}
        self._typed = frozenset(each for name in self.types for each in _EXACT.get(name, ()))
        self._plain = self._fitting()
        if self.has_default:
            self.default = self._read_default(given.get("default"))

    @cached_property
    def paths(self) -> Mapping[str, "Schema"]:
        """Every field that queries can name, by its dotted path: names with dots, for one, cannot be reached."""
        found: dict[str, Schema] = {}
        for name, inner in self.form.properties.items():
            if name and "." not in name and not name.startswith("-") and not name.endswith(ARRAY):
                found[name] = inner
                found |= {f"{name}.{path}": each for path, each in inner.paths.items()}
        return found

    @cached_property
    def said(self) -> frozenset[str]:
        """The types of what fits, as far as types, listed values and branches say them; empty where they do not."""
        if self.types:
            return frozenset(self.types)
        if self._allowed is not None:
            return frozenset(_TYPE_LETTERS[each[:1]] for each in self._allowed)
        branches = [branch.said for branch in self.branches]
        return frozenset().union(*branches) if all(branches) else frozenset()

    def _fitting(self) -> frozenset[type]:
        """Give the types of Python of which all values fit: those of most fields need no closer look."""
        if self._allowed is not None or self.branches or self._sizes or self._bounds != (None, None):
            return frozenset()
        return frozenset(each for name in self.types for each in _PLAIN.get(name, ()))

    def check(self, value: Json, path: str = "") -> None:
        """Make sure that *value* fits.

        Raises:
            SchemaError: it does not; it says where, by dots and indexes.

        """
        if self.types and type(value) not in self._typed and not any(_is_of(value, each) for each in self.types):
            raise SchemaError(path, f"{shown(value)} is no {' or '.join(self.types)}")
        if self._allowed is not None and canonical(value) not in self._allowed:
            raise SchemaError(path, f"{shown(value)} is none of the values allowed")
        if self.branches and not any(branch._fits(value) for branch in self.branches):
            raise SchemaError(path, f"{shown(value)} fits none of {len(self.branches)} forms")
        match value:
            case dict():
                self._check_object(value, path)
            case bool() | None:
                pass
            case int() | float():
                self._check_bounds(value, path)
            case str():
                self._check_size("Length", len(value), "characters", path)
            case list():
                self._check_size("Items", len(value), "items", path)
                if self.items is not None:
                    for place, each in enumerate(value):
                        self.items.check(each, f"{path}[{place}]")

    def filled(self, value: Json) -> Json:
        """Give *value* with the defaults of what it lacks, and with what the schema does not know."""
        if not self._fills:
            return value
        match value:
            case dict():
                found = dict(value)
                for name, each in value.items():
                    if isinstance(each, _NESTED) and name in self.properties:
                        found[name] = self.properties[name].filled(each)
                for name, default in self._defaults.items():
                    if name not in value:
                        found[name] = copy.deepcopy(default)
                return found
            case list() if self.items is not None:
                return [self.items.filled(each) for each in value]
            case _:
                return value

    @cached_property
    def _fills(self) -> bool:
        """Whether anything inside has a default."""
        inner = (*self.properties.values(), *(() if self.items is None else (self.items,)))
        return any(each.has_default or each._fills for each in inner)

    @property
    def form(self) -> "Schema":
        """Itself, or its only branch that is more than null."""
        branches = [branch for branch in self.branches if branch.said != {"null"}]
        return branches[0] if not self.properties and len(branches) == 1 else self

    def _read_default(self, value: Json) -> Json:
        try:
            self.check(value)
        except SchemaError as error:
            raise ConfigError(f"the default {shown(value)} does not fit its own schema: {error}") from error
        return self.filled(value)

    def _fits(self, value: Json) -> bool:
        try:
            self.check(value)
        except SchemaError:
            return False
        return True

    def _check_bounds(self, value: float, path: str) -> None:
        low, high = self._bounds
        if low is not None and value < low:
            raise SchemaError(path, f"{shown(value)} is less than {low}")
        if high is not None and value > high:
            raise SchemaError(path, f"{shown(value)} is more than {high}")

    def _check_size(self, what: str, size: int, unit: str, path: str) -> None:
        if not self._sizes:
            return
        if size < self._sizes.get(f"min{what}", 0):
            raise SchemaError(path, f"{size} {unit} are less than {self._sizes[f'min{what}']}")
        if size > self._sizes.get(f"max{what}", size):
            raise SchemaError(path, f"{size} {unit} are more than {self._sizes[f'max{what}']}")

    def _check_object(self, value: dict[str, Json], path: str) -> None:
        dot = f"{path}." if path else ""
        for name in self.required:
            if name not in value and not (name in self.properties and self.properties[name].has_default):
                raise SchemaError(f"{dot}{name}", "it is missing")
        for name, each in value.items():
            schema = self.properties.get(name, self.rest)
            if schema is not None and type(each) not in schema._plain:
                schema.check(each, f"{dot}{name}")


def _is_of(value: Json, name: str) -> bool:
    match value:
        case None:
            return name == "null"
        case bool():
            return name == "boolean"
        case int() | float():
            # To some languages 1.0 and 1 are one number.
            return name == "number" or (name == "integer" and value % 1 == 0 and abs(value) <= INTEGER_MAX)
        case str():
            return name == "string"
        case list():
            return name == "array"
        case dict():
            return name == "object"


def _read_json(given: dict[Any, Any]) -> dict[str, Json]:
    """Give a copy of a whole schema, which nobody changes any more."""
    try:
        check_json(given, VALUE_DEPTH_MAX)
    except ValueError as error:
        raise ConfigError(f"a schema cannot hold {error}") from error
    return copy.deepcopy(given)


def _check_words(given: Mapping[str, Json]) -> None:
    for word in given:
        if word not in _WORDS:
            raise ConfigError(f"schemas here have no {shown(word)}; there are: {', '.join(sorted(_WORDS))}")


def _read_types(given: Mapping[str, Json]) -> tuple[str, ...]:
    types = given.get("type", [])
    names = types if isinstance(types, list) else [types]
    found = tuple(name for name in names if isinstance(name, str) and name in TYPES)
    if len(found) < len(names):
        raise ConfigError(f"a schema's type is one of {', '.join(TYPES)}, or a list of them, not {shown(types)}")
    return found


def _object(given: Mapping[str, Json], word: str) -> dict[str, Json]:
    value = given.get(word, {})
    if not isinstance(value, dict):
        raise ConfigError(f"a schema's {word} are an object, not {shown(value)}")
    return value


def _list(given: Mapping[str, Json], word: str) -> list[Json]:
    value = given.get(word, [])
    if not isinstance(value, list):
        raise ConfigError(f"a schema's {word} is a list, not {shown(value)}")
    return value


def _texts(given: Mapping[str, Json], word: str) -> list[str]:
    listed = _list(given, word)
    texts = [each for each in listed if isinstance(each, str)]
    if len(texts) < len(listed):
        raise ConfigError(f"a schema's {word} are texts, not {shown(listed)}")
    return texts


def _read_allowed(given: Mapping[str, Json]) -> frozenset[bytes] | None:
    """Read ``enum`` and ``const`` as canonical bytes; None where there is neither."""
    listed = [_list(given, "enum")] if "enum" in given else []
    if "const" in given:
        listed.append([given["const"]])
    found = [frozenset(map(canonical, values)) for values in listed]
    return frozenset.intersection(*found) if found else None


def _number(given: Mapping[str, Json], word: str) -> float | None:
    value = given.get(word)
    if value is not None and (not isinstance(value, int | float) or isinstance(value, bool)):
        raise ConfigError(f"a schema's {word} is a number, not {shown(value)}")
    return value


def _size(given: Mapping[str, Json], word: str) -> int:
    value = given[word]
    if type(value) is not int or value < 0:
        raise ConfigError(f"a schema's {word} is a whole number from 0, not {shown(value)}")
    return value
