"""``peerset mutes``."""

import json
from typing import Any

import pytest

from peerset.core.keys import PublicKey, npub

pytestmark = pytest.mark.real_time

NOWHERE = ("--signaling", "ws://127.0.0.1:9", "--wait", "0")


def test_a_muted_author_is_not_shown_until_removed(shell: Any) -> None:
    event = json.loads(shell("publish", "lobby", "hello", *NOWHERE, "--json").out)
    author = PublicKey(bytes.fromhex(event["pubkey"]))
    assert shell("mutes", "add", "lobby", npub(author)).code == 0
    assert shell("mutes", "list", "lobby").out == f"{npub(author)}\n"
    assert json.loads(shell("mutes", "list", "lobby", "--json").out) == {"author": author.hex()}
    assert shell("records", "lobby").out == ""
    assert shell("watch", "lobby", "--signaling", "ws://127.0.0.1:9", "--seconds", "0").out == ""
    assert shell("mutes", "remove", "lobby", author.hex()).code == 0
    assert len(shell("records", "lobby").out.splitlines()) == 1


def test_who_is_not_muted_cannot_be_removed(shell: Any) -> None:
    shell("mutes", "add", "lobby", "01" * 32)
    ended = shell("mutes", "remove", "lobby", "02" * 32)
    assert ended.code == 3
    assert "is not muted" in ended.err
    assert shell("mutes", "add", "lobby", "nobody").code == 2
