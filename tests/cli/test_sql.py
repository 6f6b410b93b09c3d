"""``peerset sql``."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from peerset.cli.exits import ExitCode
from peerset.cli.sql import read_value
from tests.data.places import INDEXED, Place, alone

pytestmark = pytest.mark.real_time

STARS = {"mitte": 4.5, "wedding": 3, "forum": 5}


@pytest.fixture
def lobby(home: Path) -> tuple[str, ...]:
    """Fill a store, and say how a verb is told of it."""

    async def fill() -> None:
        async with alone(store=f"sqlite:{home / 'room.db'}") as room:
            places = room.collection("places", Place, **INDEXED)
            for title, stars in STARS.items():
                await places.add(Place(title, "Rome" if title == "forum" else "Berlin", stars))

    asyncio.run(fill())
    return "lobby", "--store", f"sqlite:{home / 'room.db'}"


def rows(ended: Any) -> list[Any]:
    assert ended.code == 0, ended.err
    return [json.loads(line) for line in ended.out.splitlines()]


def test_collections_are_asked_by_sql(shell: Any, lobby: tuple[str, ...]) -> None:
    grouped = "SELECT city, avg(stars) AS stars FROM places GROUP BY city ORDER BY city"
    assert rows(shell("sql", *lobby, grouped, "--json")) == [
        {"city": "Berlin", "stars": 3.75},
        {"city": "Rome", "stars": 5.0},
    ]
    found = shell("sql", *lobby, "-", "--value", "4", "--value", "Berlin", "--json", stdin="SELECT title FROM places "
                  "WHERE stars > ? AND city = ?")  # fmt: skip
    assert rows(found) == [{"title": "mitte"}]
    table = shell("sql", *lobby, grouped).out
    for word in ("city", "stars", "Berlin", "3.75"):
        assert word in table
    assert shell("sql", *lobby, "SELECT title FROM places WHERE stars > 9").out == ""


def test_what_was_put_since_is_seen_and_what_others_hide_is_not(shell: Any, lobby: tuple[str, ...]) -> None:
    nowhere = ("--signaling", "ws://127.0.0.1:9", "--wait", "0")
    new = json.dumps({"title": "prater", "city": "Wien", "stars": 2})
    assert shell("put", *lobby[:1], "places", "k", new, *lobby[1:], *nowhere).code == 0
    assert rows(shell("sql", *lobby, "SELECT key, city FROM places WHERE key IS NOT NULL", "--json")) == [
        {"key": "k", "city": "Wien"}
    ]
    (author,) = rows(shell("sql", *lobby, "SELECT author FROM places WHERE key = 'k'", "--json"))
    assert shell("mutes", "add", *lobby[:1], author["author"], *lobby[1:]).code == 0
    assert rows(shell("sql", *lobby, "SELECT key FROM places WHERE key IS NOT NULL", "--json")) == []


def test_what_was_put_without_a_model_is_json(shell: Any) -> None:
    nowhere = ("--signaling", "ws://127.0.0.1:9", "--wait", "0")
    assert shell("put", "lobby", "towns", "k", '{"city": "Wien"}', *nowhere).code == 0
    asked = "SELECT json_extract(value, '$.city') AS city FROM towns"
    assert rows(shell("sql", "lobby", asked, "--json")) == [{"city": "Wien"}]


def test_what_json_cannot_say_is_told(shell: Any, lobby: tuple[str, ...]) -> None:
    asked = "SELECT x'00ff' AS blob, 9007199254740993 AS big, 9e999 AS inf, 'a' || char(27) AS odd"
    found = shell("sql", *lobby, asked, "--json")
    assert rows(found) == [{"blob": "00ff", "big": "9007199254740993", "inf": "inf", "odd": "a\x1b"}]
    for word in ("blobs, in hex", "whole numbers beyond 2^53 - 1", "not finite"):
        assert word in found.err
    table = shell("sql", *lobby, asked)
    assert "\x1b" not in table.out
    assert "00ff" in table.out


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ("SELEC 1", "syntax error"),
        ("", "asks for nothing"),
        ("DELETE FROM records", "it is a view"),
        ("SELECT 1; SELECT 2", "one statement"),
        ("SELECT wire FROM record", "prohibited"),
        ("SELECT town FROM places", "no such column: town"),
        ("SELECT ?", "bindings"),
    ],
)
def test_what_sqlite_refuses_ends_with_its_words(shell: Any, lobby: tuple[str, ...], asked: str, reason: str) -> None:
    ended = shell("sql", *lobby, asked)
    assert ended.code == ExitCode.USAGE
    assert reason in ended.err
    assert ended.err.count("\n") == 1


def test_a_store_that_is_not_there_and_one_without_sql(shell: Any) -> None:
    assert shell("sql", "lobby", "SELECT 1").code == ExitCode.MISSING
    ended = shell("sql", "lobby", "SELECT 1", "--store", "memory:")
    assert (ended.code, "answers no SQL" in ended.err) == (ExitCode.USAGE, True)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4", 4),
        ("4.5", 4.5),
        ("true", True),
        ("null", None),
        ("Berlin", "Berlin"),
        ('"7"', "7"),
        ("[1]", "[1]"),
        ("", ""),
    ],
)
def test_values_are_numbers_where_they_look_so(text: str, value: object) -> None:
    assert read_value(text) == value
