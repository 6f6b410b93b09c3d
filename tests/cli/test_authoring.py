"""Who signs what a verb writes."""

import json
from pathlib import Path
from typing import Any

import pytest

from peerset.cli.authoring import AuthorOptions
from peerset.cli.exits import NotFoundError
from peerset.core.keys import npub
from peerset.core.own_key import derive_own_key
from peerset.core.signal import RoomName
from peerset.keyfiles import create_key, key_path

LOBBY = RoomName("peerset", "lobby")


def test_a_key_of_the_rooms_own_is_given_by_the_key_that_signs(home: Path) -> None:
    whole = create_key("me")
    assert AuthorOptions(key="me").signer_in(LOBBY).take() == whole
    assert AuthorOptions(key="me", own_key=True).signer_in(LOBBY).take() == derive_own_key(whole, LOBBY.tag)


def test_no_key_is_made_before_it_is_needed(home: Path) -> None:
    signer = AuthorOptions(own_key=True).signer_in(LOBBY)
    assert not key_path().exists()
    signer.take()
    assert key_path().exists()
    with pytest.raises(NotFoundError):
        AuthorOptions(key="nobody", own_key=True).signer_in(LOBBY)


@pytest.mark.real_time
def test_what_is_published_by_a_key_of_the_rooms_own_is_signed_by_it(shell: Any, home: Path) -> None:
    whole = create_key("me")
    options = ("--key", "me", "--own-key", "--signaling", "ws://127.0.0.1:9", "--wait", "0", "--json")
    authors = []
    for room in ("lobby", "garden"):
        assert shell("publish", room, "hello", *options).code == 0
        authors.append(json.loads(shell("records", room, "--json").out)["pubkey"])
    assert authors[0] == derive_own_key(whole, LOBBY.tag).public_key.hex()
    assert authors[1] not in {authors[0], whole.public_key.hex(), npub(whole.public_key)}
