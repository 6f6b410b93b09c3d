import pytest

from peerset.core.action import Json
from peerset.core.limits import SCHEMA_DEPTH_MAX
from peerset.documents.schema import Schema
from peerset.errors import ConfigError, SchemaError

PLACE = Schema(
    {
        "type": "object",
        "properties": {
            "title": {"type": "string", "minLength": 1, "maxLength": 3},
            "stars": {"type": "number", "minimum": 0, "maximum": 5, "default": 1},
            "floors": {"type": "integer"},
            "kind": {"enum": ["park", 1, None]},
            "always": {"const": True},
            "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 2},
            "either": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "inner": {"type": "object", "properties": {"x": {"type": "number", "default": 7}}, "required": ["x", "y"]},
            "closed": {"type": "object", "additionalProperties": False},
            "open": {"additionalProperties": {"type": "boolean"}},
        },
        "required": ["title", "stars"],
    }
)


@pytest.mark.parametrize(
    ("value", "path", "reason"),
    [
        ([], "", "is no object"),
        ({}, "title", "it is missing"),
        ({"title": ""}, "title", "0 characters are less than 1"),
        ({"title": "\U0001f30d" * 4}, "title", "4 characters are more than 3"),
        ({"title": 1}, "title", "is no string"),
        ({"title": "a", "stars": True}, "stars", "is no number"),
        ({"title": "a", "stars": -0.5}, "stars", "less than 0"),
        ({"title": "a", "stars": 6}, "stars", "more than 5"),
        ({"title": "a", "floors": 1.5}, "floors", "is no integer"),
        ({"title": "a", "kind": True}, "kind", "none of the values"),
        ({"title": "a", "always": 1}, "always", "none of the values"),
        ({"title": "a", "tags": []}, "tags", "0 items are less than 1"),
        ({"title": "a", "tags": ["a", "b", "c"]}, "tags", "3 items are more than 2"),
        ({"title": "a", "tags": ["a", 1]}, "tags[1]", "is no string"),
        ({"title": "a", "either": 1}, "either", "fits none of 2 forms"),
        ({"title": "a", "inner": {}}, "inner.y", "it is missing"),
        ({"title": "a", "closed": {"x": 1}}, "closed.x", "none of the values"),
        ({"title": "a", "open": {"x": 1}}, "open.x", "is no boolean"),
    ],
)
def test_an_error_says_where_and_why(value: Json, path: str, reason: str) -> None:
    with pytest.raises(SchemaError, match=reason) as caught:
        PLACE.check(value)

    assert caught.value.path == path


@pytest.mark.parametrize(
    "value",
    [
        {"title": "abc"},
        {"title": "\U0001f30d" * 3, "stars": 5, "floors": 2.0, "kind": None, "always": True, "tags": ["a"]},
        {"title": "a", "either": None, "inner": {"y": 1}, "closed": {}, "open": {"x": False}, "unknown": [1]},
    ],
)
def test_what_fits_passes(value: Json) -> None:
    PLACE.check(value)


def test_defaults_fill_what_is_missing_and_nothing_unknown_is_lost() -> None:
    filled = PLACE.filled({"title": "a", "inner": {"y": 1}, "unknown": [1]})

    assert filled == {"title": "a", "stars": 1, "inner": {"y": 1, "x": 7}, "unknown": [1]}
    assert Schema({"items": {"properties": {"n": {"default": 0}}}}).filled([{}, {"n": 2}]) == [{"n": 0}, {"n": 2}]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (5, "a schema is an object"),
        ({"$ref": "#"}, "no '\\$ref'"),
        ({"pattern": "a*"}, "no 'pattern'"),
        ({"type": "date"}, "type is one of"),
        ({"type": ["string", 1]}, "type is one of"),
        ({"properties": []}, "properties are an object"),
        ({"properties": {1: {}}}, "properties are an object"),
        ({"required": "a"}, "required is a list"),
        ({"required": [1]}, "required are texts"),
        ({"enum": "a"}, "enum is a list"),
        ({"enum": [float("nan")]}, "not finite"),
        ({"const": object()}, "JSON cannot say"),
        ({"minimum": "1"}, "minimum is a number"),
        ({"maximum": True}, "maximum is a number"),
        ({"maxLength": -1}, "maxLength is a whole number"),
        ({"anyOf": {}}, "anyOf is a list"),
        ({"items": [{}]}, "a schema is an object"),
    ],
)
def test_what_is_no_schema_is_refused(given: object, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        Schema(given)


def test_a_schema_may_be_as_deep_as_the_limit() -> None:
    def nested(levels: int) -> dict[str, object]:
        return {"items": nested(levels - 1)} if levels > 1 else {}

    Schema(nested(SCHEMA_DEPTH_MAX))
    with pytest.raises(ConfigError, match="levels"):
        Schema(nested(SCHEMA_DEPTH_MAX + 1))
