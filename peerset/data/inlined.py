"""JSON Schemas as libraries write them, in the words that schemas of collections have.

Definitions are put where they are referred to. What only narrows a value, and has no word here, is left out: the class
that wrote the schema checks it on this peer.
"""

from collections.abc import Mapping
from typing import Any, Final

from peerset.core.action import Json
from peerset.core.limits import SCHEMA_DEPTH_MAX
from peerset.core.typed import shown
from peerset.errors import ConfigError

_KEPT: Final = frozenset(
    {"type", "required", "enum", "const", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"}
    | {"description", "title", "default"}
)
_NARROWING: Final = frozenset(
    {"format", "pattern", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "uniqueItems", "propertyNames"}
    | {"minProperties", "maxProperties", "contentEncoding", "contentMediaType", "discriminator", "prefixItems"}
)
_SAYING_NOTHING: Final = frozenset(
    {"$defs", "definitions", "$schema", "$id", "$comment", "examples", "deprecated", "readOnly", "writeOnly"}
)
_REFERENCES: Final = ("#/$defs/", "#/definitions/")


def inlined(given: Mapping[str, Any]) -> dict[str, Json]:
    """Write *given* without references, in the words of `peerset.documents.schema`.

    Raises:
        ConfigError: it refers to itself, or has a word that cannot be left out.

    """
    definitions = {**given.get("definitions", {}), **given.get("$defs", {})}
    found: dict[str, Json] = _node(given, definitions, "the schema", ())
    return found


def _node(given: Any, definitions: Mapping[str, Any], where: str, trail: tuple[str, ...]) -> Any:  # noqa: ANN401 - JSON
    if isinstance(given, bool):
        return given
    if not isinstance(given, Mapping):
        raise ConfigError(f"{where} is no object: {shown(given)}")
    if len(trail) > SCHEMA_DEPTH_MAX:
        raise ConfigError(f"{where}: a schema of more than {SCHEMA_DEPTH_MAX} levels")
    if "$ref" in given:
        return _referred(given, definitions, where, trail)
    if "allOf" in given:
        return _joined(given, definitions, where, trail)
    found: dict[str, Json] = {}
    for word, value in given.items():
        found |= _word(word, value, definitions, where, trail)
    if "prefixItems" in given:
        found.pop("items", None)
    return found


def _word(
    word: str,
    value: Any,  # noqa: ANN401 - JSON
    definitions: Mapping[str, Any],
    where: str,
    trail: tuple[str, ...],
) -> dict[str, Json]:
    match word:
        case "properties":
            return {word: {name: _node(each, definitions, f"{where}.{name}", trail) for name, each in value.items()}}
        case "items" | "additionalProperties":
            return {word: _node(value, definitions, f"{where}[]", trail)}
        case "anyOf" | "oneOf":
            return {"anyOf": [_node(each, definitions, where, trail) for each in value]}
        case _ if word in _KEPT:
            return {word: value}
        case _ if word in _NARROWING or word in _SAYING_NOTHING:
            return {}
        case _:
            raise ConfigError(f"{where}: schemas here have no {word!r}, and it cannot be left out")


def _referred(given: Mapping[str, Any], definitions: Mapping[str, Any], where: str, trail: tuple[str, ...]) -> Any:  # noqa: ANN401 - JSON
    target = str(given["$ref"])
    name = next((target.removeprefix(each) for each in _REFERENCES if target.startswith(each)), "")
    if name not in definitions:
        raise ConfigError(f"{where}: {shown(target)} refers to nothing here")
    if name in trail:
        raise ConfigError(f"{where}: {name} holds itself; a schema here has an end")
    rest = {word: value for word, value in given.items() if word != "$ref"}
    found = _node(definitions[name], definitions, where, (*trail, name))
    return found | _node(rest, definitions, where, trail) if isinstance(found, dict) else found


def _joined(given: Mapping[str, Any], definitions: Mapping[str, Any], where: str, trail: tuple[str, ...]) -> Any:  # noqa: ANN401 - JSON
    parts = given["allOf"]
    if not isinstance(parts, list) or len(parts) != 1:
        raise ConfigError(f"{where}: schemas here have no 'allOf' of several")
    rest = {word: value for word, value in given.items() if word != "allOf"}
    found = _node(parts[0], definitions, where, trail)
    return found | _node(rest, definitions, where, trail) if isinstance(found, dict) else found
