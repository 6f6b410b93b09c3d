"""Schemas of documents: the part of JSON Schema (2020-12) that every language checks alike.

``type`` (object, array, string, number, integer, boolean, null, or a list of these), ``properties``, ``required``,
``additionalProperties``, ``items``, ``enum``, ``const``, ``minimum``, ``maximum``, ``minLength``, ``maxLength`` (code
points), ``minItems``, ``maxItems``, ``anyOf``, ``description``, ``title`` and ``default``; at most `SCHEMA_DEPTH_MAX`
levels. No ``$ref``, ``pattern`` or ``format``: they differ between languages.
"""

from collections.abc import Mapping
from typing import Any, Final

from peerset.core.action import Json
from peerset.core.limits import SCHEMA_DEPTH_MAX
from peerset.core.typed import shown
from peerset.documents.value import canonical, check_json
from peerset.errors import ConfigError, SchemaError

TYPES: Final = ("object", "array", "string", "number", "integer", "boolean", "null")

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
        if not isinstance(given, Mapping):
            raise ConfigError(f"a schema is an object such as {{'type': 'string'}}, not {shown(given)}")
        if depth <= 0:
            raise ConfigError(f"a schema of more than {SCHEMA_DEPTH_MAX} levels")
        self.json: dict[str, Json] = dict(given)
        """As it was given."""
        _check_words(given)
        self.types = _read_types(given)
        """The types it allows; empty for all."""
        inner = depth - 1
        self.properties = {str(name): Schema(each, depth=inner) for name, each in _mapping(given, "properties").items()}
        self.required = tuple(_texts(given, "required"))
        rest = given.get("additionalProperties", True)
        self.rest = None if rest is True else Schema(rest, depth=inner)
        self.items = Schema(given["items"], depth=inner) if "items" in given else None
        self.branches = tuple(Schema(each, depth=inner) for each in _list(given, "anyOf"))
        self.has_default = "default" in given
        self.default: Json = given.get("default")
        self._enum = _enumerated(given)
        self._bounds = tuple(_number(given, name) for name in ("minimum", "maximum"))
        self._sizes = {name: _size(given, name) for name in _SIZES if name in given}

    def check(self, value: Json, path: str = "") -> None:
        """Make sure that *value* fits.

        Raises:
            SchemaError: it does not; it says where, by dots and indexes.

        """
        if self.types and not any(_is_of(value, each) for each in self.types):
            raise SchemaError(path, f"{shown(value)} is no {' or '.join(self.types)}")
        if self._enum is not None and canonical(value) not in self._enum:
            raise SchemaError(path, f"{shown(value)} is none of the values allowed")
        if self.branches and not any(branch._fits(value) for branch in self.branches):
            raise SchemaError(path, f"{shown(value)} fits none of {len(self.branches)} forms")
        match value:
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
            case dict():
                self._check_object(value, path)

    def filled(self, value: Json) -> Json:
        """Give *value* with the defaults of what it lacks, and with what the schema does not know."""
        match value:
            case dict():
                missing = {
                    name: each.default
                    for name, each in self.properties.items()
                    if each.has_default and name not in value
                }
                inner = {
                    name: self.properties[name].filled(each) if name in self.properties else each
                    for name, each in value.items()
                }
                return inner | missing
            case list() if self.items is not None:
                return [self.items.filled(each) for each in value]
            case _:
                return value

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
            if schema is not None:
                schema.check(each, f"{dot}{name}")


def _is_of(value: Json, name: str) -> bool:
    match value:
        case None:
            return name == "null"
        case bool():
            return name == "boolean"
        case int():
            return name in ("number", "integer")
        case float():
            # To some languages 1.0 and 1 are one number.
            return name == "number" or (name == "integer" and value.is_integer())
        case str():
            return name == "string"
        case list():
            return name == "array"
        case dict():
            return name == "object"


def _check_words(given: Mapping[Any, Any]) -> None:
    for word in given:
        if word not in _WORDS:
            raise ConfigError(f"schemas here have no {shown(word)}; there are: {', '.join(sorted(_WORDS))}")


def _read_types(given: Mapping[Any, Any]) -> tuple[str, ...]:
    types = given.get("type", [])
    names = [types] if isinstance(types, str) else types
    if not isinstance(names, list | tuple) or any(name not in TYPES for name in names):
        raise ConfigError(f"a schema's type is one of {', '.join(TYPES)}, or a list of them, not {shown(types)}")
    return tuple(names)


def _mapping(given: Mapping[Any, Any], word: str) -> Mapping[Any, Any]:
    value = given.get(word, {})
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise ConfigError(f"a schema's {word} are an object, not {shown(value)}")
    return value


def _list(given: Mapping[Any, Any], word: str) -> list[Any]:
    value = given.get(word, [])
    if not isinstance(value, list | tuple):
        raise ConfigError(f"a schema's {word} is a list, not {shown(value)}")
    return list(value)


def _texts(given: Mapping[Any, Any], word: str) -> list[str]:
    texts = _list(given, word)
    if not all(isinstance(each, str) for each in texts):
        raise ConfigError(f"a schema's {word} are texts, not {shown(texts)}")
    return texts


def _enumerated(given: Mapping[Any, Any]) -> frozenset[bytes] | None:
    found: frozenset[bytes] | None = None
    try:
        if "enum" in given:
            values = _list(given, "enum")
            check_json(values, SCHEMA_DEPTH_MAX)
            found = frozenset(map(canonical, values))
        if "const" in given:
            check_json(given["const"], SCHEMA_DEPTH_MAX)
            const = frozenset([canonical(given["const"])])
            found = const if found is None else found & const
    except ValueError as error:
        raise ConfigError(f"a schema allows {error}") from error
    return found


def _number(given: Mapping[Any, Any], word: str) -> float | None:
    value = given.get(word)
    if value is not None and (not isinstance(value, int | float) or isinstance(value, bool)):
        raise ConfigError(f"a schema's {word} is a number, not {shown(value)}")
    return value


def _size(given: Mapping[Any, Any], word: str) -> int:
    value = given[word]
    if type(value) is not int or value < 0:
        raise ConfigError(f"a schema's {word} is a whole number from 0, not {shown(value)}")
    return value
