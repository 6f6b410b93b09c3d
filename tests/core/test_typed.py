"""What people type: keys, ids, times and sets of them."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from peerset.core.bech32 import encode
from peerset.core.filter import Cursor
from peerset.core.keys import SecretKey, npub
from peerset.core.limits import RETENTION_SECONDS_MAX
from peerset.core.nip19 import AddressPointer, EventPointer, ProfilePointer, encode_nip19
from peerset.core.record import Record, sign_record
from peerset.core.typed import (
    SHOWN_CHARACTERS_MAX,
    read_cursor,
    read_id,
    read_key,
    read_kinds,
    read_limit,
    read_number,
    read_phases,
    read_retention,
    read_since,
    read_subject,
    read_tags,
    read_text,
    read_until,
    read_whole_id,
    short_id,
    shown,
    span_text,
)
from peerset.errors import ConfigError

KEY = SecretKey(bytes(31) + b"\7")
NOW = 1_790_000_000


def record() -> Record:
    return sign_record(KEY, created_at=NOW, kind=1078, tags=(), content="x")  # type: ignore[arg-type]  # a plain number


@pytest.mark.parametrize(
    "value",
    [
        KEY,
        KEY.public_key,
        bytearray(KEY.public_key),
        npub(KEY.public_key),
        f" {npub(KEY.public_key)}\n",
        npub(KEY.public_key).upper(),
        KEY.public_key.hex(),
        KEY.public_key.hex().upper(),
    ],
)
def test_a_key_is_read_however_it_is_written(value: object) -> None:
    assert read_key(value) == KEY.public_key


@pytest.mark.parametrize("value", [None, "", "nobody", "npub1xyz", b"short", 5, ["npub1"], "ff" * 32, "ab" * 31])
def test_what_is_no_key_is_named(value: object) -> None:
    with pytest.raises(ConfigError):
        read_key(value)


def test_a_secret_key_given_as_an_author_is_not_repeated() -> None:
    for text in (KEY.to_nsec(), f" {KEY.to_nsec()}", KEY.to_nsec().upper()):
        with pytest.raises(ConfigError, match="a secret key") as error:
            read_key(text)
        assert KEY.to_nsec() not in str(error.value).lower()


def test_an_id_is_read_however_it_is_written() -> None:
    made = record()
    for value in (made, made.id, made.id.hex(), made.id.hex().upper(), f"{made.id.hex()} "):
        assert read_id(value) == made.id == read_whole_id(value)
    assert read_id(encode("note", made.id)) == read_id(encode("note", made.id).upper()) == made.id
    assert read_id("3F2A") == "3f2a"
    assert short_id(made) == made.id.hex()[:8]
    assert short_id("3F2A") == "3f2a"


@pytest.mark.parametrize("value", [None, "", "abc", "g" * 64, "a" * 65, b"ab", 7, 1.5, object()])
def test_what_is_no_id_is_named(value: object) -> None:
    with pytest.raises(ConfigError, match="64 hex digits"):
        read_id(value)


def test_texts_of_nostr_stand_for_keys_and_ids() -> None:
    made = record()
    author = ProfilePointer(KEY.public_key, ("wss://relay.example",))
    event = EventPointer(made.id, ("wss://relay.example",), KEY.public_key, 1078)
    for value in (author, encode_nip19(author), f" nostr:{npub(KEY.public_key)}", f"NOSTR:{encode_nip19(author)}"):
        assert read_key(value) == KEY.public_key
    for given in (event, encode_nip19(event), f"nostr:{encode_nip19(event)}\n", f"nostr:{encode('note', made.id)}"):
        assert read_id(given) == read_whole_id(given) == made.id
    address = AddressPointer(30_023, KEY.public_key, "how-to")
    assert read_id(encode_nip19(address)) == read_id(address) == address
    assert short_id(address) == f"30023:{KEY.public_key.hex()}:how-to"


def test_a_name_of_the_other_sort_is_told_from_what_is_none() -> None:
    event, author = encode_nip19(EventPointer(record().id)), npub(KEY.public_key)
    address = encode_nip19(AddressPointer(0, KEY.public_key, ""))
    for text in (event, address):
        with pytest.raises(ConfigError, match=r"a key is wanted, .* names a record"):
            read_key(text)
    with pytest.raises(ConfigError, match=r"a record is wanted, .* names an author"):
        read_id(author)
    with pytest.raises(ConfigError, match="the whole id is needed"):
        read_whole_id(address)


@pytest.mark.parametrize("write", [str, str.upper, lambda text: f" nostr:{text}"])
@pytest.mark.parametrize("read", [read_key, read_id, read_subject])
def test_a_secret_key_names_nobody_and_is_not_repeated(read: Any, write: Any) -> None:
    with pytest.raises(ConfigError, match="a secret key") as error:
        read(write(KEY.to_nsec()))
    assert KEY.to_nsec() not in str(error.value).lower()


def test_a_beginning_is_no_whole_id() -> None:
    with pytest.raises(ConfigError, match="'3f2a'"):
        read_whole_id("3f2a")


def test_a_cursor_is_read_from_a_record_or_its_text() -> None:
    cursor = Cursor.of(record())
    assert read_cursor(cursor) == read_cursor(record()) == read_cursor(str(cursor)) == cursor
    assert read_cursor("3f2a") is None
    with pytest.raises(ConfigError):
        read_cursor(5)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (NOW, NOW),
        (str(NOW), NOW),
        (NOW - 0.5, NOW),
        ("2h", NOW - 7_200),
        ("30m", NOW - 1_800),
        ("1w", NOW - 604_800),
        (timedelta(days=1), NOW - 86_400),
        ("2026-01-01", 1_767_225_600),
        (date(2026, 1, 1), 1_767_225_600),
        ("2026-01-01T01:00+01:00", 1_767_225_600),
        ("2026-01-01 00:00:00", 1_767_225_600),
        (datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))), 1_767_225_600),
        (datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC), 1_767_225_601),
    ],
)
def test_a_time_is_read_however_it_is_written(value: object, seconds: int) -> None:
    assert read_since(value, now=NOW) == seconds


def test_a_time_without_a_zone_is_this_machines() -> None:
    local = datetime(2026, 1, 1)  # noqa: DTZ001 - what this is about
    assert read_since(local, now=NOW) == local.timestamp()


def test_a_day_alone_ends_with_its_last_second() -> None:
    for day in ("2026-01-01", date(2026, 1, 1)):
        assert read_until(day, now=NOW) == 1_767_225_600 + 86_399
    assert read_until("1767225600", now=NOW) == 1_767_225_600
    assert read_until(datetime(2026, 1, 1, tzinfo=UTC), now=NOW) == 1_767_225_600


@pytest.mark.parametrize(
    "value", [None, "", "yesterday", "2x", "2026-13-01", float("nan"), float("inf"), True, b"1", [], "9" * 20]
)
def test_what_is_no_time_is_named(value: object) -> None:
    with pytest.raises(ConfigError, match="a time is Unix seconds"):
        read_since(value, now=NOW)


def test_one_kind_or_several_are_read() -> None:
    assert read_kinds(1078) == read_kinds([1078]) == frozenset({1078})
    assert read_kinds(range(3)) == frozenset({0, 1, 2})


@pytest.mark.parametrize("value", ["1078", 1.0, True, -1, 65_536, [None], {1: 2}, None])
def test_what_is_no_kind_is_named(value: Any) -> None:
    with pytest.raises(ConfigError):
        read_kinds(value)


def test_tags_have_one_value_or_several() -> None:
    wanted = {"c": frozenset({"feed"}), "t": frozenset({"a", "b"})}
    assert read_tags({"c": "feed", "t": ["a", "b"]}) == wanted


@pytest.mark.parametrize("value", [5, "c", [["c", "feed"]], {"c": 5}, {"c": [5]}, {5: "c"}, {"c": b"feed"}, {"c": {}}])
def test_what_are_no_tags_is_named(value: object) -> None:
    with pytest.raises(ConfigError):
        read_tags(value)


def test_limits_and_numbers_are_numbers() -> None:
    assert read_limit(0) == 0
    assert read_number("x", 2) == 2.0
    assert read_text("x", "y") == "y"
    for bad in (-1, 2.5, "5", True, None):
        with pytest.raises(ConfigError, match="a limit is"):
            read_limit(bad)
    for worse in ("5", True, None, float("nan")):
        with pytest.raises(ConfigError, match="x is a number"):
            read_number("x", worse)
    with pytest.raises(ConfigError, match="x is a text, not b'y'"):
        read_text("x", b"y")


def test_a_ban_is_about_a_key_or_an_address() -> None:
    assert read_subject(npub(KEY.public_key)) == KEY.public_key
    assert read_subject("192.0.2.1") == "192.0.2.1"
    assert read_subject("fe80::1%eth0") == "fe80::1%eth0"
    for bad in ("", "nobody", "x" * 65, b"short", 5):
        with pytest.raises(ConfigError, match="no npub, no key in hex and no IP address"):
            read_subject(bad)


def test_what_is_shown_is_short_whatever_it_is() -> None:
    class Silent:
        def __repr__(self) -> str:
            raise ZeroDivisionError

    assert len(shown("x" * 1_000)) == SHOWN_CHARACTERS_MAX
    assert shown(Silent()) == "<Silent without a repr: ZeroDivisionError>"


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("30d", 30 * 86_400),
        (" 2w ", 14 * 86_400),
        ("24h", 86_400),
        ("1h", 3_600),
        ("60m", 3_600),
        ("86400", 86_400),
        (86_400, 86_400),
        (timedelta(days=2, seconds=0.5), 172_800),
        (None, RETENTION_SECONDS_MAX),
        ("forever", RETENTION_SECONDS_MAX),
        ("3700d", RETENTION_SECONDS_MAX),
    ],
)
def test_a_retention_is_read_as_it_is_typed_and_written_so_that_it_is_read_again(given: object, seconds: int) -> None:
    assert read_retention(given) == seconds
    assert read_retention(span_text(seconds)) == seconds


@pytest.mark.parametrize(
    "given",
    [
        "",
        "1",
        "59m",
        "3701d",
        "ever",
        "-30d",
        "1y",
        "\N{ARABIC-INDIC DIGIT ONE}h",
        "1 h",
        0,
        3_599,
        True,
        9e4,
        object(),
        [],
        [3_600],
        ["1h"],
    ],
)
def test_a_retention_that_cannot_be_names_what_was_given(given: object) -> None:
    with pytest.raises(ConfigError, match="3,700 days") as caught:
        read_retention(given)
    assert shown(given)[:20] in str(caught.value)


@pytest.mark.parametrize(
    ("given", "seconds"),
    [(None, None), ("6h", 21_600), (" 90m ", 5_400), (3_600, 3_600), (timedelta(days=30), 2_592_000)],
)
def test_phases_are_read_as_they_are_typed(given: object, seconds: int | None) -> None:
    assert read_phases(given) == seconds


@pytest.mark.parametrize("given", ["", "6", "59m", 3_599, "31d", "often", True, 6.0, b"6h", [3_600], ["6h"]])
def test_phases_that_cannot_be_name_what_was_given(given: object) -> None:
    with pytest.raises(ConfigError, match="such as '6h', not") as caught:
        read_phases(given)
    assert repr(given) in str(caught.value)
