"""Models of collections as a rule of the room: what does not fit is no member."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from peerset.core.record import Record
from peerset.core.rules import Manifest, canonical_json
from peerset.core.typed import shown
from peerset.core.verdict import PolicyClass
from peerset.data.model import model_of
from peerset.documents.definition import define
from peerset.documents.document import State, collection_of, place_of
from peerset.documents.schema import Schema
from peerset.documents.value import canonical, read_json
from peerset.errors import ConfigError, SchemaError
from peerset.policies.function import FunctionPolicy

NAME: Final = "collections"
VERSION: Final = 1


def enforce(models: Mapping[str, Any]) -> FunctionPolicy:
    """Make an admission policy of the models of collections, by their names, for the *policies* of `peerset.join`.

    A document of one of these collections that does not fit its schema is refused. What a class checks beyond its
    schema is not looked at, since other peers need not have it.

    Raises:
        ConfigError: a name or a model cannot be meant, or a model has no schema.

    """
    given: object = models
    if not isinstance(given, Mapping) or not given:
        raise ConfigError(f"enforce takes the models of collections by their names, not {shown(given)}")
    schemas = {define(name).name: _schema_of(name, model) for name, model in models.items()}
    parameters = canonical_json({"collections": sorted(schemas)})
    hashes = tuple(hashlib.sha256(canonical(schemas[name].json)).digest() for name in sorted(schemas))
    return FunctionPolicy(Manifest(NAME, VERSION, parameters, hashes), PolicyClass.ADMISSION, _Opinion(schemas))


@dataclass(frozen=True, slots=True)
class _Opinion:
    schemas: Mapping[str, Schema]

    def __call__(self, record: Record) -> str | None:
        name = collection_of(record)
        schema = self.schemas.get(name or "")
        if name is None or schema is None:
            return None
        _, state = place_of(record, name)
        if state & State.MISFIT:
            return f"it is no document of {name!r}: its key is missing, or it deletes nothing"
        if state & State.VOID:
            return None
        try:
            schema.check(read_json(record.content))
        except SchemaError as error:
            return f"it does not fit {name!r}: {error}"
        except ValueError as error:
            return f"it is no document of {name!r}: {error}"
        return None


def _schema_of(name: str, model: object) -> Schema:
    schema = model_of(model).schema
    if schema is None:
        raise ConfigError(f"the model of {name!r} has no schema to be enforced")
    return schema
