"""Models: of which type the documents of a collection are, and how these are written as JSON."""

import importlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, is_dataclass
from typing import Any, Final, Generic, TypeVar, cast

from peerset.core.action import Json
from peerset.core.limits import VALUE_DEPTH_MAX
from peerset.core.typed import shown
from peerset.data.inlined import inlined
from peerset.data.shape import shape_of
from peerset.documents.definition import Fits
from peerset.documents.schema import Schema
from peerset.documents.value import check_json
from peerset.errors import ConfigError, SchemaError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Model(Generic[T]):
    """How values of one type are written as JSON, and read back. Make one with `model_of`."""

    schema: Schema | None
    """None: any JSON."""
    _load: Callable[[Any], T]
    _dump: Callable[[Any], Any]
    fits: Fits | None = None
    """What a value must be beyond its schema."""

    def load(self, value: Json) -> T:
        """Read what fits the schema, its defaults filled in.

        Raises:
            SchemaError: it does not fit the model.

        """
        try:
            return self._load(value)
        except SchemaError:
            raise
        except Exception as error:  # a stranger's class may raise anything
            raise SchemaError(*_blamed(error)) from error

    def dump(self, value: T) -> Json:
        """Write *value*.

        Raises:
            SchemaError: it does not fit the model.

        """
        try:
            found: Json = self._dump(value)
            check_json(found, VALUE_DEPTH_MAX)
        except SchemaError:
            raise
        except Exception as error:  # a stranger's class may raise anything
            raise SchemaError(*_blamed(error)) from error
        if self.schema is not None:
            self.schema.check(found)
            if self.fits is not None:
                self.load(found)
        return found


def model_of(given: object) -> Model[Any]:
    """Read a model: a dataclass, a pydantic model, a msgspec Struct, a JSON Schema, or None for any JSON.

    Raises:
        ConfigError: it is none of these, or says what schemas here cannot.

    """
    if given is None:
        return Model(None, _same, _same)
    if isinstance(given, Mapping):
        return Model(Schema(_copied(given)), _same, _same)
    if isinstance(given, type) and hasattr(given, "model_json_schema"):
        return _pydantic_model(given)
    if isinstance(given, type) and hasattr(given, "__struct_fields__"):
        return _msgspec_model(given)
    if isinstance(given, type) and is_dataclass(given):
        return _dataclass_model(given)
    raise ConfigError(
        "a model is a dataclass, a pydantic model, a msgspec Struct, a JSON Schema as a dict, or None, "
        f"not {shown(given)}"
    )


def _same(value: Json) -> Json:
    return value


def _copied(given: Mapping[Any, Any]) -> Json:
    """Give *given* as it stands now, whatever its owner does to it later."""
    try:
        return cast(Json, json.loads(json.dumps(given, allow_nan=False)))
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigError(f"a schema is what JSON can say: {error}") from error


def _dataclass_model(given: type) -> Model[Any]:
    shape = shape_of(given, given.__name__)
    fits = None if shape.is_exact else Fits(_name_of(given), shape.load)
    return Model(Schema(shape.schema), shape.load, lambda value: shape.dump(value, ""), fits)


def _pydantic_model(given: Any) -> Model[Any]:  # noqa: ANN401 - a class of a library that may not be here
    written = given.model_json_schema(mode="serialization")
    _require_as(given.model_json_schema(mode="validation"), written)

    def load(value: Json) -> object:
        return given.model_validate_json(json.dumps(value))

    def dump(value: Any) -> object:  # noqa: ANN401 - of the given class
        _check_kind(value, given)
        return value.model_dump(mode="json", by_alias=True, warnings="error")

    return Model(Schema(inlined(written)), load, dump, Fits(_name_of(given, written), load))


def _require_as(read: dict[str, Any], written: dict[str, Any]) -> None:
    """Require what is read without a default; all is written, but documents of earlier models lack what came later."""
    pairs = [(read, written)]
    pairs += [(read.get("$defs", {}).get(name, {}), each) for name, each in written.get("$defs", {}).items()]
    for one, other in pairs:
        if "required" in other:
            other["required"] = one.get("required", [])


def _msgspec_model(given: type) -> Model[Any]:
    msgspec = importlib.import_module("msgspec")
    written = msgspec.json.schema(given)

    def load(value: Json) -> object:
        return msgspec.convert(value, given)

    def dump(value: object) -> object:
        _check_kind(value, given)
        return msgspec.to_builtins(value, str_keys=True)

    return Model(Schema(inlined(written)), load, dump, Fits(_name_of(given, written), load))


def _check_kind(value: object, kind: type) -> None:
    if not isinstance(value, kind):
        raise SchemaError("", f"{shown(value)} is no {kind.__name__}")


def _name_of(given: type, schema: object = None) -> str:
    """Name what is checked beyond a schema, so that what was found with another one is found anew."""
    said = "" if schema is None else json.dumps(schema, sort_keys=True, default=repr)
    return f"{given.__module__}.{given.__qualname__} {said}"


_REASON_CHARACTERS_MAX: Final = 200


def _blamed(error: Exception) -> tuple[str, str]:
    """Say where a value does not fit, and why, as the library that found it says it."""
    errors = getattr(error, "errors", None)
    if callable(errors):
        first: dict[str, Any] = next(iter(errors()), {})
        return ".".join(map(str, first.get("loc", ()))), str(first.get("msg", error))
    return "", str(error)[:_REASON_CHARACTERS_MAX] or type(error).__name__
