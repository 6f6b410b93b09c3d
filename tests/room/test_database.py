"""A room as a database."""

from pathlib import Path

import pytest

import peerset
from peerset.errors import ConfigError, RoomClosedError
from tests.data.places import INDEXED, Place, alone, key_number


async def test_a_collection_is_there_at_once() -> None:
    async with alone() as room:
        places = room.collection("places", Place, **INDEXED)
        assert places.name == "places"
        assert "'places'" in repr(places)
        assert [definition.name for definition in room.collections] == ["places"]
        await places.ready()


@pytest.mark.parametrize(
    ("name", "options", "reason"),
    [
        ("Places", {}, "a collection's name"),
        ("", {}, "a collection's name"),
        ("p" * 65, {}, "a collection's name"),
        ("places", {"indexes": ["town"]}, "'town' cannot be indexed"),
        ("places", {"indexes": ["at"]}, "'at' cannot be indexed"),
        ("places", {"indexes": [f"-{name}" for name in "abcdefghijklmnopq"]}, "17 indexes"),
        ("places", {"text": "town"}, "no field 'town'"),
        ("places", {"place": "where"}, "no field 'where'"),
        ("places", {"also": ["spots"]}, "also= takes Older"),
        ("places", {"ttl": -1}, "a ttl"),
    ],
)
async def test_a_collection_that_cannot_be_meant_is_refused_at_once(
    name: str, options: dict[str, object], reason: str
) -> None:
    async with alone() as room:
        with pytest.raises(ConfigError, match=reason):
            room.collection(name, Place, **options)  # type: ignore[call-overload]


async def test_an_index_over_several_types_is_refused() -> None:
    mixed = {"type": "object", "properties": {"n": {"type": ["integer", "string"]}}}
    async with alone() as room:
        with pytest.raises(ConfigError, match="the schema must give it one type"):
            room.collection("mixed", mixed, indexes=["n"])


async def test_a_room_that_was_left_has_no_collections() -> None:
    async with alone() as room:
        pass
    with pytest.raises(RoomClosedError):
        room.collection("places")


@pytest.mark.real_time
async def test_documents_are_there_after_a_restart(tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path / 'room.db'}"
    options = {"trackers": [], "store": store, "key": key_number(1)}
    async with peerset.join("lobby", **options) as room:  # type: ignore[arg-type]
        doc = await room.collection("places", Place, **INDEXED).put("k", Place("t", "c"))
    async with peerset.join("lobby", **options) as room:  # type: ignore[arg-type]
        assert await room.collection("places", Place, **INDEXED).get("k") == doc
