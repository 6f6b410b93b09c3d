"""Definitions in JSON Schema (draft 7): those keywords that cost time linear in what they check, compiled.

fastjsonschema does the checking: 3 microseconds for a small object where jsonschema takes 44, measured, and it needs
nothing else. It writes Python from the definition and asks the net for what ``$ref`` names, so everything it is given
is checked here first: no ``$ref``, no ``format``, and only regular expressions without backtracking to speak of.
"""

import importlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from peerset import ConfigError

DEPTH_MAX: Final = 16
NODES_MAX: Final = 1_024
PATTERN_CHARACTERS_MAX: Final = 256
PATTERN_LENGTH_MAX: Final = 1_024
PATTERN_WAYS_MAX: Final = 100_000
"""How many ways a text may be divided among the parts of a pattern."""

_DRAFT: Final = "http://json-schema.org/draft-07/schema#"
_TYPES: Final = frozenset(("array", "boolean", "integer", "null", "number", "object", "string"))
_COUNTS: Final = frozenset(
    ("maxItems", "maxLength", "maxProperties", "minItems", "minLength", "minProperties", "multipleOf")
)
_NUMBERS: Final = frozenset(("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum"))
_ONE: Final = frozenset(("additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then"))
_MANY: Final = frozenset(("allOf", "anyOf", "oneOf"))
_REMARKS: Final = frozenset(("$comment", "description", "examples", "title"))

# A sequence of characters and classes, each with its count; no groups, alternatives, assertions or references, and no
# classes like \d that mean more in one language than in another.
_ITEM: Final = re.compile(
    r"(?:[^\\^$.|?*+()\[\]{}]|\\[!-/:-@\[-`{-~]|\.|\[\^?(?:[^\\\[\]^&|~-]|-(?!-)|\\[!-/:-@\[-`{-~])+\])"
    r"(?P<count>[?*+]|\{(?P<least>[0-9]{1,3})(?:,(?P<most>[0-9]{1,3}))?\})?"
)


@dataclass(frozen=True, slots=True)
class Definition:
    """A compiled definition."""

    _check: Callable[[object], object]
    _error: type[Exception]
    _names: frozenset[str]

    @classmethod
    def compile(cls, document: object, *, place: str) -> Self:
        """Check and compile *document*; *place* names it in errors.

        Raises:
            ConfigError: it uses what is not supported or is malformed, or fastjsonschema is not installed.

        """
        names: set[str] = set()
        nodes = list(_walk(document, place, names, depth=0))
        if len(nodes) > NODES_MAX:
            raise ConfigError(f"{place}: more than {NODES_MAX} parts")
        engine = _load_engine()
        try:
            check = engine.compile({**nodes[0], "$schema": _DRAFT}, use_default=False, use_formats=False)
        except (engine.JsonSchemaDefinitionException, re.error) as error:
            raise ConfigError(f"{place}: {error}") from error
        return cls(check, engine.JsonSchemaValueException, frozenset(names))

    def find_fault(self, value: object) -> tuple[str, str] | None:
        """Say which keyword *value* breaks, and in which field as the definition names it; None when it breaks none."""
        try:
            self._check(value)
        except self._error as error:
            # Other names than the definition's are the author's text, which no reason repeats.
            path: list[str] = getattr(error, "path", [])
            return str(getattr(error, "rule", "")), ".".join(name for name in path[1:] if name in self._names)
        return None


def _load_engine() -> Any:  # noqa: ANN401 - an optional module has no type when it is missing
    try:
        return importlib.import_module("fastjsonschema")
    except ImportError as error:
        raise ConfigError("schema: fastjsonschema is missing: pip install 'peerset[moderation]'") from error


def _walk(node: object, place: str, names: set[str], *, depth: int) -> Iterator[Mapping[str, Any]]:
    """Check *node* and what it contains; iterate each part, the outermost first."""
    if isinstance(node, bool) and depth:
        return
    if not isinstance(node, dict) or depth > DEPTH_MAX:
        raise ConfigError(f"{place}: " + ("not an object" if depth <= DEPTH_MAX else f"deeper than {DEPTH_MAX} levels"))
    yield node
    for keyword, value in node.items():
        inner = _check_keyword(keyword, value, f"{place}: {str(keyword)[:40]}", node)
        if keyword == "properties":
            names.update(value)
        for each in inner:
            yield from _walk(each, f"{place}: {keyword}", names, depth=depth + 1)


def _check_keyword(keyword: str, value: object, place: str, node: Mapping[str, object]) -> list[object]:
    """Check one keyword; give the definitions inside of it."""
    if keyword in _ONE:
        return [value]
    if keyword in _MANY and isinstance(value, list) and value:
        return value
    if keyword == "properties" and isinstance(value, dict):
        return list(value.values())
    if keyword == "pattern" and isinstance(value, str):
        check_pattern(value, node.get("maxLength"), place=place)
        return []
    if not _is_right(keyword, value):
        raise ConfigError(f"{place}: not supported, or not what JSON Schema puts there")
    return []


def _is_right(keyword: str, value: object) -> bool:
    """Say whether *keyword*, which holds no definition, is supported and *value* is what belongs there."""
    if keyword in _COUNTS:
        return type(value) is int and value >= (1 if keyword == "multipleOf" else 0)
    match keyword:
        case "type":
            types = value if isinstance(value, list) else [value]
            return bool(types) and all(isinstance(each, str) and each in _TYPES for each in types)
        case "required":
            return isinstance(value, list) and all(isinstance(each, str) for each in value)
        case "enum":
            return isinstance(value, list) and bool(value) and all(map(_is_plain, value))
        case "const":
            return _is_plain(value)
        case "uniqueItems":
            return isinstance(value, bool)
        case "$schema":
            return value == _DRAFT
        case _:
            return keyword in _REMARKS or (keyword in _NUMBERS and type(value) in (int, float))


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str | int | float)


def check_pattern(pattern: str, length_max: object, *, place: str) -> None:
    """Check that no text makes *pattern* slow: bounded by the *length_max* that must stand beside it.

    Raises:
        ConfigError: it is outside of the subset described above, or could be tried in too many ways.

    """
    if type(length_max) is not int or length_max > PATTERN_LENGTH_MAX:
        raise ConfigError(f"{place}: needs a maxLength of at most {PATTERN_LENGTH_MAX} beside it")
    if len(pattern) > PATTERN_CHARACTERS_MAX or pattern[:1] != "^" or pattern[-1:] != "$":
        raise ConfigError(f"{place}: must begin with ^ and end with $, and have at most {PATTERN_CHARACTERS_MAX} signs")
    ways, position, end = 1, 1, len(pattern) - 1
    while position < end:
        match = _ITEM.match(pattern, position, end)
        if match is None:
            raise ConfigError(
                f"{place}: {pattern!r} has at {position} something other than a character, a class like [a-z], or a "
                "count: groups, alternatives, assertions and \\d are not supported"
            )
        ways *= _ways(match, length_max)
        position = match.end()
    if ways > PATTERN_WAYS_MAX:
        raise ConfigError(f"{place}: {pattern!r} could be tried in too many ways; give it bounds, or a lower maxLength")


def _ways(item: re.Match[str], length_max: int) -> int:
    """Say how many lengths *item* may have."""
    match item["count"]:
        case None:
            return 1
        case "?":
            return 2
        case "*" | "+":
            return length_max + 1
        case _:
            return max(1, int(item["most"] or item["least"]) - int(item["least"]) + 1)
