"""``peerset keys bunker``."""

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import peerset
from peerset.bunker.clients import ClientBook, Permission
from peerset.cli.bunker import clients_path
from peerset.core.keys import SecretKey, npub
from peerset.core.signal import RoomName
from peerset.errors import SignatureError
from peerset.keyfiles import create_key
from peerset.room.host import Host
from peerset.testing.memory import MemorySwarm
from tests.patience import wait_until
from tests.signaling.relays import nostr_relay

CLIENT = SecretKey(b"\7" * 32)


def test_what_cannot_be_served_is_said_and_nothing_begins(shell: Any, home: Path) -> None:
    create_key("alice")
    for arguments, says in (
        (["nobody", "--relay", "ws://127.0.0.1:9"], "there is no key"),
        (["alice"], "0 relays are given"),
        (["alice", "--relay", "http://127.0.0.1:9"], "is not an address"),
        (["alice", "--relay", "ws://127.0.0.1:9", "--room", ""], "the room name is empty"),
    ):
        ended = shell("keys", "bunker", *arguments, "--seconds", "0")
        assert ended.code in (2, 3), ended
        assert says in ended.err
        assert ended.out == ""


def test_the_address_is_the_first_line_and_the_secret_key_in_none(shell: Any, home: Path) -> None:
    key = create_key("alice")
    ClientBook(clients_path("alice")).add(CLIENT.public_key, Permission())
    ended = shell("keys", "bunker", "alice", "--relay", "ws://127.0.0.1:9", "--seconds", "0", "--json")
    said = json.loads(ended.out)
    assert said["address"].startswith(f"bunker://{key.public_key.hex()}?relay=ws%3A%2F%2F127.0.0.1%3A9&secret=")
    assert (said["npub"], said["clients"]) == (npub(key.public_key), 1)
    assert key.to_nsec() not in ended.out + ended.err
    again = shell("keys", "bunker", "alice", "--relay", "ws://127.0.0.1:9", "--seconds", "0", "--json")
    assert json.loads(again.out)["address"] != said["address"]


@pytest.mark.real_time
async def test_a_room_is_written_in_by_a_key_that_another_process_holds(start: Any, home: Path) -> None:
    key = create_key("alice")
    async with nostr_relay("nostr-sdk") as url:
        process = start("keys", "bunker", "alice", "--relay", url, "--room", "lobby")
        address = process.stdout.readline().strip()
        async with peerset.join("lobby", key=address, host=MemorySwarm().host()) as room:
            record = await room.publish("hello")
            assert (room.key, record.author) == (key.public_key, key.public_key)
        async with peerset.remote_signer(address) as signer, peerset.join("garden", key=signer, host=Host()) as room:
            with pytest.raises(SignatureError, match="nothing is signed for this client in that room"):
                await room.publish("hello")
    wait_until(lambda: clients_path("alice").exists())
    assert ClientBook(clients_path("alice")).get(CLIENT.public_key) is None
    assert len(ClientBook(clients_path("alice"))) == 1
    assert RoomName("peerset", "lobby").tag.hex() in clients_path("alice").read_text()
    assert (home / "data" / "peerset" / "bunkers").is_dir()


@pytest.mark.real_time
async def test_a_machine_that_waits_is_come_to_by_a_signer_and_knows_its_way_back(
    start: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = create_key("alice")
    async with nostr_relay("nostr-sdk") as url:
        waiting = start("keys", "connect", "--relay", url, "--kind", "1078")
        invitation = waiting.stdout.readline().strip()
        signing = start("keys", "bunker", "alice", "--client", "-")
        signing.stdin.write(f"{invitation}\n")
        signing.stdin.flush()
        address = (await asyncio.to_thread(waiting.stdout.readline)).strip()
        assert address == f"bunker://{key.public_key.hex()}?relay={quote(url, safe='')}"
        async with peerset.join("lobby", key=address, host=MemorySwarm().host()) as room:
            assert (await room.publish("hello")).author == key.public_key
            with pytest.raises(SignatureError, match="no events of kind 1 "):
                await room.publish("hello", kind=1)


def test_a_client_that_does_not_wait_there_is_told(shell: Any, home: Path) -> None:
    create_key("alice")
    for client, says in (("nostrconnect://x", "begins with its public key"), ("hello", "nostrconnect://KEY")):
        ended = shell("keys", "bunker", "alice", "--client", "-", "--seconds", "0", stdin=f"{client}\n")
        assert (ended.code, says in ended.err) == (2, True)
    ended = shell("keys", "connect", "--relay", "ws://127.0.0.1:9", "--wait", "0.1", "--json")
    assert (ended.code, "no signer answered in time" in ended.err) == (6, True)
    assert json.loads(ended.out)["invitation"].startswith("nostrconnect://")
