"""``peerset find``, ``get``, ``count``, ``put``, and ``delete`` of a register."""

import json
from typing import Any

import pytest

from peerset.cli.exits import ExitCode

pytestmark = pytest.mark.real_time

NOWHERE = ("--signaling", "ws://127.0.0.1:9", "--wait", "0")
TOWNS = {
    "mitte": {"title": "Mitte", "city": "Berlin", "stars": 4.5},
    "wedding": {"title": "Wedding", "city": "Berlin", "stars": 3},
    "forum": {"title": "Forum", "city": "Rome", "stars": 5},
}


def put(shell: Any, key: str, value: object, *options: str) -> dict[str, Any]:
    ended = shell("put", "lobby", "places", key, json.dumps(value), *options, *NOWHERE, "--json")
    assert ended.code == 0, ended.err
    row: dict[str, Any] = json.loads(ended.out)
    return row


def rows(shell: Any, *arguments: str) -> list[dict[str, Any]]:
    ended = shell(*arguments, "--json")
    assert ended.code == 0, ended.err
    return [json.loads(line) for line in ended.out.splitlines()]


def fill(shell: Any) -> None:
    for key, value in TOWNS.items():
        put(shell, key, value)


def test_what_was_put_is_got_and_found(shell: Any) -> None:
    fill(shell)
    [mitte] = rows(shell, "get", "lobby", "places", "mitte")
    assert (mitte["key"], mitte["value"]) == ("mitte", TOWNS["mitte"])
    found = rows(shell, "find", "lobby", "places", "--where", "city=Berlin", "--where", "stars>=4")
    assert [row["key"] for row in found] == ["mitte"]
    ordered = rows(shell, "find", "lobby", "places", "--order", "-stars", "--limit", "2")
    assert [row["key"] for row in ordered] == ["forum", "mitte"]
    assert rows(shell, "count", "lobby", "places", "--where", "city=Berlin") == [{"count": 2}]
    assert shell("count", "lobby", "places").out == "3\n"


def test_pages_follow_each_other(shell: Any) -> None:
    fill(shell)
    ended = shell("find", "lobby", "places", "--order", "key", "--limit", "2", "--json")
    cursor = ended.err.strip().removeprefix("there are more: --after ")
    rest = rows(shell, "find", "lobby", "places", "--order", "key", "--limit", "2", "--after", cursor)
    assert [row["key"] for row in rest] == ["wedding"]
    assert shell("find", "lobby", "places", "--after", cursor).code == ExitCode.USAGE
    assert shell("find", "lobby", "places", "--after", "beef").code == ExitCode.USAGE


def test_people_get_a_table_and_a_line(shell: Any) -> None:
    fill(shell)
    table = shell("find", "lobby", "places", "--where", "city=Rome").out
    for word in ("key", "title", "forum", "Forum", "5"):
        assert word in table
    assert '"city": "Rome"' in shell("get", "lobby", "places", "forum").out
    assert shell("find", "lobby", "places", "--where", "city=Paris").out == ""


def test_a_register_is_written_only_over_what_was_expected(shell: Any) -> None:
    first = put(shell, "k", 1, "--expect", "none")
    ended = shell("put", "lobby", "places", "k", "2", "--expect", "none", *NOWHERE)
    assert ended.code == ExitCode.REFUSED
    assert first["id"][:8] in ended.err
    second = put(shell, "k", 2, "--expect", first["id"])
    assert second["follows"] == [first["id"]]
    history = rows(shell, "get", "lobby", "places", "k", "--history")
    assert [row["value"] for row in history] == [2, 1]


def test_a_deleted_register_is_gone_and_its_history_is_there(shell: Any) -> None:
    put(shell, "k", 1)
    assert shell("delete", "lobby", "k", "--collection", "places", *NOWHERE).code == 0
    assert shell("get", "lobby", "places", "k").code == ExitCode.MISSING
    assert shell("delete", "lobby", "k", "--collection", "places", *NOWHERE).code == ExitCode.MISSING
    assert rows(shell, "count", "lobby", "places") == [{"count": 0}]
    history = rows(shell, "get", "lobby", "places", "k", "--history")
    assert [(row["value"], row["is_deleted"]) for row in history] == [(None, True), (1, False)]
    assert rows(shell, "get", "lobby", "places", "k", "--history", "--author", history[0]["author"]) == history
    assert rows(shell, "get", "lobby", "places", "k", "--history", "--at", "2999-01-01") == history
    for nothing in (("k", "--at", "2020-01-01"), ("other",)):
        assert shell("get", "lobby", "places", *nothing, "--history").code == ExitCode.MISSING


def test_a_value_comes_by_pipe_and_ends_in_time(shell: Any) -> None:
    ended = shell("put", "lobby", "places", "k", "-", "--ttl", "60", *NOWHERE, "--json", stdin='{"n": 1}')
    assert json.loads(ended.out)["value"] == {"n": 1}


def test_documents_that_were_published_are_found_and_numbers_are_grouped(shell: Any) -> None:
    for number in (1, 2, 2):
        ended = shell("publish", "lobby", json.dumps({"n": number}), "--collection", "log", *NOWHERE)
        assert ended.code == 0
    assert [row["value"] for row in rows(shell, "find", "lobby", "log", "--where", "n=2")] == [{"n": 2}, {"n": 2}]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("find", "lobby", "places", "--where", "=x"), "a condition is written"),
        (("find", "lobby", "places", "--where", "stars>[1]"), "'gt' wants a number"),
        (("find", "lobby", "places", "--order", "-"), "an order is by"),
        (("find", "lobby", "Places"), "a collection's name"),
        (("find", "lobby", "places", "--text", "word"), "no fields of text"),
        (("find", "lobby", "places", "--at", "soon"), "soon"),
        (("find", "lobby", "places", "--author", "me"), "a key is an npub"),
        (("count", "lobby", "places", "--by", "city"), "nothing can be computed of 'city'"),
        (("get", "lobby", "places", ""), "a key is a text"),
        (("put", "lobby", "places", "k", "Berlin", *NOWHERE), "'Berlin' is no JSON"),
        (("put", "lobby", "places", "k", "NaN", *NOWHERE), "is no JSON"),
        (("put", "lobby", "places", "k", "1", "--expect", "beef", *NOWHERE), "the whole id is needed"),
        (("put", "lobby", "p/x", "k", "1", *NOWHERE), "a collection's name"),
        (("put", "lobby", "places", "nsec1x", "1", *NOWHERE), "a secret key is no register's key"),
    ],
)
def test_what_cannot_be_meant_ends_with_2_and_says_why(shell: Any, arguments: tuple[str, ...], said: str) -> None:
    put(shell, "k", {"city": "Berlin"})
    ended = shell(*arguments)
    assert ended.code == ExitCode.USAGE, ended
    assert said in ended.err


def test_what_is_not_there_ends_with_3(shell: Any) -> None:
    assert shell("find", "lobby", "places").code == ExitCode.MISSING
    put(shell, "k", 1)
    ended = shell("get", "lobby", "places", "none")
    assert (ended.code, ended.err.strip()) == (
        ExitCode.MISSING,
        "peerset: there is no register 'none' in 'places' here",
    )
