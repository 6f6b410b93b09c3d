"""Conditions as people type them."""

from typing import Any

import pytest

from peerset.cli.conditions import read_conditions
from peerset.documents.definition import define
from peerset.errors import ConfigError

FIELDS = {
    "city": {"type": "string"},
    "zip": {"type": "string"},
    "stars": {"type": "number"},
    "open": {"type": "boolean"},
}
PLACES = define("places", {"type": "object", "properties": FIELDS})


@pytest.mark.parametrize(
    ("texts", "where"),
    [
        (["city=Berlin"], {"city": {"eq": "Berlin"}}),
        (["city = New York "], {"city": {"eq": "New York"}}),
        (["stars>=4", "stars<5"], {"stars": {"gte": 4, "lt": 5}}),
        (["stars=4.5", "open=true"], {"stars": {"eq": 4.5}, "open": {"eq": True}}),
        (["zip=10115"], {"zip": {"eq": "10115"}}),
        (["note=10115"], {"note": {"eq": 10115}}),
        (['note="10115"'], {"note": {"eq": "10115"}}),
        (["note=null"], {"note": {"eq": None}}),
        (["city!=Rome"], {"city": {"ne": "Rome"}}),
        (["city^=Ber"], {"city": {"prefix": "Ber"}}),
        (["note^=10"], {"note": {"prefix": "10"}}),
        (["tags~=new"], {"tags": {"has": "new"}}),
        (["tags~=new", "tags~=red", "tags~=1"], {"tags": {"has": "new", "all": ["red", 1]}}),
        (["at", "!gone"], {"at": {"exists": True}, "gone": {"exists": False}}),
        (["key=10", "time>2026-01-31"], {"key": {"eq": "10"}, "time": {"gt": "2026-01-31"}}),
        (['{"any": [{"city": "Rome"}, {"stars": 3}]}'], {"any": [{"city": "Rome"}, {"stars": 3}]}),
        (["city=a=b>c"], {"city": {"eq": "a=b>c"}}),
        (["city="], {"city": {"eq": ""}}),
        ([], {}),
    ],
)
def test_a_condition_is_read(texts: list[str], where: dict[str, Any]) -> None:
    assert read_conditions(texts, PLACES) == where


@pytest.mark.parametrize("text", ["=Berlin", "", ">", "!city=Berlin", "{", "{city}", '{"a": 1, }', "!"])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="condition"):
        read_conditions([text], PLACES)


@pytest.mark.parametrize(
    "texts", [["city=a", "city=b"], ["stars>1", "stars>2"], ['{"city": "a"}', "city=b"], ["city=b", '{"city": "a"}']]
)
def test_two_that_ask_the_same_are_refused(texts: list[str]) -> None:
    with pytest.raises(ConfigError, match="two conditions"):
        read_conditions(texts, PLACES)
