"""``peerset grant`` and ``--grant``: who owns a room lets others write in it."""

from typing import Any

import pytest

from peerset.cli.exits import ExitCode
from peerset.core.address import parse_address
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


def test_an_invitation_for_a_key_carries_a_grant_by_which_it_writes(shell: Any) -> None:
    owner, writer = key("owner"), key("writer")
    owned = ("--policy", f"writers:owners={owner}")
    invite = ("invite", "lobby", "--key", "owner", *owned)
    invited = shell(*invite, "--for", writer, "--collections", "places", "--days", "2")
    assert (invited.code, "can join the room" in invited.err) == (0, True), invited.err
    [text] = parse_address(invited.out.strip()).grants
    grant = read_grant(text)
    assert (npub(grant.owner), npub(grant.writer), grant.collections) == (owner, writer, "places")
    assert grant.until - grant.since == 2 * 86_400 + 900
    said = ("-", "hello", "--key", "writer", *NOWHERE)
    published = shell("publish", *said, "--collection", "places", stdin=invited.out)
    assert published.code == 0, published.err
    refused = shell("publish", *said, "--collection", "notes", stdin=invited.out)
    assert (refused.code != 0, "its grant is not for this collection: ask" in refused.err) == (True, True)
    # Whoever it reaches reads what is here by it, and joins by it no more than by another's.
    for verb in (("records", "-"), ("find", "-", "places"), ("files", "list", "-", "site"), ("export", "-")):
        ended = shell(*verb, stdin=invited.out)
        assert ended.code == 0, ended.err
    other = shell("publish", "-", "hello", "--key", "owner", *NOWHERE, stdin=invited.out)
    assert (other.code, "but you write as" in other.err) == (ExitCode.USAGE, True)
    # What an invitation carries already stays, and who is no owner lets nobody in.
    again = shell("invite", "-", "--key", "owner", "--for", owner, stdin=invited.out)
    assert len(parse_address(again.out.strip()).grants) == 2
    for words in (("--for", "npub1nobody"), ("--for", writer, "--days", "0"), ("--collections", "places")):
        assert shell(*invite, *words).code == ExitCode.USAGE
    stranger = shell("invite", "lobby", "--key", "writer", *owned, "--for", writer)
    assert (stranger.code, "we are no owner" in stranger.err) == (ExitCode.USAGE, True)


def test_a_device_is_granted_what_it_writes_for_us(shell: Any) -> None:
    owner, phone = key("owner"), key("phone")
    granted = shell("grant", "lobby", phone, "--key", "owner", "--on-behalf")
    grant = read_grant(granted.out.strip())
    assert (npub(grant.owner), grant.is_on_behalf) == (owner, True)


def test_what_nobody_would_heed_is_not_granted(shell: Any) -> None:
    owner, writer = key("owner"), key("writer")
    ended = shell("grant", "lobby", writer, "--key", "writer", "--policy", f"writers:owners={owner}")
    assert (ended.code != 0, "we are no owner" in ended.err) == (True, True)
    assert shell("grant", "lobby", "npub1nobody", "--key", "owner").code != 0
    assert shell("grant", "lobby", writer, "--key", "owner", "--days", "0").code != 0
