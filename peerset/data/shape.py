"""How the types of a dataclass's fields are written as JSON, and read back."""

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, is_dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin
from uuid import UUID

from peerset.core.action import Json
from peerset.core.limits import VALUE_DEPTH_MAX
from peerset.core.typed import shown
from peerset.data.annotations import Between, Size
from peerset.documents.schema import Schema
from peerset.documents.value import check_json
from peerset.errors import ConfigError, SchemaError


@dataclass(frozen=True, slots=True)
class Shape:
    """How one type is written as JSON."""

    schema: dict[str, Json]
    load: Callable[[Any], Any]
    """Read what fits the schema; raises ValueError where that is not enough, unless it `is_exact`."""
    dump: Callable[[Any, str], Any]
    """Write a value that stands at a path; raises `SchemaError` where the value is of another type."""
    is_exact: bool = True
    """Whatever fits the schema can be loaded."""


def shape_of(hint: Any, where: str, outer: tuple[type, ...] = ()) -> Shape:  # noqa: ANN401 - a type hint may be anything
    """Read a type hint; *where* names it for errors, *outer* are the dataclasses around it.

    Raises:
        ConfigError: JSON cannot say such a type, or it holds itself.

    """
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _bounded(shape_of(arguments[0], where, outer), arguments[1:], where)
    if origin is Literal:
        return _enumerated(list(arguments), lambda value: value, lambda value, _: value, where)
    if origin in (Union, types.UnionType):
        return _either([shape_of(each, where, outer) for each in arguments])
    if isinstance(hint, typing.NewType):
        return shape_of(hint.__supertype__, where, outer)
    if origin in _MANY:
        element = shape_of(arguments[0], f"{where}[]", outer)
        if origin is tuple and arguments[1:] != (...,):
            raise ConfigError(f"{where}: a tuple is a list here, such as tuple[str, ...], not {shown(hint)}")
        return _many(_MANY[origin], element)
    if origin in (dict, Mapping) and arguments[0] is str:
        return _mapped(shape_of(arguments[1], f"{where}.*", outer))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _enumerated([each.value for each in hint], hint, _member_of(hint), where)
    if isinstance(hint, type) and is_dataclass(hint):
        return _object(hint, where, outer)
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    raise ConfigError(
        f"{where}: JSON cannot say {shown(hint)}; there are bool, int, float, str, None, list, dict[str, …], Literal, "
        "enums, dataclasses, datetime, date, time, UUID and Decimal, and these joined by |"
    )


def _plain(kind: str, load: Callable[[Any], Any]) -> Shape:
    return Shape({"type": kind}, load, lambda value, _: value)


def _text(of: type, load: Callable[[str], Any], write: Callable[[Any], str]) -> Shape:
    def dump(value: object, path: str) -> str:
        if not isinstance(value, of):
            raise SchemaError(path, f"{shown(value)} is no {of.__name__}")
        return write(value)

    return Shape({"type": "string"}, load, dump, is_exact=False)


def _read_moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment


def _write_moment(moment: datetime) -> str:
    # In one zone, texts sort as times do.
    if moment.tzinfo is None:
        raise ValueError("a time without its zone: say datetime(..., tzinfo=UTC)")
    return moment.astimezone(UTC).isoformat()


def _read_decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError as error:
        raise ValueError(f"{text!r} is no number") from error


_SIMPLE: Final[dict[Any, Shape]] = {
    bool: _plain("boolean", lambda value: value),
    # To other languages, 1.0 and 1 are one number.
    int: _plain("integer", int),
    float: _plain("number", float),
    str: _plain("string", lambda value: value),
    type(None): _plain("null", lambda value: value),
    None: _plain("null", lambda value: value),
    Any: Shape({}, lambda value: value, lambda value, _: value),
    object: Shape({}, lambda value: value, lambda value, _: value),
    list: _plain("array", lambda value: value),
    dict: _plain("object", lambda value: value),
    datetime: _text(datetime, _read_moment, _write_moment),
    date: _text(date, date.fromisoformat, date.isoformat),
    time: _text(time, time.fromisoformat, time.isoformat),
    UUID: _text(UUID, UUID, str),
    Decimal: _text(Decimal, _read_decimal, str),
}

_MANY: Final[dict[Any, Callable[[list[Any]], Any]]] = {
    list: list,
    Sequence: list,
    tuple: tuple,
    set: set,
    frozenset: frozenset,
}


def _bounded(shape: Shape, notes: tuple[object, ...], where: str) -> Shape:
    schema = shape.schema
    for note in notes:
        if isinstance(note, Size | Between):
            bounded = _with(schema, note)
            if bounded is None:
                raise ConfigError(f"{where}: {note} says nothing of {shown(shape.schema)}")
            schema = bounded
    return dataclasses.replace(shape, schema=schema)


def _with(schema: dict[str, Json], note: Size | Between) -> dict[str, Json] | None:
    """Give *schema* with what *note* says; the branches of a union take it where they can."""
    branches = schema.get("anyOf")
    if isinstance(branches, list):
        bounded = [(each, _with(each, note)) for each in branches if isinstance(each, dict)]
        if all(after is None for _, after in bounded):
            return None
        return schema | {"anyOf": [before if after is None else after for before, after in bounded]}
    words = note.words(str(schema.get("type")))
    return schema | words if words else None


def _enumerated(values: list[Any], load: Callable[[Any], Any], dump: Callable[[Any, str], Any], where: str) -> Shape:
    for each in values:
        if not isinstance(each, bool | int | float | str | None):
            raise ConfigError(f"{where}: {shown(each)} is nothing that JSON can say")
    kinds = {_kind_of(each) for each in values}
    # One type makes it a column.
    schema: dict[str, Json] = {"type": kinds.pop()} if len(kinds) == 1 else {}
    return Shape(schema | {"enum": values}, load, dump)


def _kind_of(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case str():
            return "string"
        case int():
            return "integer"
        case _:
            return "number"


def _member_of(kind: type[Enum]) -> Callable[[Any, str], Any]:
    def dump(value: object, path: str) -> object:
        if not isinstance(value, kind):
            raise SchemaError(path, f"{shown(value)} is no {kind.__name__}")
        return value.value

    return dump


def _either(shapes: list[Shape]) -> Shape:
    checks = [(Schema(shape.schema), shape) for shape in shapes]

    def load(value: Json) -> object:
        for schema, shape in checks:
            try:
                schema.check(value)
                return shape.load(value)
            except (SchemaError, ValueError):
                continue
        raise ValueError(f"{shown(value)} fits none of {len(checks)} forms")

    def dump(value: object, path: str) -> Json:
        blamed = SchemaError(path, f"{shown(value)} fits none of {len(checks)} forms")
        for schema, shape in checks:
            try:
                found: Json = shape.dump(value, path)
                check_json(found, VALUE_DEPTH_MAX)
                schema.check(found, path)
            except SchemaError as error:
                # The form that fits furthest is the one that was meant.
                blamed = error if len(error.path) > len(blamed.path) else blamed
            except ValueError:
                continue
            else:
                return found
        raise blamed

    return Shape({"anyOf": [shape.schema for shape in shapes]}, load, dump, all(shape.is_exact for shape in shapes))


def _many(make: Callable[[list[Any]], Any], element: Shape) -> Shape:
    def dump(values: object, path: str) -> list[Json]:
        if isinstance(values, str | bytes | Mapping) or not isinstance(values, Sequence | set | frozenset):
            raise SchemaError(path, f"{shown(values)} is no list")
        ordered = values if isinstance(values, Sequence) else sorted(values, key=repr)
        return [element.dump(value, f"{path}[{place}]") for place, value in enumerate(ordered)]

    def load(values: list[Json]) -> object:
        return make([element.load(value) for value in values])

    return Shape({"type": "array", "items": element.schema}, load, dump, element.is_exact)


def _mapped(element: Shape) -> Shape:
    def dump(values: object, path: str) -> dict[str, Json]:
        if not isinstance(values, Mapping):
            raise SchemaError(path, f"{shown(values)} is no object")
        return {name: element.dump(value, f"{path}.{name}") for name, value in values.items()}

    def load(values: dict[str, Json]) -> object:
        return {name: element.load(value) for name, value in values.items()}

    return Shape({"type": "object", "additionalProperties": element.schema}, load, dump, element.is_exact)


def _object(kind: type, where: str, outer: tuple[type, ...]) -> Shape:
    if kind in outer:
        raise ConfigError(f"{where}: {kind.__name__} holds itself; a schema here has an end")
    hints = _hints_of(kind)
    fields = [each for each in dataclasses.fields(kind) if each.init]
    shapes = {each.name: shape_of(hints[each.name], f"{where}.{each.name}", (*outer, kind)) for each in fields}
    properties: dict[str, Json] = {
        each.name: shapes[each.name].schema | _default_of(each, shapes[each.name]) for each in fields
    }
    required: list[Json] = [each.name for each in fields if each.default is each.default_factory is MISSING]

    def dump(value: object, path: str) -> dict[str, Json]:
        if not isinstance(value, kind):
            raise SchemaError(path, f"{shown(value)} is no {kind.__name__}")
        dot = f"{path}." if path else ""
        return {name: shape.dump(getattr(value, name), f"{dot}{name}") for name, shape in shapes.items()}

    def load(value: dict[str, Json]) -> object:
        return kind(**{name: shape.load(value[name]) for name, shape in shapes.items() if name in value})

    is_exact = all(shape.is_exact for shape in shapes.values()) and not hasattr(kind, "__post_init__")
    return Shape({"type": "object", "properties": properties, "required": required}, load, dump, is_exact)


def _hints_of(kind: type) -> dict[str, Any]:
    try:
        return typing.get_type_hints(kind, include_extras=True)
    except (NameError, TypeError, AttributeError) as error:
        raise ConfigError(f"the types of {kind.__name__} cannot be read: {error}") from error


def _default_of(field: "dataclasses.Field[Any]", shape: Shape) -> dict[str, Json]:
    if field.default is MISSING and field.default_factory is MISSING:
        return {}
    default = field.default if field.default_factory is MISSING else field.default_factory()
    try:
        found: Json = shape.dump(default, field.name)
        Schema(shape.schema).check(found, field.name)
    except (SchemaError, ValueError) as error:
        raise ConfigError(f"the default of a field does not fit it: {error}") from error
    return {"default": found}
