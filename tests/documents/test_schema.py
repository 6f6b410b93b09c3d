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
        ({"properties": {1: {}}}, "key is no text"),
        ({"type": ("string",)}, "cannot hold a tuple"),
        ({"minimum": float("nan")}, "not finite"),
        ({"maximum": 10**400}, "beyond 2\\^53"),
        ({"description": object()}, "JSON cannot say"),
        ({"properties": {"\ud800": {}}}, "lone surrogate"),
        ({"type": "string", "default": 1}, "the default 1 does not fit"),
        ({"properties": {"a": {"properties": {"b": {"enum": [1], "default": 2}}}}}, "the default 2 does not fit"),
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


def test_defaults_are_whole_and_of_each_document_alone() -> None:
    schema = Schema({"properties": {"in": {"properties": {"tags": {"default": []}}, "default": {}}}})
    first = schema.filled({})
    assert first == {"in": {"tags": []}}

    first["in"]["tags"].append("mine")  # type: ignore[index,call-overload,union-attr] # as just asserted
    assert schema.filled({}) == {"in": {"tags": []}}


def test_a_schema_does_not_change_with_what_it_was_made_of() -> None:
    given = {"properties": {"a": {"type": "string"}}}
    schema = Schema(given)
    given["properties"]["a"]["type"] = "number"

    assert schema.json == {"properties": {"a": {"type": "string"}}}


@pytest.mark.parametrize("value", [2**53 - 1, -(2**53 - 1), 2.0, -0.0])
def test_integers_are_whole_numbers_that_every_language_counts_with(value: float) -> None:
    Schema({"type": "integer"}).check(value)


@pytest.mark.parametrize("value", [2.0**53, 1e300, 0.5, True, "1"])
def test_other_numbers_are_no_integers(value: Json) -> None:
    with pytest.raises(SchemaError, match="is no integer"):
        Schema({"type": "integer"}).check(value)


def test_fields_are_named_by_dotted_paths_through_what_may_be_null() -> None:
    point = {"type": "object", "properties": {"lat": {"type": "number"}}}
    schema = Schema(
        {
            "properties": {
                "at": {"anyOf": [point, {"type": "null"}]},
                "either": {"anyOf": [point, {"type": "object"}]},
                "a.b": {},
                "-c": {},
                "": {},
                "d[]": {},
            }
        }
    )

    assert list(schema.paths) == ["at", "at.lat", "either"]


@pytest.mark.parametrize(
    ("given", "types"),
    [
        ({}, set()),
        ({"type": ["string", "null"], "enum": [1]}, {"string", "null"}),
        ({"enum": ["a", None, True, 1, [], {}]}, {"string", "null", "boolean", "number", "array", "object"}),
        ({"const": "a"}, {"string"}),
        ({"anyOf": [{"const": 1}, {"type": "null"}]}, {"number", "null"}),
        ({"anyOf": [{"const": 1}, {}]}, set()),
    ],
)
def test_types_are_said_by_types_by_listed_values_or_by_branches(given: Json, types: set[str]) -> None:
    assert Schema(given).said == types


def test_a_schema_may_be_as_deep_as_the_limit() -> None:
    def nested(levels: int) -> dict[str, object]:
        return {"items": nested(levels - 1)} if levels > 1 else {}

    Schema(nested(SCHEMA_DEPTH_MAX))
    with pytest.raises(ConfigError, match="levels"):
        Schema(nested(SCHEMA_DEPTH_MAX + 1))
