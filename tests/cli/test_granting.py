"""``peerset grant`` and ``--grant``: who owns a room lets others write in it."""

from typing import Any

import pytest

from peerset.core.grant import read_grant
from peerset.core.keys import npub
from peerset.keyfiles import create_key

pytestmark = pytest.mark.real_time

NOWHERE = ("--signaling", "ws://127.0.0.1:9", "--wait", "0")


def key(name: str) -> str:
    return npub(create_key(name).public_key)


def test_an_owner_prints_a_grant_and_whoever_has_it_writes(shell: Any) -> None:
    owner, writer = key("owner"), key("writer")
    owned = ("--policy", f"writers:owners={owner},collections=places")
    granted = shell("grant", "lobby", writer, "--key", "owner", *owned, "--collections", "places", "--days", "2")
    assert granted.code == 0, granted.err
    text = granted.out.strip()
    assert read_grant(text).collections == "places"
    said = ("publish", "lobby", "hello", "--key", "writer", "--collection", "places", *owned, *NOWHERE)
    refused = shell(*said)
    assert (refused.code != 0, "it carries no grant: ask" in refused.err) == (True, True)
    assert shell(*said, "--grant", text).code == 0
    foreign = shell(*said, "--grant", text, "--key", "owner")
    assert (foreign.code != 0, "but you write as" in foreign.err) == (True, True)


def test_what_nobody_would_heed_is_not_granted(shell: Any) -> None:
    owner, writer = key("owner"), key("writer")
    ended = shell("grant", "lobby", writer, "--key", "writer", "--policy", f"writers:owners={owner}")
    assert (ended.code != 0, "we are no owner" in ended.err) == (True, True)
    assert shell("grant", "lobby", "npub1nobody", "--key", "owner").code != 0
    assert shell("grant", "lobby", writer, "--key", "owner", "--days", "0").code != 0
