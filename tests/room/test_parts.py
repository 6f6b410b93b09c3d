"""Parts of a room."""

from pathlib import Path

import pytest

import peerset
from peerset.core.signal import RoomName
from peerset.errors import ConfigError
from peerset.room.parts import policies_alike, store_beside
from peerset.stores.memory import MemoryStore
from peerset.testing.memory import MemorySwarm
from tests.patience import PATIENT_SECONDS

LOBBY, PHOTOS, NEWEST = (RoomName("peerset", name) for name in ("lobby", "lobby/photos", "lobby/photos/2026"))


async def test_a_part_is_a_room_of_its_own_that_others_join_by_its_name() -> None:
    swarm = MemorySwarm()
    async with (
        peerset.join("lobby", host=swarm.host()) as room,
        peerset.join("lobby/photos", host=swarm.host()) as other,
        room.sub("photos") as photos,
    ):
        assert (photos.name, photos.key, photos.peer_id) == (PHOTOS, room.key, room.peer_id)
        arrivals = other.events(peerset.RecordAdded)
        record = await photos.publish("a tree")
        assert getattr(await anext(arrivals), "record", None) == record
        assert room.count == 0
        assert room.peers == []


async def test_two_peers_share_what_both_are_in_and_a_part_may_have_parts() -> None:
    swarm = MemorySwarm()
    async with (
        peerset.join("lobby", host=swarm.host()) as one,
        peerset.join("lobby", host=swarm.host()) as two,
        one.sub("photos") as photos,
        photos.sub("2026") as newest,
        two.sub("photos/2026") as same,
    ):
        await newest.publish("a tree")
        await same.synced(timeout=PATIENT_SECONDS)
        assert [record.content for record in await same.records()] == ["a tree"]
        assert newest.name == same.name == RoomName("peerset", "lobby/photos/2026")
        assert photos.peers == []


@pytest.mark.real_time
async def test_a_part_rests_beside_the_whole_and_is_found_there_again(tmp_path: Path) -> None:
    for count in (1, 2):
        async with (
            peerset.join("lobby", store=tmp_path / "lobby.db", signaling=[]) as room,
            room.sub("photos") as photos,
        ):
            await photos.publish(f"tree {count}")
            assert photos.count == count
    assert {path.name for path in tmp_path.glob("*.db")} == {"lobby.db", "lobby.photos.db"}


@pytest.mark.real_time
async def test_a_part_has_the_rules_of_the_whole_unless_it_is_given_its_own() -> None:
    async with peerset.join("lobby", signaling=[], policies=["links"], retention="30d") as room:
        async with room.sub("photos") as photos:
            with pytest.raises(peerset.RejectedError, match="links"):
                await photos.publish("https://example.com/a")
        async with room.sub("links", policies=[], retention="60d", window="7d") as links:
            await links.publish("https://example.com/a")
            assert links.count == 1


async def test_what_cannot_be_a_part_is_named_and_nothing_is_joined() -> None:
    async with peerset.join("lobby", signaling=[]) as room:
        for name in ("", "/photos", "photos/", "a//b"):
            with pytest.raises(ConfigError, match="a part's name is not empty"):
                room.sub(name)
        with pytest.raises(ConfigError, match="a part's name is a text"):
            room.sub(5)  # type: ignore[arg-type]
        with pytest.raises(ConfigError, match="a window is from an hour"):
            async with room.sub("photos", window="59m"):
                raise AssertionError
        with pytest.raises(TypeError, match="stroe"):
            room.sub("photos", stroe="memory:")  # type: ignore[call-arg]


async def test_a_part_that_is_joined_already_is_refused_and_one_that_was_left_is_joined_again() -> None:
    swarm = MemorySwarm()
    async with peerset.join("lobby", host=swarm.host()) as room:
        for _ in range(2):
            async with room.sub("photos"):
                with pytest.raises(ConfigError, match="joined before"):
                    async with room.sub("photos"):
                        raise AssertionError


async def test_a_part_outlives_the_whole() -> None:
    swarm = MemorySwarm()
    async with peerset.join("lobby", host=swarm.host()) as room, room.sub("photos") as photos:
        await room.leave()
        await photos.publish("a tree")
        assert photos.is_open


def test_a_store_has_a_place_beside_it_for_each_part() -> None:
    assert store_beside("memory:", LOBBY, PHOTOS) == "memory:"
    assert store_beside("postgresql://db/rooms", LOBBY, PHOTOS) == "postgresql://db/rooms"
    assert store_beside("sqlite:/data/lobby.db", LOBBY, PHOTOS) == "sqlite:/data/lobby.photos.db"
    assert store_beside("sqlite:lobby", LOBBY, PHOTOS) == "sqlite:lobby.photos"
    at_once = store_beside("sqlite:lobby.db", LOBBY, NEWEST)
    assert at_once == store_beside("sqlite:lobby.photos.db", PHOTOS, NEWEST) == "sqlite:lobby.photos.2026.db"
    odd = [RoomName("peerset", f"lobby/{part}") for part in ("Photos", "photos!", "..", "Fotos ä", "\U0001f333")]
    places = [store_beside("sqlite:lobby.db", LOBBY, name) for name in odd]
    assert len({place.lower() for place in places}) == len(places)
    assert all(place.startswith("sqlite:lobby.") and place.isascii() and "/" not in place for place in places)


def test_what_serves_one_room_alone_has_to_be_said_anew_for_a_part() -> None:
    with pytest.raises(ConfigError, match="by store="):
        store_beside(MemoryStore(), LOBBY, PHOTOS)
    with pytest.raises(ConfigError, match="by store="):
        store_beside("postgres://box/rooms?schema=lobby", LOBBY, PHOTOS)
    assert policies_alike(["words", "links"], PHOTOS) == ["words", "links"]
    with pytest.raises(ConfigError, match="by policies="):
        policies_alike(["words", object()], PHOTOS)  # type: ignore[list-item]
