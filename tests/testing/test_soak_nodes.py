"""What the nodes of a soak keep where, and how that is compared."""

from pathlib import Path

import pytest

from peerset.cli.database import Database
from peerset.core.record import Record
from peerset.core.signal import RoomName
from peerset.plugins import open_store
from peerset.testing.machine import SIMULATED_ROOM
from peerset.testing.soak_nodes import SoakNode, counts_of_all, differences
from tests.testing.records import make_record

ONE, TWO = make_record("one"), make_record("two")


async def filled(folder: Path, **rooms: list[Record]) -> dict[str, str]:
    folder.mkdir()
    places = {name: f"sqlite:{folder / name}.db" for name in rooms}
    for name, records in rooms.items():
        store = await open_store(places[name])
        await store.bind(SIMULATED_ROOM.tag)
        await store.add(records)
        await store.aclose()
    return places


@pytest.mark.real_time
async def test_what_nodes_do_not_share_and_what_none_has_is_found(tmp_path: Path) -> None:
    first = await filled(tmp_path / "a", hall=[ONE, TWO], lobby=[ONE])
    second = await filled(tmp_path / "b", hall=[TWO, ONE], lobby=[])
    assert await differences([first, first], [ONE.id, TWO.id]) == []
    lost = make_record("three").id
    assert await differences([first, second], [ONE.id, lost]) == [
        "lobby differs: 1, 0 records",
        "1 records are lost",
    ]


class Telling(SoakNode):
    """A node that is not started, and says these counts."""

    def __init__(self, counts: dict[str, int]) -> None:
        self._counts = counts

    async def counts(self) -> dict[str, int]:
        return self._counts


async def test_nodes_that_share_a_database_have_each_room_once() -> None:
    assert await counts_of_all([Telling({"a": 1}), Telling({"b": 2})]) == {"a": 1, "b": 2}
    assert await counts_of_all([Telling({"a": 1}), Telling({"a": 1, "b": 2})]) is None


def test_nodes_of_a_database_find_their_rooms_in_schemas_of_its_own(tmp_path: Path) -> None:
    address = "postgresql://somebody@host/somewhere?schema=soak"
    shared = SoakNode(tmp_path / "shared", ["room 1"], "ws://127.0.0.1:9", database=address)
    assert shared.stores == {
        "room 1": f"{address}&schema={Database(address, 'x').schema(RoomName('peerset', 'room 1'))}"
    }
    assert "store" not in (tmp_path / "shared" / "rooms.toml").read_text()
    alone = SoakNode(tmp_path / "alone", ["room 1"], "ws://127.0.0.1:9")
    assert alone.stores == {"room 1": f"sqlite:{tmp_path / 'alone' / 'rooms' / 'room-1.db'}"}
    assert alone.stores["room 1"] in (tmp_path / "alone" / "rooms.toml").read_text()
