"""Joining: what is refused before anything happens, and what is given back when it fails."""

import os
from pathlib import Path
from typing import Any, Final

import pytest

import peerset
from peerset.core.keys import SecretKey, npub
from peerset.core.signal import RoomName
from peerset.keyfiles import key_path, load_key
from peerset.moderation.moderator import KINDS_OF_NOTES
from peerset.stores.memory import MemoryStore
from peerset.testing.memory import MemorySwarm
from tests.patience import PATIENT_SECONDS

KEY: Final = SecretKey(bytes(31) + b"\7")


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


async def test_a_store_of_another_room_is_refused_and_closed() -> None:
    store = WatchedStore()
    await store.bind(RoomName("peerset", "elsewhere").tag)
    with pytest.raises(peerset.ConfigError):
        async with peerset.join("lobby", store=store, host=MemorySwarm().host()):
            pass
    assert store.closed == 1


class FailingStore(MemoryStore):
    """Fails where a room is about to be made."""

    async def notes(self, kind: str) -> dict[bytes, str]:
        if kind in KINDS_OF_NOTES:
            raise peerset.StoreError(f"no {kind} can be read")
        return await super().notes(kind)


@pytest.mark.real_time
async def test_a_room_that_could_not_be_made_can_be_joined_again_by_the_same_host() -> None:
    host = peerset.Host()
    nowhere: dict[str, Any] = {"signaling": ["ws://127.0.0.1:9"], "ice_servers": (), "host": host}
    # With this one the host goes on when the other fails.
    async with peerset.join("hall", **nowhere):
        with pytest.raises(peerset.StoreError, match="can be read"):
            async with peerset.join("lobby", store=FailingStore(), **nowhere):
                pass
        async with peerset.join("lobby", **nowhere) as room:
            assert room.peers == []


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
        await two.synced(timeout=PATIENT_SECONDS)
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
            async with peerset.join("lobby", store=store, signaling=["gopher://x"], host=peerset.Host()):
                pass


@pytest.mark.parametrize(
    "options",
    [
        {"signaling": ["gopher://x"]},
        {"signaling": "gopher://x"},
        {"signaling": 5},
        {"signaling": [b"wss://x"]},
        {"ice_servers": "http://x"},
        {"ice_servers": [5]},
        {"bucket_seconds": 7_000},
        {"bucket_seconds": "day"},
        {"policies": "nonsense"},
        {"policies": [5]},
        {"policies": 5},
        {"password": b"secret"},
        {"phases": "5m"},
        {"app": 5},
        {"key": 5},
        {"key": ""},
        {"key": b"short"},
        {"key": "nsec1nonsense"},
        {"store": 5},
    ],
)
async def test_nothing_is_made_before_everything_is_checked(
    options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(peerset.ConfigError):
        async with peerset.join("lobby", **{"store": "sqlite:lobby.db", "key": "bot", **options}):
            pass
    assert list(tmp_path.iterdir()) == []


async def test_a_store_is_opened_when_all_else_is_checked() -> None:
    opened: list[MemoryStore] = []

    async def open_it() -> MemoryStore:
        opened.append(MemoryStore())
        return opened[0]

    with pytest.raises(peerset.ConfigError, match="tracker"):
        async with peerset.join("lobby", store=open_it, signaling=["ws://"]):
            pass
    assert opened == []
    async with peerset.join("lobby", store=open_it, signaling=[]) as room:
        record = await room.publish("hi")
        assert list(await opened[0].get([record.id])) == [record]


@pytest.mark.real_time
async def test_a_key_is_called_by_its_name_and_made_when_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    authors = []
    for _ in range(2):
        async with peerset.join("lobby", key="bot", signaling=[]) as room:
            authors.append(room.key)
    assert authors[0] == authors[1] == load_key("bot").public_key
    for other in (key_path("bot"), load_key("bot").to_nsec(), load_key("bot")):
        async with peerset.join("lobby", key=other, signaling=[]) as room:
            assert room.key == authors[0]


@pytest.mark.parametrize("key", [npub(KEY.public_key), KEY.secret.hex(), "ncryptsec1" + "q" * 60])
async def test_no_key_file_is_named_after_a_key(key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with pytest.raises(peerset.ConfigError, match="nsec text or its file") as error:
        async with peerset.join("lobby", key=key, signaling=[]):
            pass
    assert key not in str(error.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.real_time
async def test_a_store_without_a_key_says_that_each_run_is_another_author(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "peerset")
    async with peerset.join("lobby", store=tmp_path / "lobby.db", signaling=[]) as room:
        await room.publish("hello")
    assert "each run writes as another author" in caplog.text
    assert (tmp_path / "lobby.db").exists()
    caplog.clear()
    async with peerset.join("lobby", store=f"sqlite:{tmp_path / 'lobby.db'}", key=KEY, signaling=[]) as room:
        assert room.count == 1
    assert "another author" not in caplog.text


async def test_a_room_without_trackers_has_no_network() -> None:
    async with peerset.join("lobby", signaling=[]) as room, peerset.join("lobby", signaling=()) as other:
        record = await room.publish("hello")
        assert await room.records() == [record]
        assert room.peers == other.peers == []
        assert room.signaling == []
        with pytest.raises(TimeoutError):
            await room.synced(timeout=1)


@pytest.mark.real_time
@pytest.mark.parametrize(("password", "others"), [("", 0o044), ("sesame", 0)])
async def test_the_store_of_a_room_with_a_password_is_its_owners_alone(
    tmp_path: Path, password: str, others: int
) -> None:
    before = os.umask(0o022)
    try:
        async with peerset.join("lobby", store=tmp_path / "lobby.db", password=password, signaling=[]) as room:
            await room.publish("hello")
            assert {file.stat().st_mode & 0o077 for file in tmp_path.iterdir()} == {others}
    finally:
        os.umask(before)


async def test_one_of_anything_will_do_where_several_may_stand() -> None:
    options: Any = {"policies": "words", "ice_servers": "stun:127.0.0.1:3478"}
    async with peerset.join("lobby", host=MemorySwarm().host(), **options) as room:
        assert room.count == 0


async def test_a_room_is_joined_once_on_a_host() -> None:
    host = MemorySwarm().host()
    async with peerset.join("lobby", host=host):
        with pytest.raises(peerset.ConfigError, match="joined before"):
            async with peerset.join("lobby", host=host):
                pass
