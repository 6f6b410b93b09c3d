"""What the rooms of one event loop share."""

import random

import pytest

import peerset
from peerset.core.signal import PEER_ID_PREFIX, RoomName
from peerset.room.host import Host, NetworkOptions, Veil, host_for
from peerset.testing.memory import MemorySwarm

LOBBY, ATTIC = RoomName("peerset", "lobby"), RoomName("peerset", "attic")


async def test_a_loop_has_one_host_until_a_room_is_joined_twice() -> None:
    first = host_for(LOBBY)
    assert host_for(ATTIC) is first
    swarm_host = MemorySwarm().host()
    assert swarm_host is not first
    async with peerset.join("lobby", host=swarm_host):
        assert swarm_host.has_joined(LOBBY)
        assert not swarm_host.has_joined(ATTIC)
    assert not swarm_host.has_joined(LOBBY)


async def test_peer_ids_lead_and_differ() -> None:
    ids = {Host(rng=random.Random(seed)).peer_id for seed in range(9)}
    assert len(ids) == 9
    assert all(peer_id.startswith(PEER_ID_PREFIX) for peer_id in ids)


@pytest.mark.real_time
async def test_a_room_joined_on_the_loops_host_gives_the_next_its_own() -> None:
    host = host_for(LOBBY)
    options = NetworkOptions(ice_servers=(), allow_loopback=True)
    transport, signaling = host.enter(LOBBY, options, signaling=["ws://127.0.0.1:9"], veil=Veil())
    try:
        assert host_for(LOBBY) is not host
        assert host_for(ATTIC) is host
    finally:
        await transport.aclose()
        await signaling.aclose()
        await host.leave(LOBBY, options)
    assert host_for(LOBBY) is host


async def test_a_bad_tracker_address_is_told_before_anything_opens() -> None:
    host = Host()
    with pytest.raises(peerset.ConfigError, match="http://nowhere"):
        host.enter(LOBBY, NetworkOptions(), signaling=["torrent:http://nowhere"], veil=Veil())
    assert not host.has_joined(LOBBY)
