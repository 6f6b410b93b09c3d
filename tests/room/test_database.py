"""A room as a database."""

from pathlib import Path

import pytest

import peerset
from peerset.cli.offline import Hermit
from peerset.errors import ConfigError, QueryError, RoomClosedError, StoreError
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
    options = {"signaling": [], "store": store, "key": key_number(1)}
    async with peerset.join("lobby", **options) as room:  # type: ignore[arg-type]
        doc = await room.collection("places", Place, **INDEXED).put("k", Place("t", "c"))
    async with peerset.join("lobby", **options) as room:  # type: ignore[arg-type]
        assert await room.collection("places", Place, **INDEXED).get("k") == doc


@pytest.mark.real_time
async def test_collections_are_read_by_sql(tmp_path: Path) -> None:
    async with alone(store=f"sqlite:{tmp_path / 'room.db'}") as room:
        places = room.collection("places", Place, **INDEXED)
        for title, city, stars in (("a", "Berlin", 4), ("b", "Berlin", 5), ("c", "Roma", 3)):
            await places.add(Place(title, city, stars))
        rows = await room.sql("SELECT city, avg(stars) AS stars FROM places GROUP BY city ORDER BY city")
        assert list(rows) == [{"city": "Berlin", "stars": 4.5}, {"city": "Roma", "stars": 3.0}]
        assert (await room.sql("SELECT title FROM places WHERE stars > ?", [4])).cells == (("b",),)
        doc = (await places.find({"title": "c"})).docs[0]
        (row,) = await room.sql("SELECT id, author, stamp FROM places WHERE city = :city", {"city": "Roma"})
        assert row == {"id": doc.id.hex(), "author": room.key.hex(), "stamp": doc.stamp}
        for written in ("DELETE FROM places", "SELECT 1; SELECT 2", "SELEC 1"):
            with pytest.raises(QueryError):
                await room.sql(written)
        muted = await room.sql("SELECT count(*) FROM records")
        await room.moderation.mute(key_number(5).public_key)
        assert await room.sql("SELECT count(*) FROM records") == muted
    with pytest.raises(RoomClosedError):
        await room.sql("SELECT 1")


@pytest.mark.real_time
async def test_sql_sees_what_is_hidden_no_more(tmp_path: Path) -> None:
    async with alone(store=f"sqlite:{tmp_path / 'room.db'}") as room:
        assert (await room.sql("SELECT count(*) FROM records")).cells == ((0,),)
        await room.publish("hello")
        assert (await room.sql("SELECT count(*) FROM records")).cells == ((1,),)
        await room.moderation.mute(room.key)
        assert (await room.sql("SELECT count(*) FROM records")).cells == ((0,),)


async def test_a_store_without_a_file_answers_no_sql() -> None:
    async with alone(store="memory:") as room:
        with pytest.raises(QueryError, match=r"answers no SQL: join with one such as store='sqlite:room\.db'"):
            await room.sql("SELECT 1")


@pytest.mark.real_time
async def test_all_that_was_declared_on_a_store_is_recalled(tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path / 'room.db'}"
    async with alone(store=store) as room:
        await room.collection("spots").add({"title": "t", "city": "c"})
    async with alone(store=store) as room:
        await room.collection("places", Place, also=[peerset.Older("spots")], **INDEXED).ready()
        await room.collection("log").ready()
    async with alone(store=store) as room:
        found = await room.recall_all()
        assert [each.name for each in found] == ["places", "log"]
        assert (await room.sql("SELECT count(*) FROM places")).cells == ((1,),)


async def test_how_far_the_indexes_have_come_is_an_event() -> None:
    async with alone() as room:
        for number in range(3):
            await room.publish(f'{{"title":"{number}","city":"Berlin"}}', tags=[("c", "places")])
        await room.collection("others").ready()
        events = room.events(peerset.RecordsIndexed)
        await room.collection("places", Place, **INDEXED).ready()
        assert await anext(events) == peerset.RecordsIndexed(left=0)


@pytest.mark.real_time
async def test_collections_of_a_file_that_may_only_be_read_are_found(tmp_path: Path) -> None:
    path = tmp_path / "room.db"
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    async with peerset.join("lobby", signaling=[], store=f"sqlite:{path}", host=Hermit()) as room:
        places = room.collection("places", schema, indexes=["city"])
        await places.put("k", {"city": "Berlin"})
        await places.add({"city": "Rome"}, ttl=86_400)
        assert await places.count() == 2
    async with peerset.join("lobby", signaling=[], store=f"sqlite:{path}?mode=ro", host=Hermit()) as room:
        again = await room.recall("places")
        assert [doc.value for doc in await again.find({"city": "Berlin"})] == [{"city": "Berlin"}]
        assert await again.count() == 2
        assert (await again.explain({"city": "Rome"})).index == ("city", "-time")
        with pytest.raises(StoreError, match="may not be written"):
            await again.put("k", {"city": "Oslo"})
    for name, model in (("others", None), ("places", {"type": "object", "properties": {"town": {"type": "string"}}})):
        async with peerset.join("lobby", signaling=[], store=f"sqlite:{path}?mode=ro", host=Hermit()) as room:
            with pytest.raises(StoreError, match=f"'{name}' is not indexed as it is declared here.* may only be read"):
                await room.collection(name, model).find()
