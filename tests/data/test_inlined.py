"""Schemas as libraries write them, in our words."""

import itertools
from typing import Any

import pytest

from peerset.data.inlined import inlined
from peerset.errors import ConfigError


def test_what_is_referred_to_stands_where_it_was_referred_to() -> None:
    given = {
        "$defs": {"Inner": {"type": "object", "properties": {"n": {"type": "integer"}}}},
        "type": "object",
        "properties": {
            "one": {"$ref": "#/$defs/Inner", "description": "first"},
            "all": {"items": {"$ref": "#/$defs/Inner"}},
        },
    }
    inner = {"type": "object", "properties": {"n": {"type": "integer"}}}
    assert inlined(given) == {
        "type": "object",
        "properties": {"one": inner | {"description": "first"}, "all": {"items": inner}},
    }


def test_a_schema_that_is_a_reference_is_what_it_refers_to() -> None:
    assert inlined({"$ref": "#/definitions/A", "definitions": {"A": {"type": "string"}}}) == {"type": "string"}


def test_what_only_narrows_is_left_out() -> None:
    assert inlined({"type": "string", "format": "date-time", "pattern": "^a", "examples": ["x"]}) == {"type": "string"}
    assert inlined({"type": "integer", "exclusiveMinimum": 3, "minimum": 1}) == {"type": "integer", "minimum": 1}
    assert inlined({"type": "array", "prefixItems": [{"type": "string"}], "items": False}) == {"type": "array"}


def test_one_of_several_is_any_of_them_and_all_of_one_is_that_one() -> None:
    forms = [{"type": "string"}, {"type": "null"}]
    assert inlined({"oneOf": forms}) == {"anyOf": forms}
    assert inlined({"allOf": [{"type": "string"}], "default": "x"}) == {"type": "string", "default": "x"}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"$ref": "#/$defs/A", "$defs": {"A": {"items": {"$ref": "#/$defs/A"}}}}, "A holds itself"),
        ({"$ref": "#/$defs/B"}, "refers to nothing"),
        ({"$ref": "https://example.org/schema"}, "refers to nothing"),
        ({"allOf": [{}, {}]}, "no 'allOf' of several"),
        ({"properties": {"a": {"if": {}}}}, r"the schema\.a: schemas here have no 'if'"),
        ({"not": {}}, "no 'not'"),
        ({"items": 3}, "is no object: 3"),
    ],
)
def test_what_cannot_be_said_here_is_refused_by_its_place(given: Any, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        inlined(given)


def test_a_schema_without_end_is_refused() -> None:
    names = [f"A{number}" for number in range(20)]
    definitions = {one: {"items": {"$ref": f"#/$defs/{two}"}} for one, two in itertools.pairwise(names)}
    with pytest.raises(ConfigError, match="more than 8 levels"):
        inlined({"$ref": "#/$defs/A0", "$defs": definitions})
