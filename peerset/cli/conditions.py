"""Conditions as people type them: ``city=Berlin``, ``stars>=4``, ``title^=Ca``, ``tags~=new``, ``at``, ``!at``."""

import json
import re
from typing import Any, Final

from peerset.documents.definition import ColumnType, Definition
from peerset.documents.order import OWN_FIELDS
from peerset.documents.where import ALL
from peerset.errors import ConfigError

_FORM: Final = re.compile(r"(?s)(!?)([^=<>!^~]+)(?:(>=|<=|!=|\^=|~=|=|>|<)(.*))?")
_OPS: Final = {
    "=": "eq",
    "!=": "ne",
    ">": "gt",
    ">=": "gte",
    "<": "lt",
    "<=": "lte",
    "^=": "prefix",
    "~=": "has",
}
_HAS: Final = "has"


def read_conditions(texts: list[str], definition: Definition) -> dict[str, Any]:
    """Read conditions, all of which must hold; one that begins with a brace is JSON.

    A list may have to hold several values, by several of ``~=``.

    Raises:
        ConfigError: one is none, or says the same of a field twice.

    """
    found: dict[str, Any] = {}
    for text in texts:
        for field, asked in _read(text, definition).items():
            before = found.get(field, {})
            if isinstance(before, dict) and isinstance(asked, dict) and _HAS in before and asked.keys() == {_HAS}:
                found[field] = before | {ALL: [*before.get(ALL, []), asked[_HAS]]}
                continue
            if (
                not isinstance(before, dict)
                or (before and not isinstance(asked, dict))
                or (before and before.keys() & asked.keys())
            ):
                raise ConfigError(f"two conditions ask the same of {field!r}: {text!r}")
            found[field] = before | asked if before else asked
    return found


def _read(text: str, definition: Definition) -> dict[str, Any]:
    if text.lstrip().startswith("{"):
        try:
            said = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"the condition {text!r} is no JSON: {error}") from error
        return {str(name): asked for name, asked in said.items()}
    match = _FORM.fullmatch(text.strip())
    if match is None or (match[1] and match[3]):
        raise ConfigError(
            "a condition is written such as city=Berlin, stars>=4, title^=Ca, tags~=new, at, !at, or as JSON, "
            f"not {text!r}"
        )
    not_, field, op, value = match[1], match[2].strip(), match[3], match[4]
    if op is None:
        return {field: {"exists": not not_}}
    return {field: {_OPS[op]: _value(field, op, value.strip(), definition)}}


def _value(field: str, op: str, text: str, definition: Definition) -> Any:  # noqa: ANN401 - JSON
    """Read a value: a text where the field is one, or else JSON, or else a text."""
    place = definition.column(field)
    is_text = place is not None and definition.columns[place].type is ColumnType.TEXT
    if (is_text or field in OWN_FIELDS or op == "^=") and not text.startswith('"'):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
