"""Texts from strangers become objects or clear errors."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.errors import SignalingError
from peerset.signaling.json_text import decode_object, encode_object, quote


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.lists(st.none() | st.booleans()), max_size=5))
def test_what_is_encoded_decodes_again(value: dict[str, object]) -> None:
    assert decode_object(encode_object(value)) == value


@given(st.text())
def test_any_text_is_an_object_or_an_error(text: str) -> None:
    try:
        assert isinstance(decode_object(text), dict)
    except SignalingError:
        return


@pytest.mark.parametrize("text", ['{"a":1}', ' {"a":1}', '{"a":1}\n', '\t{ "a" : 1 }\r\n'])
def test_white_space_around_an_object_is_passed_over(text: str) -> None:
    assert decode_object(text) == {"a": 1}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{} {}",
        "{}x",
        " []",
        "[]",
        "null",
        '"text"',
        "1",
        "{",
        '{"a":NaN}',
        '{"a":-Infinity}',
        '{"a":' * 60_000,
        "1" * 9_000,
    ],
)
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(SignalingError):
        decode_object(text)


def test_lone_surrogates_survive_as_escapes() -> None:
    assert encode_object(json.loads('{"a":"\\ud800"}')) == '{"a":"\\ud800"}'


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("line\nforged", r"'line\nforged'"),
        ("\u202e", r"'\u202e'"),
        (None, "NoneType"),
        ({"a": 1}, "dict"),
        ("x" * 500, "'" + "x" * 119 + "..."),
    ],
)
def test_quoting_makes_one_short_ascii_line(value: object, shown: str) -> None:
    assert quote(value) == shown
