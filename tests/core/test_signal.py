"""Names of rooms and peers, offers and servers."""

import hashlib
import random

import pytest

from peerset.core.signal import (
    ID_ALPHABET,
    ID_LENGTH,
    PEER_ID_PREFIX,
    ROOM_NAME_BYTES_MAX,
    RoomName,
    make_offer_id,
    make_peer_id,
)
from peerset.errors import ConfigError


def test_a_rooms_tag_is_the_start_of_a_hash_over_both_names() -> None:
    expected = hashlib.sha256(b"peerset/room/1\0app\0room").digest()[:16]
    assert RoomName("app", "room").tag == expected


def test_names_cannot_be_shifted_between_app_and_room() -> None:
    assert RoomName("ab", "c").tag != RoomName("a", "bc").tag


@pytest.mark.parametrize("name", ["", "\0", "line\nbreak", "\x1f", "\ud800", "x" * (ROOM_NAME_BYTES_MAX + 1)])
def test_a_name_that_is_empty_long_or_unprintable_is_refused(name: str) -> None:
    with pytest.raises(ConfigError):
        RoomName("app", name)
    with pytest.raises(ConfigError):
        RoomName(name, "room")


@pytest.mark.parametrize("name", ["lobby", "Zürich 🏔", "a@b:c", "x" * ROOM_NAME_BYTES_MAX])
def test_any_other_name_is_welcome(name: str) -> None:
    assert len(RoomName("app", name).tag) == 16


def test_a_peer_id_leads_and_is_drawn_anew() -> None:
    rng = random.Random(1)
    ids = [make_peer_id(rng) for _ in range(50)]
    assert len(set(ids)) == 50
    assert all(len(peer_id) == ID_LENGTH and peer_id.startswith(PEER_ID_PREFIX) for peer_id in ids)


def test_an_offer_id_is_twenty_characters_of_the_alphabet() -> None:
    offer_id = make_offer_id(random.Random(1))
    assert len(offer_id) == ID_LENGTH
    assert set(offer_id) <= set(ID_ALPHABET)
