import pytest

from peerset.core.action import Json
from peerset.core.keys import npub
from peerset.core.limits import INTEGER_MAX, QUERY_BRANCHES_MAX, QUERY_CONDITIONS_MAX, QUERY_VALUES_MAX
from peerset.documents.value import value_at
from peerset.documents.where import Box, Circle, Condition, Op, matches, plain, read_where
from peerset.errors import QueryError
from tests.documents.test_document import KEY

NOW = 1_790_000_000
BERLIN: Json = {"lat": 52.52, "lon": 13.405}


def holds(where: object, value: Json) -> bool:
    return matches(read_where(where, fields=None, now=NOW), lambda field: value_at(value, field))


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ({}, {}),
        ({"a": 1}, {"a": 1.0}),
        ({"a": None}, {}),
        ({"a": [1, {"b": None}]}, {"a": [1.0, {"b": None}]}),
        ({"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"a": {"in": ["x", 1, None]}}, {}),
        ({"a": {"gt": 1, "lte": 3}}, {"a": 3}),
        ({"a": {"gt": "b"}}, {"a": "\U0001f30d"}),
        ({"a": {"gt": "\uffff"}}, {"a": "\U0001f30d"}),
        ({"a": {"gte": False, "lt": True}}, {"a": False}),
        ({"a": {"prefix": "b\u00e4"}}, {"a": "b\u00e4r"}),
        ({"a": {"ne": 1}}, {"a": True}),
        ({"a": {"ne": 1}}, {}),
        ({"a": {"exists": False}}, {"a": None}),
        ({"a": {"exists": True}}, {"a": []}),
        ({"a": {"has": "x"}}, {"a": ["y", "x"]}),
        ({"a": {"all": ["x", "y"]}}, {"a": ["y", "z", "x"]}),
        ({"a": {"all": ("x",), "has": "y"}}, {"a": ["y", "x"]}),
        ({"a.b": 1}, {"a": {"b": 1}}),
        ({"any": [{"a": 1}, {"a": 2, "b": 2}]}, {"a": 2, "b": 2}),
        ({"at": {"within": [52.3, 13.1, 52.7, 13.8]}}, {"at": BERLIN}),
        ({"at": {"within": [-90, 170, 90, -170]}}, {"at": {"lat": 0, "lon": -175}}),
        ({"at": {"within": Box(52.3, 13.1, 52.7, 13.8)}}, {"at": BERLIN}),
        ({"at": {"near": [52.52, 13.405, 0]}}, {"at": BERLIN}),
        ({"at": {"near": Circle(52.5, 13.4, 3_000)}}, {"at": BERLIN}),
        ({"at": {"near": [0, 179.99, 3_000]}}, {"at": {"lat": 0, "lon": -179.99}}),
    ],
)
def test_these_hold(where: object, value: Json) -> None:
    assert holds(where, value)


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ({"a": 1}, {"a": True}),
        ({"a": 1}, {"a": "1"}),
        ({"a": 0}, {"a": False}),
        ({"a": [True]}, {"a": [1]}),
        ({"a": {"gt": 1}}, {"a": "2"}),
        ({"a": {"lt": 1}}, {"a": None}),
        ({"a": {"lt": 1}}, {"a": False}),
        ({"a": {"lt": "a"}}, {"a": []}),
        ({"a": {"gt": False}}, {"a": 5}),
        ({"a": {"prefix": ""}}, {"a": 5}),
        ({"a": {"ne": None}}, {}),
        ({"a": {"has": 1}}, {"a": [True]}),
        ({"a": {"has": "x"}}, {"a": "x"}),
        ({"a": {"all": ["x", "y"]}}, {"a": ["y", "z"]}),
        ({"a": {"all": ["x"], "has": "y"}}, {"a": ["x"]}),
        ({"a": {"all": ["x"]}}, {"a": "x"}),
        ({"a": {"in": []}}, {"a": 1}),
        ({"any": [{"a": 1}, {"b": 1}]}, {"a": 2}),
        ({"at": {"within": [-90, 170, 90, -170]}}, {"at": {"lat": 0, "lon": 0}}),
        ({"at": {"within": [0, 0, 1, 1]}}, {"at": {"lat": "0", "lon": 0}}),
        ({"at": {"within": [0, 0, 1, 1]}}, {"at": {"lat": 91, "lon": 0}}),
        ({"at": {"near": [52.5, 13.4, 100]}}, {"at": BERLIN}),
    ],
)
def test_these_do_not_hold(where: object, value: Json) -> None:
    assert not holds(where, value)


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        (5, "conditions are an object"),
        ({"b": 1}, "no field 'b'; there are: a, key, author, time"),
        ({1: 1}, "no field 1"),
        ({"a": {"gt": 1, "lower": 2}}, "'lower' cannot be asked of 'a'"),
        ({"a": {"in": "abc"}}, "'in' wants a list"),
        ({"a": {"in": {"b": 1}}}, "'in' wants a list"),
        ({"a": {"in": b"b"}}, "'in' wants a list"),
        ({"a": {"near": [10**400, 0, 0]}}, "'near' wants"),
        ({"a": {"within": [0, 0, True, 1]}}, "'within' wants"),
        ({"a": {"in": [0] * (QUERY_VALUES_MAX + 1)}}, "at most 1000"),
        ({"a": {"all": []}}, "'all' wants a list"),
        ({"a": {"all": "xy"}}, "'all' wants a list"),
        ({"a": {"all": [1, float("nan")]}}, "not finite"),
        ({"a": {"all": [0] * (QUERY_CONDITIONS_MAX + 1)}}, "17 conditions; the limit is 16"),
        ({"a": {"all": [0], "some": [1]}}, "'some' cannot be asked of 'a'; there are: .*, all"),
        ({"a": {"exists": 1}}, "'exists' wants"),
        ({"a": {"prefix": 1}}, "'prefix' wants"),
        ({"a": {"gt": None}}, "'gt' wants"),
        ({"a": {"lte": [1]}}, "'lte' wants"),
        ({"a": float("nan")}, "not finite"),
        ({"a": 2**53}, "beyond 2\\^53"),
        ({"a": b"a"}, "JSON cannot say"),
        ({"a": "\ud800"}, "lone surrogate"),
        ({"a": {"within": [0, 0, 1]}}, "'within' wants"),
        ({"a": {"within": [1, 0, 0, 1]}}, "'within' wants"),
        ({"a": {"within": [0, 0, 1, 181]}}, "'within' wants"),
        ({"a": {"near": [0, 0, -1]}}, "'near' wants"),
        ({"a": {"near": [0, 0, float("inf")]}}, "'near' wants"),
        ({"a": {"near": "here"}}, "'near' wants"),
        ({"any": {}}, "'any' is a list"),
        ({"any": []}, "'any' is a list"),
        ({"any": [{}] * (QUERY_BRANCHES_MAX + 1)}, "'any' is a list"),
        ({"any": [{"any": [{"a": 1}]}]}, "without 'any'"),
        ({"a": dict.fromkeys(("eq", "ne", "gt", "gte", "lt", "lte", "has"), 1), "key": {"ne": "a"}}, None),
        ({"author": "me"}, "npub"),
        ({"time": "soon"}, "soon"),
        ({"key": 5}, "a key is a text"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_named(where: object, reason: str | None) -> None:
    if reason is None:
        read_where(where, fields=["a"], now=NOW)
        return
    with pytest.raises(QueryError, match=reason):
        read_where(where, fields=["a"], now=NOW)


def test_there_are_at_most_so_many_conditions() -> None:
    fields = [f"f{place}" for place in range(QUERY_CONDITIONS_MAX + 1)]

    with pytest.raises(QueryError, match="17 conditions"):
        read_where(dict.fromkeys(fields, 1), fields=fields, now=NOW)
    half = dict.fromkeys(fields[: QUERY_CONDITIONS_MAX // 2], 1)
    assert read_where({"any": [half, half]}, fields=fields, now=NOW)
    with pytest.raises(QueryError, match="17 conditions; the limit is 16, those of 'any' among them"):
        read_where({"any": [half, half], "f0": 2}, fields=fields, now=NOW)


@pytest.mark.parametrize("far", [1e305, 9_999_999_999_999, -1e305, -(10**15)])
def test_a_time_beyond_all_stamps_is_the_last_one_that_can_be_said(far: float) -> None:
    [asked] = read_where({"time": {"lt": far}}, fields=[], now=NOW)

    assert isinstance(asked, Condition)
    assert asked.value == (INTEGER_MAX if far > 0 else -INTEGER_MAX)


@pytest.mark.parametrize("where", [{"\ud800": 1}, {"any": [{"\ud800": 1}]}])
def test_a_field_that_no_text_can_name_is_refused(where: object) -> None:
    with pytest.raises(QueryError, match="lone surrogate"):
        read_where(where, fields=None, now=NOW)


def test_a_documents_own_fields_are_asked_for_as_people_say_them() -> None:
    key = KEY.public_key

    assert read_where({"author": npub(key)}, fields=[], now=NOW) == (Condition("author", Op.EQ, key.hex()),)
    assert read_where({"author": {"in": [KEY, key.hex()]}}, fields=[], now=NOW)[0] == Condition(
        "author", Op.IN, [key.hex(), key.hex()]
    )
    asked = read_where({"time": {"gte": "2h", "lt": 5, "lte": 5, "gt": 1.5}}, fields=[], now=NOW)
    values = [part.value for part in asked if isinstance(part, Condition)]
    assert values == [(NOW - 7_200) * 1_000_000, 5_000_000, 5_999_999, 1_500_000]


def test_conditions_are_written_in_one_way() -> None:
    where = {"a": 1, "at": {"within": Box(0, 1, 2, 3), "near": Circle(1, 2, 3)}, "any": [{"a": {"lt": 2}}, {}]}

    assert plain(read_where(where, fields=None, now=NOW)) == [
        ["a", "eq", 1],
        ["at", "near", [1, 2, 3]],
        ["at", "within", [0, 1, 2, 3]],
        {"any": [[], [["a", "lt", 2]]]},
    ]
