"""The database of a fleet of nodes, as an address names it."""

import pytest

from peerset.cli.database import Database, name_node
from peerset.core.signal import RoomName
from peerset.errors import ConfigError
from peerset.stores.postgres.place import Place, read_place

LOBBY = RoomName("peerset", "Lobby & Bar!")
ADDRESS = "postgresql://me:secret@db.example/rooms"


def test_each_room_has_a_schema_that_people_find_and_no_other_room_has() -> None:
    database = Database(ADDRESS, "n1")
    schema = database.schema(LOBBY)
    assert schema == f"peerset_lobby_bar_{LOBBY.tag.hex()[:12]}"
    assert schema != database.schema(RoomName("chat", LOBBY.room))
    assert database.schema(RoomName("peerset", "日本")).startswith("peerset_room_")
    assert read_place(database.store(LOBBY).removeprefix("postgresql:")) == Place(
        ADDRESS, schema, "peerset_fleet", "n1"
    )
    assert "secret" not in repr(database)


def test_several_fleets_of_one_database_are_told_apart_by_their_schema() -> None:
    database = Database(f"{ADDRESS}?schema=east&sslmode=require", "n1")
    place = read_place(database.store(LOBBY).removeprefix("postgresql:"))
    assert (place.address, place.fleet) == (f"{ADDRESS}?sslmode=require", "east_fleet")
    assert place.schema.startswith("east_lobby_bar_")


@pytest.mark.parametrize(
    "address", ["db.example", "sqlite:rooms.db", "postgresql:rooms", f"{ADDRESS}?schema={'a' * 25}"]
)
def test_what_names_no_database_is_refused(address: str) -> None:
    with pytest.raises(ConfigError):
        Database(address, "n1")


def test_a_node_is_named_by_its_machine_and_by_chance() -> None:
    assert name_node(7, lambda count: bytes(count)).endswith("-7-00000000")
