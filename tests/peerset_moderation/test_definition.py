"""JSON Schema definitions: what is supported, and that nothing else gets through."""

import sys
from typing import Any

import pytest

from peerset import ConfigError
from peerset_moderation.definition import DEPTH_MAX, NODES_MAX, Definition, check_pattern
from tests.peerset_moderation.records import fill

PLACE: dict[str, Any] = {
    "type": "object",
    "required": ["title", "latitude"],
    "properties": {
        "title": {"type": "string", "minLength": 1, "maxLength": 100},
        "latitude": {"type": "number", "minimum": -90, "maximum": 90.0},
        "code": {"type": "string", "maxLength": 8, "pattern": "^[A-Z]{2}-[0-9]+$"},
        "tags": {"type": "array", "items": {"enum": ["a", "b"]}, "uniqueItems": True, "maxItems": 3},
    },
    "additionalProperties": False,
}


def compile_one(document: object) -> Definition:
    return Definition.compile(document, place="rule 1")


def test_what_fits_has_no_fault() -> None:
    value = {"title": "x", "latitude": 52, "code": "DE-10", "tags": ["b", "a"]}
    assert compile_one(PLACE).find_fault(value) is None


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ([], ("type", "")),
        ({"title": "x"}, ("required", "")),
        ({"title": "", "latitude": 1}, ("minLength", "title")),
        ({"title": "x" * 101, "latitude": 1}, ("maxLength", "title")),
        ({"title": "x", "latitude": "1"}, ("type", "latitude")),
        ({"title": "x", "latitude": 90.5}, ("maximum", "latitude")),
        ({"title": "x", "latitude": 1, "code": "DE-"}, ("pattern", "code")),
        ({"title": "x", "latitude": 1, "code": "DE-1\n"}, ("pattern", "code")),
        ({"title": "x", "latitude": 1, "tags": ["c"]}, ("enum", "tags")),
        ({"title": "x", "latitude": 1, "tags": ["a", "a"]}, ("uniqueItems", "tags")),
        ({"title": "x", "latitude": 1, "secret": 1}, ("additionalProperties", "")),
    ],
)
def test_a_fault_is_named_by_keyword_and_field(value: object, fault: tuple[str, str]) -> None:
    assert compile_one(PLACE).find_fault(value) == fault


@pytest.mark.parametrize(
    "document",
    [
        {"allOf": [{"type": "object"}, {"minProperties": 1}]},
        {"anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
        {"if": {"required": ["b"]}, "then": {"required": ["a"]}, "else": True},
        {"properties": {"a": {"const": 1, "title": "t", "examples": [{"x": 1}]}}},
        {"not": {"properties": {"a": {"const": 2}}, "required": ["a"]}, "propertyNames": {"maxLength": 3}},
        {"properties": {"a": {"multipleOf": 1, "exclusiveMinimum": 0, "type": ["integer", "null"]}}},
        {"$schema": "http://json-schema.org/draft-07/schema#", "$comment": "c", "description": "d"},
    ],
)
def test_the_supported_keywords_work(document: object) -> None:
    assert compile_one(document).find_fault({"a": 1}) is None


@pytest.mark.parametrize(
    "document",
    [
        True,
        [],
        "x",
        {"$ref": "https://example.com/schema.json"},
        {"$ref": "#"},
        {"format": "email"},
        {"patternProperties": {"(a+)+": {}}},
        {"type": "thing"},
        {"type": []},
        {"required": "title"},
        {"required": [1]},
        {"enum": []},
        {"enum": [[1]]},
        {"const": {}},
        {"minLength": "__import__('os')"},
        {"minLength": True},
        {"minLength": -1},
        {"multipleOf": 0},
        {"multipleOf": 0.1},
        {"minimum": "1"},
        {"uniqueItems": 1},
        {"$schema": "https://json-schema.org/draft/2020-12/schema"},
        {"items": [{}]},
        {"anyOf": []},
        {"anyOf": {}},
        {"properties": []},
        {"properties": {"a": 1}},
        {"pattern": 5},
        {1: 2},
    ],
)
def test_everything_else_is_refused(document: object) -> None:
    with pytest.raises(ConfigError, match="rule 1"):
        compile_one(document)


def test_size_and_depth_are_bounded() -> None:
    deep: dict[str, object] = {}
    for _ in range(DEPTH_MAX):
        deep = {"not": deep}
    assert compile_one(deep).find_fault({}) is None
    with pytest.raises(ConfigError, match="deeper than 16 levels"):
        compile_one({"not": deep})
    with pytest.raises(ConfigError, match="more than 1024 parts"):
        compile_one({"properties": {str(number): {} for number in range(NODES_MAX)}})


@pytest.mark.parametrize(
    "pattern", ["^$", "^abc$", "^[a-z0-9]+$", r"^\+?[0-9]{5,15}$", "^[^<>]*$", r"^.\.[\]\^]$", "^a{3}$"]
)
def test_a_plain_pattern_is_allowed(pattern: str) -> None:
    check_pattern(pattern, 1_000, place="rule")


UNSAFE_PATTERNS = (
    *(
        "abc",
        "^abc",
        "abc$",
        "",
        "^",
        "^(a+)+$",
        "^a|b$",
        r"^\d$",
        r"^(?=a)$",
        "^a**$",
        "^a*?$",
        "^{3}$",
        "^[a$",
        r"^\1$",
    ),
    *("^[a--b]$", "^[a&&b]$", "^[[a]$", "^^$", "^[]$", "^a{2000}$", "^" + "a" * 300 + "$"),
)


@pytest.mark.parametrize("pattern", UNSAFE_PATTERNS)
def test_what_could_backtrack_or_mean_two_things_is_refused(pattern: str) -> None:
    with pytest.raises(ConfigError, match="rule"):
        check_pattern(pattern, 100, place="rule")


def test_a_pattern_needs_bounds() -> None:
    for length_max in (None, 5_000, True, "9"):
        with pytest.raises(ConfigError, match="needs a maxLength"):
            check_pattern("^a*$", length_max, place="rule")
    check_pattern("^a*b*$", 300, place="rule")
    for pattern, length_max in (
        ("^a*b*$", 400),
        ("^a*b*c*$", 100),
        ("^a{0,500}b{0,500}$", 9),
        ("^" + "a?" * 17 + "$", 9),
    ):
        with pytest.raises(ConfigError, match="too many ways"):
            check_pattern(pattern, length_max, place="rule")


def test_a_backwards_class_is_refused_when_it_is_compiled() -> None:
    with pytest.raises(ConfigError, match="rule 1"):
        compile_one({"maxLength": 9, "pattern": "^[z-a]$"})


def test_a_long_text_breaks_its_length_before_its_pattern_is_tried() -> None:
    definition = compile_one({"items": {"maxLength": 300, "pattern": "^a*a*$"}})
    assert definition.find_fault([fill("a") + "b"]) == ("maxLength", "")
    assert definition.find_fault(["a" * 299 + "b"] * 200) == ("pattern", "")


def test_without_its_package_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fastjsonschema", None)
    with pytest.raises(ConfigError, match=r"fastjsonschema is missing: pip install 'peerset\[moderation\]'"):
        compile_one({})
