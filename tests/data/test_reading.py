"""Collections are read: queries, cursors, counts, what does not fit."""

from typing import Any

import pytest

import peerset
from peerset.core.limits import PAGE_DOCUMENTS_MAX
from peerset.errors import ConfigError, QueryError, RoomClosedError
from tests.data.places import INDEXED, Place, alone, foreign, version

TOWNS = [
    Place("Mitte", "Berlin", 4.5, peerset.Point(52.52, 13.4)),
    Place("Wedding", "Berlin", 3.0, peerset.Point(52.55, 13.35)),
    Place("Forum Romanum", "Rome", 5.0, peerset.Point(41.89, 12.48)),
    Place("Trastevere bars", "Rome", 4.0),
]


async def filled(room: peerset.Room) -> peerset.Collection[Place]:
    places = room.collection("places", Place, **INDEXED)
    for place in TOWNS:
        await places.add(place)
    return places


async def titles(places: peerset.Collection[Place], *args: Any, **options: Any) -> list[str]:
    return [doc.value.title for doc in await places.find(*args, **options)]


async def test_documents_are_found_by_their_fields_words_and_places() -> None:
    async with alone() as room:
        places = await filled(room)
        assert await titles(places) == [place.title for place in TOWNS[::-1]]
        assert await titles(places, {"city": "Berlin", "stars": {"gte": 4}}) == ["Mitte"]
        assert await titles(places, order="-stars", limit=2) == ["Forum Romanum", "Mitte"]
        assert await titles(places, order=["city", "stars"]) == ["Wedding", "Mitte", "Trastevere bars", "Forum Romanum"]
        assert await titles(places, text="forum rom*") == ["Forum Romanum"]
        assert await titles(places, {"at": {"within": peerset.Box(52, 13, 53, 14)}}) == ["Wedding", "Mitte"]
        assert await titles(places, {"at": {"near": peerset.Circle(52.52, 13.4, 1000)}}) == ["Mitte"]
        either = {"any": [{"city": "Rome"}, {"stars": 3}]}
        assert await titles(places, either, order="stars", limit=2) == ["Wedding", "Trastevere bars"]
        assert await titles(places, author=room.key, limit=1) == ["Trastevere bars"]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"where": {"town": "Berlin"}}, "no field 'town'; there are: at"),
        ({"where": {"stars": {"above": 4, "gte": 1}}}, "'above' cannot be asked of 'stars'"),
        ({"where": {"stars": {"gt": [1]}}}, "'gt' wants a number"),
        ({"where": [1]}, "conditions are an object"),
        ({"order": "town"}, "no field 'town' to be sorted by"),
        ({"order": 3}, "an order is"),
        ({"limit": 0.5}, "a page has 0 to 1000"),
        ({"limit": PAGE_DOCUMENTS_MAX + 1}, "a page has 0 to 1000"),
        ({"after": "beef"}, "no cursor"),
        ({"after": 7}, "a page begins after"),
        ({"author": "nobody"}, "a key is an npub"),
        ({"at": "yesterdayish"}, "time"),
        ({"text": 3}, "word|text"),
    ],
)
async def test_what_cannot_be_meant_is_refused_by_its_name(query: dict[str, Any], reason: str) -> None:
    async with alone() as room:
        places = room.collection("places", Place, **INDEXED)
        with pytest.raises(ConfigError, match=reason):
            await places.find(**query)


async def test_words_are_searched_where_fields_of_text_were_declared() -> None:
    async with alone() as room:
        with pytest.raises(QueryError, match="declare text="):
            await room.collection("places", Place).find(text="forum")


async def test_pages_follow_each_other_without_a_gap() -> None:
    async with alone() as room:
        notes = room.collection("notes", {"type": "object", "properties": {"n": {"type": "integer"}}}, indexes=["n"])
        for number in range(25):
            await notes.add({"n": number % 5})
        seen: list[Any] = []
        after = None
        for size in (10, 10, 5):
            page = await notes.find({"n": {"gte": 0}}, order="n", limit=10, after=after)
            assert len(page) == size
            seen += page.docs
            after = page.next
        assert after is None
        assert [doc.value["n"] for doc in seen] == sorted(number % 5 for number in range(25))
        assert len({doc.id for doc in seen}) == 25
        assert [doc async for doc in notes.all({"n": {"gte": 0}}, order="n")] == seen
        assert len(await notes.find(limit=0)) == 0


async def test_a_cursor_is_good_for_its_own_query_alone() -> None:
    async with alone() as room:
        places = await filled(room)
        page = await places.find({"city": "Rome"}, limit=1)
        assert page.next is not None
        for other in ({"city": "Berlin"}, None):
            with pytest.raises(QueryError, match="of another query"):
                await places.find(other, limit=1, after=page.next)
        with pytest.raises(QueryError, match="of another query"):
            await places.find({"city": "Rome"}, order="stars", after=page.next)


async def test_documents_are_counted_and_computed_with() -> None:
    async with alone() as room:
        places = await filled(room)
        assert await places.count() == 4
        assert await places.count({"city": "Rome"}, text="bars") == 1
        rows = await places.aggregate({"n": "count", "best": "max:stars"}, by="city")
        assert rows == [{"city": "Berlin", "n": 2, "best": 4.5}, {"city": "Rome", "n": 2, "best": 5.0}]
        assert await places.aggregate({"mean": "mean:stars"}, where={"city": "Rome"}) == [{"mean": 4.5}]
        for compute, by in (({"n": "median:stars"}, None), ({"n": "max:title.x"}, None), ({"n": "count"}, "town")):
            with pytest.raises(QueryError):
                await places.aggregate(compute, by=by)
        assert (await places.explain({"city": "Rome"})).rows_read > 0


async def test_what_does_not_fit_is_left_out_and_counted() -> None:
    async with alone() as room:
        places = await filled(room)
        now = float(room._driver.now().unix)
        strange = [
            foreign(room, "no json", tags=[("c", "places")], at=now - 1),
            foreign(room, '{"title":3,"city":"x"}', tags=[("c", "places")], at=now - 2),
            foreign(room, '{"title":"t","city":"c","stars":NaN}', tags=[("c", "places")], at=now - 3),
            version(room, "elsewhere/k", '{"title":"t","city":"c"}', at=now - 4),
            version(room, "places", '{"title":"t","city":"c"}', at=now - 5),
            version(room, "places/", '{"title":"t","city":"c"}', at=now - 6),
            version(room, "places/" + "x" * 513, '{"title":"t","city":"c"}', at=now - 7),
        ]
        await room.add(strange)
        assert await places.count() == 4
        assert [record.id for record in await places.misfits()] == [record.id for record in strange]
        assert await places.doc(strange[0]) is None


async def test_documents_of_earlier_collections_are_read_as_of_this_one() -> None:
    async with alone() as room:
        spots = room.collection("spots", {"type": "object", "properties": {"name": {"type": "string"}}})
        await spots.put("k", {"name": "Mitte"})
        record = (await spots.add({"name": "Wedding"})).record
    async with alone() as room:
        await room.add([record])
        upgrade: Any = lambda value: {"title": value["name"], "city": "Berlin"}  # noqa: E731 - short
        places = room.collection("places", Place, also=[peerset.Older("spots", upgrade)])
        await places.add(Place("Forum", "Rome"))
        assert await titles(places) == ["Forum", "Wedding"]
        with pytest.raises(ConfigError, match="spots are those of 'places' already"):
            room.collection("spots")


async def test_a_room_that_was_left_answers_nothing() -> None:
    async with alone() as room:
        places = await filled(room)
    for ask in (places.find(), places.get("k"), places.add(TOWNS[0]), places.heads(), places.ready(), places.count()):
        with pytest.raises(RoomClosedError):
            await ask
