"""How schemas are called: as people find them, and as no two rooms share one."""

import pytest

from peerset.core.signal import RoomName
from peerset.stores.postgres.naming import PREFIX, PREFIX_CHARACTERS_MAX, room_schema, store_of
from peerset.stores.postgres.place import read_place


@pytest.mark.parametrize(
    ("room", "slug"),
    [("lobby", "lobby"), ("Our Lobby!", "our_lobby"), ("日本", "room"), ("a" * 64, "a" * 20), ("_;_", "room")],
)
def test_a_schema_has_what_can_be_read_of_its_room(room: str, slug: str) -> None:
    name = RoomName("peerset", room)
    schema = room_schema("p" * PREFIX_CHARACTERS_MAX, name)
    assert schema == f"{'p' * PREFIX_CHARACTERS_MAX}_{slug}_{name.tag.hex()[:12]}"
    assert read_place(f"//host/rooms?schema={schema}").schema == schema


def test_rooms_of_one_slug_have_schemas_of_their_own() -> None:
    names = [RoomName("peerset", "lobby"), RoomName("peerset", "Lobby"), RoomName("chat", "lobby")]
    assert len({room_schema(PREFIX, name) for name in names}) == 3


def test_a_database_that_names_no_schema_has_one_for_each_room() -> None:
    lobby = RoomName("peerset", "lobby")
    schema = room_schema(PREFIX, lobby)
    assert store_of("postgresql://me@db/rooms", lobby) == f"postgresql://me@db/rooms?schema={schema}"
    assert (
        store_of("postgres://db/rooms?sslmode=require", lobby) == f"postgres://db/rooms?sslmode=require&schema={schema}"
    )
    for spec in ("postgresql://db/rooms?schema=mine", "postgresql://db/rooms?schema=", "sqlite:postgresql:", "memory:"):
        assert store_of(spec, lobby) == spec
