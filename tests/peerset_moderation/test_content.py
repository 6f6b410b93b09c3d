"""Reading content: strict JSON or text, and where in it a text stands."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset_moderation.content import JSON_DEPTH_MAX, Content, texts_of
from peerset_moderation.escapes import unescape
from tests.peerset_moderation.records import fill

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_plain_text_is_one_text() -> None:
    content = Content.read("hello \\u0041")
    assert (content.tree, content.fields, content.texts) == (None, {}, ["hello \\u0041"])
    assert content.span("hello \\u0041", 6, 9) == (6, 9)


def test_an_object_gives_its_fields_and_texts_in_order() -> None:
    content = Content.read(' {"title": "a", "tags": ["b", 1, null], "more": {"c": "d"}}')
    assert content.fields["title"] == "a"
    assert content.texts == ["title", "a", "tags", "b", "more", "c", "d"]


def test_an_array_has_texts_but_no_fields() -> None:
    content = Content.read('["a", {"b": "c"}]')
    assert (content.fields, content.texts) == ({}, ["a", "b", "c"])


@pytest.mark.parametrize(
    "raw",
    [
        '{"a": 1,}',
        '{"a": 1, "a": 2}',
        '{"a": NaN}',
        '{"a": -Infinity}',
        '{"a": 1e999}',
        '{"a": ' + "1" * 65 + "}",
        '{"a": "line\nfeed"}',
        "[" * 33 + "]" * 33,
        "[[]" * 40,
        "{",
        fill("["),
        fill('{"a":'),
        fill('"{'),
        '{"' + fill('\\"') + '"}[' * 40,
    ],
)
def test_what_is_no_strict_json_is_plain_text(raw: str) -> None:
    assert Content.read(raw).tree is None


def test_nesting_is_allowed_up_to_its_limit_however_many_brackets_there_are() -> None:
    deep = "[" * JSON_DEPTH_MAX + "]" * JSON_DEPTH_MAX
    assert Content.read(deep).tree is not None
    assert Content.read("[" + deep[1:-1] + fill(",{}", 60_000) + "]").tree is not None
    assert Content.read('["' + "[" * 99 + '"]').texts == ["[" * 99]


def test_whole_numbers_of_64_digits_are_read() -> None:
    assert Content.read('{"a": ' + "1" * 64 + "}").fields == {"a": int("1" * 64)}


def test_a_span_points_into_the_json() -> None:
    raw = '{"title": "x", "text": "see A here"}'
    content = Content.read(raw)
    span = content.span("see A here", 4, 5)
    assert span is not None
    assert raw[slice(*span)] == "A"


def test_a_span_points_at_the_escapes_of_what_they_mean() -> None:
    raw = r'{"text": "a\n\ud83d\ude00\u002e\/b"}'
    content = Content.read(raw)
    assert content.texts == ["text", "a\n\U0001f600./b"]
    span = content.span("a\n\U0001f600./b", 2, 4)
    assert span is not None
    assert raw[slice(*span)] == r"\ud83d\ude00\u002e"


def test_a_text_that_is_not_there_has_no_span() -> None:
    assert Content.read('{"a": "b"}').span("c", 0, 1) is None


def test_escapes_are_undone_in_json_that_only_a_lenient_reader_takes() -> None:
    raw = r'{"a": 1, "a": "x\u002ecom"}'
    content = Content.read(raw)
    assert content.texts == ['{"a": 1, "a": "x.com"}']
    assert content.span(content.texts[0], 16, 17) == (16, 22)


@given(JSON)
def test_every_text_of_a_value_is_found_in_its_json(value: object) -> None:
    for raw in (json.dumps([value]), json.dumps([value], ensure_ascii=False)):
        content = Content.read(raw)
        assert content.tree == [value]
        for text in texts_of(value):
            span = content.span(text, 0, len(text))
            assert span is not None
            assert unescape(raw[slice(*span)]) == text


@given(st.text())
def test_any_text_can_be_read(raw: str) -> None:
    assert "".join(Content.read(raw).texts) is not None
