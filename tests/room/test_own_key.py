"""Signing by a key of the room's own."""

import random
from pathlib import Path

import pytest

import peerset
from peerset import SecretKey, own_key
from peerset.core.own_key import derive_own_key
from peerset.core.signal import RoomName
from peerset.errors import ConfigError
from peerset.room.arguments import Signer
from peerset.room.own_key import OwnKey
from peerset.testing.memory import MemorySwarm

KEY = SecretKey.generate(random.Random(1))


async def test_two_rooms_of_one_key_have_authors_and_members_that_nothing_connects() -> None:
    host = MemorySwarm().host()
    seen = set[bytes]()
    for room in ("lobby", "garden"):
        async with peerset.join(room, key=own_key(KEY, room), host=host) as joined:
            record = await joined.publish("hello")
            assert record.author == joined.key
            seen |= {record.author}
            assert record.wire.find(KEY.public_key) == -1
    assert len(seen) == 2
    assert KEY.public_key not in seen


def test_a_key_file_is_taken_by_its_path_and_made_when_it_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "me.key"
    assert own_key(path, "lobby") == own_key(path, "lobby") == own_key(path.read_text().strip(), "lobby")
    assert own_key(path, "lobby", app="chat") != own_key(path, "lobby")


def test_nothing_is_made_for_a_room_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the room name is empty"):
        own_key(tmp_path / "me.key", "")
    signer = OwnKey(Signer(tmp_path / "me.key"), RoomName("peerset", "lobby"))
    assert not (tmp_path / "me.key").exists()
    taken = signer.take()
    assert taken == derive_own_key(Signer(tmp_path / "me.key").take(), RoomName("peerset", "lobby").tag)
