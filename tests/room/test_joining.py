"""Joining: what is refused before anything happens, and what is given back when it fails."""

from pathlib import Path

import pytest

import peerset
from peerset.core.keys import SecretKey
from peerset.stores.memory import MemoryStore
from peerset.testing.memory import MemorySwarm


class WatchedStore(MemoryStore):
    """Counts how often it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = 0

    async def aclose(self) -> None:
        self.closed += 1
        await super().aclose()


@pytest.mark.parametrize("room", ["", "x" * 1_025, "a\nb", "\ud800"])
async def test_a_bad_room_name_is_refused(room: str) -> None:
    with pytest.raises(peerset.ConfigError):
        async with peerset.join(room, host=MemorySwarm().host()):
            pass


async def test_an_unknown_kind_of_store_is_refused_with_what_there_is() -> None:
    with pytest.raises(peerset.ConfigError, match="sqlite"):
        async with peerset.join("lobby", store="tape:reel", host=MemorySwarm().host()):
            pass


async def test_a_bucket_that_divides_no_day_is_refused_and_the_store_closed() -> None:
    store = WatchedStore()
    with pytest.raises(peerset.ConfigError):
        async with peerset.join("lobby", store=store, bucket_seconds=7_000, host=MemorySwarm().host()):
            pass
    assert store.closed == 1


@pytest.mark.parametrize("bucket_seconds", [3_600, 21_600, 86_400])
async def test_buckets_of_any_size_give_the_same_root(bucket_seconds: int) -> None:
    key = SecretKey(bytes(31) + b"\1")
    swarm = MemorySwarm()
    async with (
        peerset.join("lobby", key=key, bucket_seconds=bucket_seconds, host=swarm.host()) as one,
        peerset.join("lobby", host=swarm.host()) as two,
    ):
        for number in range(5):
            await one.publish(f"record {number}")
        await two.synced(timeout=60)
        assert one.root == two.root
        assert one.key == key.public_key


async def test_the_store_is_closed_and_the_room_left_when_the_block_ends() -> None:
    store, host = WatchedStore(), MemorySwarm().host()
    async with peerset.join("lobby", store=store, host=host) as room:
        assert store.closed == 0
    assert store.closed == 1
    assert not host.has_joined(room.name)


async def test_a_key_is_made_when_none_is_given() -> None:
    swarm = MemorySwarm()
    async with peerset.join("lobby", host=swarm.host()) as one, peerset.join("lobby", host=swarm.host()) as two:
        assert one.key != two.key


@pytest.mark.real_time
async def test_a_bad_tracker_gives_the_file_back(tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path / 'lobby.db'}"
    for _ in range(2):
        with pytest.raises(peerset.ConfigError):
            async with peerset.join("lobby", store=store, trackers=["gopher://x"], host=peerset.Host()):
                pass
