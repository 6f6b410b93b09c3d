"""Models: dataclasses, pydantic, msgspec, JSON Schemas and none."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from peerset.core.action import Json
from peerset.data.model import model_of
from peerset.documents.definition import define
from peerset.errors import ConfigError, SchemaError
from tests.data.places import Place


def test_without_a_model_any_json_will_do() -> None:
    model = model_of(None)
    assert model.schema is None
    assert model.load(model.dump({"a": [1, None]})) == {"a": [1, None]}
    for wrong in (b"x", {"a": float("nan")}, {1: 2}, 2**60, "\ud800", object()):
        with pytest.raises(SchemaError, match="the value: "):
            model.dump(wrong)


def test_a_schema_is_a_model_as_it_stood_when_it_was_given() -> None:
    given = {"type": "object", "properties": {"n": {"type": "integer"}}}
    model = model_of(given)
    given["type"] = "string"
    assert model.dump({"n": 1, "more": True}) == {"n": 1, "more": True}
    with pytest.raises(SchemaError, match="n: 'x' is no integer"):
        model.dump({"n": "x"})


@pytest.mark.parametrize("wrong", [3, "places", Place("t", "c"), int, list, object(), {"type": {1, 2}}])
def test_what_is_no_model_is_refused(wrong: object) -> None:
    with pytest.raises(ConfigError, match=r"a model is|a schema"):
        model_of(wrong)


@pytest.mark.parametrize("wrong", [{"$ref": "#/x"}, {"type": "text"}, {"properties": 3}, {"format": "date"}])
def test_a_schema_that_says_more_than_every_language_checks_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"schema"):
        model_of(wrong)


def test_an_error_of_the_class_itself_says_why_the_value_does_not_fit() -> None:
    @dataclass(frozen=True)
    class Even:
        n: int

        def __post_init__(self) -> None:
            if self.n % 2:
                raise ValueError(f"{self.n} is odd")

    model = model_of(Even)
    assert model.fits is not None
    assert model.load({"n": 2}) == Even(2)
    with pytest.raises(SchemaError, match="3 is odd"):
        model.load({"n": 3})


# pydantic and msgspec are no dependencies of peerset: their classes bring what they need.


def pydantic_classes() -> tuple[Any, Any]:
    pydantic = pytest.importorskip("pydantic")
    inner = pydantic.create_model("Inner", n=(int, ...))
    place = pydantic.create_model(
        "Place",
        title=(str, pydantic.Field(min_length=1, pattern="^[a-z]+$")),
        when=(datetime, ...),
        stars=(float, pydantic.Field(gt=-1, le=5, default=0)),
        price=(Decimal, Decimal(1)),
        inner=(inner | None, None),
        tags=(list[str], pydantic.Field(default_factory=list)),
    )
    return place, inner


def test_a_pydantic_model_is_one() -> None:
    place, inner = pydantic_classes()
    model = model_of(place)
    value = place(title="abc", when=datetime(2026, 1, 1, tzinfo=UTC), inner=inner(n=3))
    written: Any = model.dump(value)
    assert (written["when"], written["price"], written["inner"]) == ("2026-01-01T00:00:00Z", "1", {"n": 3})
    assert model.load(written) == value
    assert model.schema is not None
    assert {"title", "when", "stars", "price", "inner"} <= model.schema.paths.keys()
    columns = {column.field for column in define("places", model.schema.json, fits=model.fits).columns}
    assert {"title", "when", "stars", "price"} <= columns


def test_what_only_pydantic_checks_is_checked_on_writing_and_on_reading() -> None:
    place, _ = pydantic_classes()
    model = model_of(place)
    value = place(title="abc", when=datetime(2026, 1, 1, tzinfo=UTC))
    value.title = "UPPER"
    with pytest.raises(SchemaError, match=r"title: .*pattern"):
        model.dump(value)
    assert model.schema is not None
    said: Json = {"title": "UPPER", "when": "2026-01-01T00:00:00Z"}
    model.schema.check(said)
    with pytest.raises(SchemaError, match="title: "):
        model.load(said)
    with pytest.raises(SchemaError, match="when"):
        model.load({"title": "abc", "when": "soon"})
    with pytest.raises(SchemaError, match="is no Place"):
        model.dump({"title": "abc"})


def test_documents_of_an_earlier_pydantic_model_lack_what_has_a_default_now() -> None:
    place, _ = pydantic_classes()
    model = model_of(place)
    said: Json = {"title": "abc", "when": "2026-01-01T00:00:00Z"}
    assert model.schema is not None
    model.schema.check(said)
    assert model.load(said).tags == []


def test_a_msgspec_struct_is_one() -> None:
    msgspec = pytest.importorskip("msgspec")
    inner = msgspec.defstruct("Inner", [("n", int)])
    place = msgspec.defstruct("Place", [("title", str), ("when", datetime | None, None), ("inner", inner | None, None)])
    model = model_of(place)
    value = place("abc", datetime(2026, 1, 1, tzinfo=UTC), inner(3))
    written: Any = model.dump(value)
    assert written["inner"] == {"n": 3}
    assert model.load(written) == value
    with pytest.raises(SchemaError, match="title: 3 is no string"):
        model.dump(place(3))
    with pytest.raises(SchemaError, match=r"RFC3339|datetime"):
        model.load({"title": "abc", "when": "soon"})
    with pytest.raises(SchemaError, match="is no Place"):
        model.dump({"title": "abc"})
