"""Other names of peers, under a key."""

import random

import pytest

from peerset.core.signal import PEER_ID_PREFIX, PeerId, make_peer_id
from peerset.signaling.aliases import KEY_BYTES, Aliases

ALIASES = Aliases(bytes(KEY_BYTES))
RNG = random.Random(0)
PEERS = [PeerId("0" * 20), PeerId("z" * 20), *(make_peer_id(RNG) for _ in range(500))]


def test_who_knows_the_key_finds_whose_an_alias_is() -> None:
    found = [ALIASES.of(peer) for peer in PEERS]
    assert len(set(found)) == len(PEERS)
    assert [ALIASES.peer(alias) for alias in found] == PEERS
    assert [ALIASES.of(peer) for peer in map(ALIASES.peer, PEERS) if peer is not None] == PEERS


def test_no_alias_is_that_of_another_key_or_begins_as_ids_of_ours_do() -> None:
    other = Aliases(bytes(KEY_BYTES - 1) + b"\1")
    found = [each.of(peer) for each in (ALIASES, other) for peer in PEERS]
    assert len(set(found)) == len(found)
    assert not any(alias.startswith(PEER_ID_PREFIX) for alias in found)
    # All characters stand everywhere.
    assert all(len(set(characters)) == 62 for characters in zip(*found, strict=True))


@pytest.mark.parametrize("text", ["", "0" * 19, "0" * 21, "0" * 19 + "-", "0" * 19 + "é", "٣" * 20])
def test_what_is_no_id_is_the_alias_of_nobody(text: str) -> None:
    assert ALIASES.peer(PeerId(text)) is None
