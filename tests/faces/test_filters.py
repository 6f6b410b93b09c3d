"""Filters of Nostr."""

from typing import Any

import pytest

from peerset.core.clock import UnixTime
from peerset.core.record import sign_record
from peerset.errors import ConfigError
from peerset.faces.filters import read_filter
from peerset.faces.limits import FaceLimits
from tests.faces.conftest import KEY

LIMITS = FaceLimits()


def matches(given: dict[str, Any], content: str = "hello", **fields: Any) -> bool:
    record = sign_record(
        KEY, **{"created_at": UnixTime(100), "kind": 1, "tags": [["t", "a"]], "content": content, **fields}
    )
    return read_filter(given, LIMITS).matches(record)


@pytest.mark.parametrize(
    ("given", "is_wanted"),
    [
        ({}, True),
        ({"kinds": [1, 2], "since": 100, "until": 100, "#t": ["b", "a"]}, True),
        ({"authors": [KEY.public_key.hex()]}, True),
        ({"authors": ["00" * 32]}, False),
        ({"ids": []}, False),
        ({"since": 101}, False),
        ({"#t": ["b"]}, False),
        ({"#T": ["a"]}, False),
    ],
)
def test_all_that_is_said_must_match(given: dict[str, Any], is_wanted: bool) -> None:
    assert matches(given) is is_wanted


@pytest.mark.parametrize(
    ("search", "content", "is_wanted"),
    [
        ("vegan breakf*", "A Vegan breakfast!", True),
        ("vegan", '{"title": "Vegan", "parts": [{"text": "breakfast"}]}', True),
        ("title", '{"title": "Vegan"}', False),
        ("breakfast vegan", '{"title": "Vegan", "parts": [{"text": "breakfast"}, 3, null]}', True),
        ("3", "3", True),
        ("lunch", "A vegan breakfast", False),
        ("language:en domain:x", "whatever", True),
        ("", "whatever", True),
        ("deep", "[" * 5_000 + '"deep"', True),
    ],
)
def test_words_are_searched_in_the_texts_of_a_content(search: str, content: str, is_wanted: bool) -> None:
    assert matches({"search": search}, content) is is_wanted


def test_more_is_never_given_than_a_limit_allows() -> None:
    assert read_filter({}, LIMITS).limit == LIMITS.records_by_default
    assert read_filter({"limit": 10**9}, LIMITS).limit == LIMITS.records
    assert read_filter({"limit": 0}, LIMITS).limit == 0


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([], "a filter is an object"),
        ({"#tt": ["a"]}, "filters have no"),
        ({"#t": [1]}, "is a list of texts"),
        ({"kinds": 1}, "kinds of a filter is a list"),
        ({"kinds": [65_536]}, "whole numbers from 0 to 65535"),
        ({"authors": ["AB" * 32]}, "64 lower-case"),
        ({"until": 1.5}, "until of a filter is a whole number"),
        ({"limit": None}, "limit of a filter is a whole number"),
        ({"search": "x " * 1_000}, "1 to"),
        ({"#t": ["x"] * 1_001}, "at most 1000 values"),
    ],
)
def test_what_is_no_filter_says_why(given: object, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        read_filter(given, LIMITS)
