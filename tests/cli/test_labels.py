"""``peerset label`` and ``revoke``."""

import json
from typing import Any

import pytest

from peerset.core.keys import npub
from peerset.keyfiles import create_key

pytestmark = pytest.mark.real_time

NOWHERE = ("--signaling", "ws://127.0.0.1:9", "--wait", "0")


def test_a_moderator_hides_a_record_and_shows_it_again(shell: Any) -> None:
    me = npub(create_key("me").public_key)
    rules = ("--policy", f"moderators:{me}")
    spam = json.loads(shell("publish", "lobby", "buy this", "--json", *NOWHERE).out)["id"]
    labelled = shell("label", "lobby", spam[:12], "--reason", "an advertisement", "--key", "me", "--json", *NOWHERE)
    assert labelled.code == 0, labelled.err
    label = json.loads(labelled.out)
    assert label["content"] == "an advertisement"
    assert [json.loads(line)["id"] for line in shell("records", "lobby", *rules, "--json").out.splitlines()] == [
        label["id"]
    ]
    explained = shell("policy", "explain", spam, "--room", "lobby", *rules)
    assert "hid it: an advertisement" in explained.out
    assert shell("delete", "lobby", label["id"], "--key", "me", *NOWHERE).code == 0
    assert spam[:8] in shell("records", "lobby", *rules).out
    assert shell("label", "lobby", "ab" * 32, "--key", "me", *NOWHERE).code != 0


def test_an_owner_revokes_a_key(shell: Any) -> None:
    me = npub(create_key("me").public_key)
    other = npub(create_key("other").public_key)
    assert shell("revoke", "lobby", other, "--reason", "stolen", "--key", "me", *NOWHERE).code == 0
    assert shell("publish", "lobby", "later", "--key", "other", *NOWHERE).code == 0
    seen = shell("records", "lobby", "--policy", f"revoked:owners={me}").out
    assert ("stolen" in seen, "later" in seen) == (True, False)
    assert shell("revoke", "lobby", "npub1nobody", "--key", "me", *NOWHERE).code != 0
