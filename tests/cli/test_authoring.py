"""Who signs what a verb writes."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from peerset.cli.authoring import AuthorOptions
from peerset.cli.exits import NotFoundError
from peerset.core.keys import SecretKey, npub
from peerset.core.own_key import derive_own_key
from peerset.core.signal import RoomName
from peerset.keyfiles import create_key, key_path
from peerset.room.arguments import Signer
from tests.bunker.conftest import KEY as SERVED
from tests.bunker.conftest import serving
from tests.signaling.relays import nostr_relay

LOBBY = RoomName("peerset", "lobby")


def taken(options: AuthorOptions) -> SecretKey:
    signer = options.signer_in(LOBBY)
    assert isinstance(signer, Signer)
    return signer.take()


def test_a_key_of_the_rooms_own_is_given_by_the_key_that_signs(home: Path) -> None:
    whole = create_key("me")
    assert taken(AuthorOptions(key="me")) == whole
    assert taken(AuthorOptions(key="me", own_key=True)) == derive_own_key(whole, LOBBY.tag)


def test_no_key_is_made_before_it_is_needed(home: Path) -> None:
    options = AuthorOptions(own_key=True)
    options.signer_in(LOBBY)
    assert not key_path().exists()
    taken(options)
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


SIGNER = f"bunker://{SERVED.public_key.hex()}?relay=ws://127.0.0.1:9"


def test_a_signer_elsewhere_that_is_none_or_is_asked_for_too_much_is_told_and_nothing_is_made(
    shell: Any, home: Path
) -> None:
    for key, says in (
        ("bunker://", "begins with its public key"),
        (f"bunker://{'f' * 64}?relay=ws://127.0.0.1:9", "begins with its public key"),
        (SIGNER.partition("relay")[0] + "secret=hush", "1 to 8 relays"),
        (f"{SIGNER}&secret={'x' * 1_000_000}", "a signer's address is bunker://KEY"),
    ):
        ended = shell("publish", "lobby", "hello", "--key", key, "--signaling", "ws://127.0.0.1:9", "--wait", "0")
        assert (ended.code, ended.out) == (2, "")
        assert says in ended.err
        assert "hush" not in ended.err.replace("secret=hush", "")
    ended = shell("publish", "lobby", "hello", "--key", SIGNER, "--own-key")
    assert (ended.code, "does not give its key" in ended.err) == (2, True)
    ended = shell("bridge", "lobby", "--key", SIGNER, "--seconds", "0", "--signaling", "ws://127.0.0.1:9")
    assert (ended.code, "by a key of this machine" in ended.err) == (2, True)
    assert not (home / "lobby.db").exists()


@pytest.mark.real_time
async def test_what_is_published_by_a_signer_elsewhere_is_signed_by_it_and_its_secret_is_told_of(
    start: Any, home: Path
) -> None:
    async with nostr_relay("nostr-sdk") as url, serving(url) as served:
        options = ("--signaling", "ws://127.0.0.1:9", "--wait", "0", "--json")
        address = str(served.address)
        process = start("publish", "lobby", "hello", "--key", address, *options)
        out, err = await asyncio.to_thread(process.communicate)
        assert json.loads(out)["pubkey"] == SERVED.public_key.hex()
        assert "set PEERSET_KEY instead" in err
        known = address.partition("&secret=")[0]
        process = start("publish", "lobby", "again", *options, PEERSET_KEY=known)
        out, err = await asyncio.to_thread(process.communicate)
        assert json.loads(out)["pubkey"] == SERVED.public_key.hex()
        assert "PEERSET_KEY" not in err
