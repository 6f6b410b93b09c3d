"""How the types of fields are written as JSON, and read back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, NewType, Optional
from uuid import UUID

import pytest

from peerset.core.action import Json
from peerset.data.annotations import Between, Point, Size
from peerset.data.model import model_of
from peerset.data.shape import shape_of
from peerset.documents.schema import Schema
from peerset.errors import ConfigError, SchemaError

Name = NewType("Name", str)


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Inner:
    n: int
    note: str = "none"


@dataclass(frozen=True)
class Endless:
    next: Optional["Endless"] = None


@dataclass(frozen=True)
class Everything:
    name: Name
    inner: Inner
    colour: Colour = Colour.RED
    kind: Literal["a", "b"] = "a"
    tags: list[str] = field(default_factory=list)
    pair: tuple[int, ...] = ()
    flags: frozenset[str] = frozenset()
    sizes: dict[str, float] = field(default_factory=dict)
    at: Point | None = None
    when: datetime | None = None
    day: date | None = None
    hour: time | None = None
    id: UUID | None = None
    price: Decimal | None = None
    either: int | str = 0
    rest: Any = None


FULL = Everything(
    Name("n"),
    Inner(1),
    Colour.BLUE,
    "b",
    ["x", "y"],
    (1, 2),
    frozenset({"f"}),
    {"a": 1.5},
    Point(52.5, 13.4),
    datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
    date(2026, 1, 2),
    time(3, 4),
    UUID(int=7),
    Decimal("1.50"),
    "text",
    {"any": [1, None]},
)


@pytest.mark.parametrize("value", [FULL, Everything(Name("n"), Inner(1, "more"))])
def test_what_is_written_is_read_back_as_it_was(value: Everything) -> None:
    model = model_of(Everything)
    written = model.dump(value)
    assert model.load(written) == value


def test_dates_ids_decimals_and_enums_are_texts() -> None:
    written: Any = model_of(Everything).dump(FULL)
    assert written["when"] == "2026-01-02T03:04:05.000006+00:00"
    assert (written["day"], written["hour"], written["price"]) == ("2026-01-02", "03:04:00", "1.50")
    assert (written["colour"], written["id"]) == ("blue", str(UUID(int=7)))


def test_times_are_written_in_one_zone_so_that_their_texts_sort_as_they_do() -> None:
    shape = shape_of(datetime, "when")
    moments = [datetime(2026, 1, 1, hour, tzinfo=timezone(timedelta(hours=hour))) for hour in (5, 1, 3)]
    assert sorted(shape.dump(each, "") for each in moments) == [shape.dump(each, "") for each in sorted(moments)]


def test_fields_with_a_default_may_be_missing_and_others_may_not() -> None:
    schema = Schema(shape_of(Inner, "inner").schema)
    assert schema.filled({"n": 1}) == {"n": 1, "note": "none"}
    with pytest.raises(SchemaError, match="n: it is missing"):
        schema.check({"note": "x"})


def test_what_other_languages_write_is_read_as_the_type_that_was_meant() -> None:
    shape = shape_of(Inner, "inner")
    read = shape.load({"n": 1.0, "note": "x", "unknown": True})
    assert read == Inner(1, "x")
    assert type(read.n) is int
    assert type(shape_of(float, "f").load(4)) is float


@pytest.mark.parametrize(
    ("hint", "value", "reason"),
    [
        (Inner, Inner("x"), "n: 'x' is no integer"),  # type: ignore[arg-type]
        (Inner, "x", "'x' is no Inner"),
        (list[Inner], [Inner(1), 3], r"\[1\]: 3 is no Inner"),
        (list[str], "text", "'text' is no list"),
        (dict[str, int], [1], "is no object"),
        (Colour, "red", "'red' is no Colour"),
        (datetime, "2026-01-01", "is no datetime"),
        (datetime, datetime(2026, 1, 1), "without its zone"),  # noqa: DTZ001 - that is what is tested
        (int | str, 1.5, "fits none of 2 forms"),
        (Inner | None, 3, "3 fits none of 2 forms"),
        (Inner | None, Inner("x"), "n: 'x' is no integer"),  # type: ignore[arg-type]
        (Literal["a"], "b", "none of the values"),
        (Annotated[str, Size(1, 2)], "abc", "3 characters are more than 2"),
        (Annotated[list[int], Size(1)], [], "0 items are less than 1"),
        (Annotated[float, Between(0, 5)], 9.0, "9.0 is more than 5"),
        (Annotated[float | None, Between(0, 5)], 9.0, "fits none of 2 forms"),
        (Point, Point(100, 0), "lat: 100 is more than 90"),
        (bool, 1, "1 is no boolean"),
        (int, True, "True is no integer"),
    ],
)
def test_a_value_of_another_type_is_refused_by_its_path(hint: Any, value: object, reason: str) -> None:
    shape = shape_of(hint, "field")
    with pytest.raises((SchemaError, ValueError), match=reason):
        Schema(shape.schema).check(shape.dump(value, ""))


@pytest.mark.parametrize(
    ("hint", "text"), [(datetime, "2026-01-01T00:00:00"), (datetime, "soon"), (UUID, "x"), (Decimal, "many")]
)
def test_a_text_that_says_something_else_is_refused(hint: Any, text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        shape_of(hint, "field").load(text)


@pytest.mark.parametrize(
    ("hint", "reason"),
    [
        (bytes, "cannot say <class 'bytes'>"),
        (complex, "cannot say"),
        (tuple[int, str], "a tuple is a list"),
        (dict[int, str], "cannot say"),
        (Endless, "Endless holds itself"),
        (Annotated[str, Between(0, 1)], "says nothing"),
        (Annotated[int | None, Size(1)], "says nothing"),
        (Literal[b"x"], "nothing that JSON can say"),
    ],
)
def test_a_type_that_json_cannot_say_is_refused_by_its_place(hint: Any, reason: str) -> None:
    with pytest.raises(ConfigError, match=f"field.*{reason}"):
        shape_of(hint, "field")


def test_a_default_that_does_not_fit_is_refused_at_once() -> None:
    @dataclass(frozen=True)
    class Wrong:
        stars: Annotated[float, Between(0, 5)] = 9.0

    with pytest.raises(ConfigError, match=r"stars: 9.0 is more than 5"):
        shape_of(Wrong, "wrong")


def test_a_type_that_is_not_there_is_refused_by_its_name() -> None:
    @dataclass(frozen=True)
    class Lost:
        a: "Nowhere"  # type: ignore[name-defined] # noqa: F821 - that is what is tested

    with pytest.raises(ConfigError, match="Lost cannot be read"):
        shape_of(Lost, "lost")


@pytest.mark.parametrize(
    ("hint", "is_exact"),
    [(Inner, True), (list[Inner], True), (Mapping[str, int], True), (Sequence[datetime], False), (UUID | None, False)],
)
def test_what_the_schema_says_in_full_needs_no_second_look(hint: Any, is_exact: bool) -> None:
    assert shape_of(hint, "field").is_exact is is_exact


def test_of_several_types_the_first_that_fits_is_meant() -> None:
    shape = shape_of(int | Inner | list[int], "field")
    values: list[tuple[object, Json]] = [(3, 3), (Inner(1), {"n": 1, "note": "none"}), ([1], [1])]
    for value, written in values:
        assert shape.dump(value, "") == written
        assert shape.load(written) == value
    with pytest.raises(ValueError, match="fits none of 3 forms"):
        shape.load("x")
