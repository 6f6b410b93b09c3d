import pytest

from peerset.core.action import Json
from peerset.core.limits import VALUE_DEPTH_MAX
from peerset.documents.value import canonical, check_json, is_scalar, rank, read_json, value_at


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "Expecting"),
        ("NaN", "NaN is no JSON"),
        ("-Infinity", "-Infinity is no JSON"),
        ("1e400", "not finite"),
        ("9007199254740993", "beyond 2\\^53 - 1"),
        ("-1234567890123456789", "beyond 2\\^53 - 1"),
        ("1000000000000000000000", "beyond 2\\^53 - 1"),
        ('"\\ud800"', "lone surrogate"),
        ('{"\\udfff": 1}', "lone surrogate"),
        ("[" * (VALUE_DEPTH_MAX + 1) + "]" * (VALUE_DEPTH_MAX + 1), "levels"),
        ("[" * 30_000 + "]" * 30_000, "levels"),
        ("9" * 5_000, "beyond 2\\^53 - 1"),
    ],
)
def test_what_some_language_would_read_otherwise_is_no_value(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_json(text)


def test_whole_numbers_as_javascript_writes_its_doubles_are_read_as_doubles() -> None:
    assert read_json("[9007199254740992, -100000000000000000000, 123456789012300000000]") == [
        2.0**53,
        -1e20,
        1.234567890123e20,
    ]
    assert isinstance(read_json("9007199254740991"), int)


def test_a_value_may_be_as_deep_as_the_limit() -> None:
    text = "[" * VALUE_DEPTH_MAX + "]" * VALUE_DEPTH_MAX

    assert read_json(text) is not None


@pytest.mark.parametrize("value", [b"bytes", {1: "a"}, {"a": {2, 3}}, [object()], float("inf")])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"JSON|finite|text"):
        check_json(value, VALUE_DEPTH_MAX)


def test_the_order_is_null_booleans_numbers_texts_by_their_bytes() -> None:
    values: list[Json] = ["\U0001f30d", "\uffff", "b", "a", "", 2.5, 1, -3, True, False, None]

    assert sorted(values, key=rank) == list(reversed(values))


def test_types_do_not_mix() -> None:
    assert rank(True) != rank(1)
    assert rank("1") != rank(1)
    assert rank(1.0) == rank(1)
    assert rank([1]) == rank({}) == rank(None)


def test_canonical_bytes_are_equal_exactly_when_the_values_are() -> None:
    assert canonical({"b": 1, "a": [None, True]}) == canonical({"a": [None, True], "b": 1.0})
    assert canonical(-0.0) == canonical(0)
    different: list[Json] = [None, False, True, 0, 1, "", "n", [], [None], {}, {"": None}, "1", [[]], {"a": []}]
    assert len({canonical(value) for value in different}) == len(different)


def test_a_field_is_found_by_its_dotted_path() -> None:
    value: Json = {"a": {"b": [1], "c": None}, "a.b": 2}

    assert value_at(value, "a.b") == [1]
    assert value_at(value, "a.b.c") is value_at(value, "x") is value_at([], "a") is None


def test_scalars_are_what_can_be_sorted() -> None:
    assert all(map(is_scalar, (None, True, 1, 1.5, "a")))
    assert not any(map(is_scalar, ([], {}, b"")))


def test_reading_a_text_refuses_exactly_what_a_look_at_its_value_does() -> None:
    deepest = "[" * VALUE_DEPTH_MAX + "1" + "]" * VALUE_DEPTH_MAX
    for text in (deepest, '["' + "[" * VALUE_DEPTH_MAX + '"]', '"\\u00e9"', '"é"', "999999999999999", "1e3"):
        check_json(read_json(text), VALUE_DEPTH_MAX)
    for text in (f"[{deepest}]", '"\\ud800"', '{"\\udfff": 1}', '"\ud800"', "1e400", "-1e400", "9007199254740993"):
        with pytest.raises(ValueError, match=r"levels|surrogate|finite|2\^53"):
            read_json(text)
