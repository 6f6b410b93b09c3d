"""``peerset bans``."""

import json
from typing import Any

import pytest

from peerset.core.keys import PublicKey, npub
from peerset.core.typed import read_subject
from peerset.errors import ConfigError

pytestmark = pytest.mark.real_time

KEY = PublicKey(bytes.fromhex("f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9"))


def test_bans_are_added_listed_and_lifted(shell: Any) -> None:
    added = shell("bans", "add", "lobby", npub(KEY), "--seconds", "7200", "--reason", "spam\x07")
    assert (added.code, added.out) == (0, "")
    assert "is banned for 7200 s" in added.err
    assert shell("bans", "add", "lobby", "2001:DB8::1").code == 0
    rows = [json.loads(line) for line in shell("bans", "list", "lobby", "--json").out.splitlines()]
    assert [(row["key"], row["address"], row["reason"]) for row in rows] == [
        (None, "2001:db8::1", "banned by the user"),
        (KEY.hex(), None, "spam\x07"),
    ]
    assert 3_590 <= rows[1]["until"] - rows[0]["until"] <= 3_610
    lines = shell("bans", "list", "lobby").out.splitlines()
    assert lines[0].startswith("2001:db8::1  until 2")
    assert lines[1].startswith(npub(KEY))
    assert lines[1].endswith("spam\\x07")
    assert shell("bans", "lift", "lobby", KEY.hex()).code == 0
    assert len(shell("bans", "list", "lobby").out.splitlines()) == 1


def test_what_is_not_banned_cannot_be_lifted(shell: Any) -> None:
    assert shell("bans", "lift", "lobby", npub(KEY)).code == 3
    shell("bans", "add", "lobby", "192.0.2.1")
    ended = shell("bans", "lift", "lobby", npub(KEY))
    assert ended.code == 3
    assert "is not banned" in ended.err


@pytest.mark.parametrize("text", ["", "npub1", "nobody", "192.0.2.1.5", "a" * 63])
def test_what_is_neither_key_nor_address_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        read_subject(text)


def test_a_ban_of_no_length_is_refused(shell: Any) -> None:
    ended = shell("bans", "add", "lobby", "192.0.2.1", "--seconds", "0")
    assert ended.code == 2
    assert "a ban lasts more than 0" in ended.err
