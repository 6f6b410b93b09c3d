"""A swarm in one process, for tests of programs that use rooms."""

import peerset
from peerset.testing.memory import MemorySwarm


async def test_peers_of_one_swarm_meet_and_those_of_two_do_not() -> None:
    one, other = MemorySwarm(), MemorySwarm()
    async with (
        peerset.join("lobby", host=one.host()) as first,
        peerset.join("lobby", host=one.host(), password="ignored here", signaling=[]) as second,
        peerset.join("lobby", host=other.host()) as stranger,
    ):
        await first.synced(timeout=60)
        assert [peer.id for peer in first.peers] == [second.peer_id]
        assert stranger.peers == []


async def test_one_seed_gives_one_swarm() -> None:
    assert MemorySwarm(seed=4).host().peer_id == MemorySwarm(seed=4).host().peer_id
    assert MemorySwarm(seed=4).host().peer_id != MemorySwarm(seed=5).host().peer_id


async def test_the_members_of_a_room_need_a_host_each() -> None:
    swarm = MemorySwarm()
    async with peerset.join("lobby", host=swarm.host()) as room:
        assert room.signaling == []
        assert room.count == 0


async def test_peers_meet_on_a_board_too_and_a_room_with_another_password_is_another() -> None:
    swarm = MemorySwarm()
    async with (
        peerset.join("lobby", host=swarm.board_host()) as first,
        peerset.join("lobby", host=swarm.board_host()) as second,
        peerset.join("lobby", host=swarm.board_host(), password="secret") as stranger,
    ):
        await first.synced(timeout=60)
        assert [peer.id for peer in first.peers] == [second.peer_id]
        assert stranger.peers == []
