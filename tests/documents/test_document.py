import json
import random
from itertools import permutations
from typing import Any

import pytest

from peerset.core.action import Json
from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.limits import DOCUMENT_KEY_BYTES_MAX, DOCUMENT_LINKS_MAX
from peerset.core.record import KIND_KEYED, KIND_RECORD, Record, RecordId, sign_record
from peerset.documents.definition import Older, define
from peerset.documents.document import (
    Row,
    State,
    Version,
    columns_of,
    heads_of,
    parents_of,
    present,
    read_document_key,
    row_of,
    tags_of,
)
from peerset.errors import ConfigError

SEEN = State(0)
TOO_LONG = "places/" + "x" * (DOCUMENT_KEY_BYTES_MAX + 1)
KEY = SecretKey.generate(random.Random(1))
TITLED = {"type": "object", "properties": {"title": {"type": "string"}, "stars": {"type": "number", "default": 3}}}
PLACES = define("places", TITLED, also=[Older("spots", lambda value: {"title": value["name"]})])  # type: ignore[index,call-overload] # may raise


def record(content: object, *tags: tuple[str, ...], kind: int = KIND_RECORD) -> Record:
    text = content if isinstance(content, str) else json.dumps(content)
    return sign_record(KEY, created_at=UnixTime(1_790_000_000), kind=kind, tags=[("h", "00" * 16), *tags], content=text)


def row(content: object, *tags: tuple[str, ...], kind: int = KIND_RECORD) -> Row:
    found = row_of(PLACES, record(content, *tags, kind=kind))
    assert found is not None
    return found


def version(number: int, stamp: int, *follows: int, state: State = SEEN) -> Version:
    parents = tuple(RecordId(bytes([each]) * 32) for each in follows)
    return Version(RecordId(bytes([number]) * 32), b"", stamp, state, parents)


def numbers(versions: list[Version]) -> list[int]:
    return [each.id[0] for each in versions]


def test_a_document_has_the_value_of_its_content_with_defaults() -> None:
    found = row({"title": "a", "more": 1}, ("c", "places"), ("us", "7"))

    assert (found.key, found.state, found.stamp) == (None, State(0), 1_790_000_000_000_007)
    assert found.value == {"title": "a", "more": 1, "stars": 3}
    assert columns_of(PLACES, found) == ("a", 3)


def test_a_version_has_the_key_after_the_name_of_its_collection() -> None:
    assert row({}, ("c", "places"), ("d", "places/a/b"), kind=KIND_KEYED).key == "a/b"


@pytest.mark.parametrize("key", ["", "a", "places", "places/", "spots/a", TOO_LONG])
def test_keys_of_foreign_clients_are_misfits(key: str) -> None:
    found = row({}, ("c", "places"), ("d", key), kind=KIND_KEYED)

    assert (found.key, found.state, found.value) == (None, State.MISFIT, None)


@pytest.mark.parametrize("content", ["", "{", '{"title": 1}', "[]", "1e400"])
def test_what_does_not_fit_is_a_misfit_and_costs_nobody_anything(content: str) -> None:
    assert row(content, ("c", "places")).state == State.MISFIT


def test_a_tombstone_is_void_and_says_nothing() -> None:
    assert row("", ("c", "places"), ("d", "places/a"), ("void",), kind=KIND_KEYED).state == State.VOID
    assert row("", ("c", "places"), ("void",)).state == State.MISFIT


def test_what_is_of_another_collection_or_of_none_is_no_row() -> None:
    assert row_of(PLACES, record({}, ("c", "other"), ("c", "places"))) is None
    assert row_of(PLACES, record({})) is None
    assert row_of(PLACES, record({}, ("c", "places"), kind=7)) is None


def test_an_older_collection_is_read_as_this_one() -> None:
    assert row({"name": "old"}, ("c", "spots")).value == {"title": "old", "stars": 3}
    assert row({"name": "old"}, ("c", "spots"), ("d", "spots/a"), kind=KIND_KEYED).key == "a"
    assert row({}, ("c", "spots")).state == State.MISFIT
    assert row([], ("c", "spots")).state == State.MISFIT


@pytest.mark.parametrize("given", [{1, 2}, {1: 2}, "\ud800", float("nan"), 2**53, object(), [[object()]]])
def test_an_upgrade_that_gives_what_json_cannot_say_makes_a_misfit(given: Any) -> None:
    places = define("places", also=[Older("spots", lambda _: given)])
    read = row_of(places, record({}, ("c", "spots")))
    assert read is not None
    assert (read.state, read.value) == (State.MISFIT, None)


@pytest.mark.parametrize(
    ("text", "expires_at"), [("5", 5), ("", None), ("-1", None), ("\u0665", None), ("1" * 17, None), ("9" * 16, None)]
)
def test_an_expiration_is_a_whole_number_of_seconds(text: str, expires_at: int | None) -> None:
    assert row({}, ("c", "places"), ("expiration", text)).expires_at == expires_at


def test_links_are_e_tags_that_say_so_each_once() -> None:
    one, other = "11" * 32, "22" * 32
    tags = [("e", one, "", "prev"), ("e", other), ("e", one, "", "prev"), ("e", other, "", "root")]

    assert parents_of(record("", *tags)) == (bytes.fromhex(one),)
    many = [("e", f"{place:064x}", "", "prev") for place in range(DOCUMENT_LINKS_MAX + 1)]
    assert len(parents_of(record("", *many))) == DOCUMENT_LINKS_MAX


def test_tags_say_what_is_read_from_them() -> None:
    follows = [RecordId(b"\x01" * 32), RecordId(b"\x02" * 32)]
    found = row({}, *tags_of(PLACES, "k", follows, 9), kind=KIND_KEYED)

    assert (found.key, found.parents, found.expires_at) == ("k", tuple(follows), 9)


def test_fields_of_a_row_are_its_own_and_those_of_its_value() -> None:
    made = record({"title": "a"}, *tags_of(PLACES, "k", []), kind=KIND_KEYED)
    found = row_of(PLACES, made)
    assert found is not None
    wanted: dict[str, Json] = {"key": "k", "author": made.author.hex(), "time": found.stamp, "title": "a", "none": None}

    assert {name: found.field(name) for name in wanted} == wanted


def test_heads_are_what_nobody_followed_whatever_came_first() -> None:
    versions = [version(1, 10), version(2, 20, 1), version(3, 30, 1), version(4, 40, 2)]

    for arrived in permutations(versions):
        assert numbers(heads_of(arrived)) == [4, 3]


def test_links_to_nothing_and_against_time_mean_nothing() -> None:
    assert numbers(heads_of([version(1, 10, 9), version(2, 5, 1)])) == [1, 2]
    assert numbers(heads_of([version(1, 10, 2), version(2, 10, 1)])) == [1, 2]


def test_of_equal_stamps_the_lowest_id_wins() -> None:
    assert numbers(present([version(2, 10), version(1, 10), version(3, 9)])) == [1, 2, 3]


def test_what_is_absent_replaces_nothing_and_a_tombstone_does() -> None:
    hidden = version(2, 20, 1, state=State.HIDDEN)
    assert numbers(heads_of([version(1, 10), hidden])) == [1]
    assert numbers(heads_of([version(1, 10), version(2, 20, 1, state=State.VOID | State.SUPERSEDED)])) == [2]


@pytest.mark.parametrize("key", ["", "x" * (DOCUMENT_KEY_BYTES_MAX + 1), 5, None, "\ud800"])
def test_what_is_no_key_is_refused(key: object) -> None:
    with pytest.raises(ConfigError, match="a key"):
        read_document_key(key)


def test_what_is_known_to_fit_is_read_alike_without_another_look() -> None:
    for value in ({"title": "x"}, {"title": "x", "stars": 4.5, "more": [{"a": 1}]}):
        assert row_of(PLACES, record(value, ("c", "places")), fits=True) == row(value, ("c", "places"))
    old = record({"name": "x"}, ("c", "spots"))
    assert row_of(PLACES, old, fits=True) == row_of(PLACES, old)
    broken = record({"title": 7}, ("c", "places"))
    assert row_of(PLACES, broken) != row_of(PLACES, broken, fits=True)
    unreadable = row_of(PLACES, record("{", ("c", "places")), fits=True)
    assert unreadable is not None
    assert unreadable.state is State.MISFIT


def test_columns_of_nested_fields_are_found_as_well() -> None:
    owner = {"type": "object", "properties": {"name": {"type": "string"}}}
    nested = define("nested", {"type": "object", "properties": {"title": {"type": "string"}, "owner": owner}})
    for value, columns in (
        ({"title": "x", "owner": {"name": "o"}}, ("x", "o")),
        ({"owner": {}}, (None, None)),
        ({"title": "x"}, ("x", None)),
        ({"title": 7}, (None, None)),
    ):
        found = row_of(nested, record(value, ("c", "nested")))
        assert found is not None
        assert columns_of(nested, found) == columns
