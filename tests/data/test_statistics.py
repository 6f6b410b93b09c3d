"""How long each kind of query takes."""

import peerset
from peerset.data.statistics import KINDS_MAX, TIMES_KEPT, QueryFigures, Statistics
from tests.data.places import INDEXED, Place, alone


def test_kinds_are_counted_and_timed() -> None:
    known = Statistics()
    for seconds in (3.0, 1.0, 2.0):
        known.note("places", "find by -time", seconds)
    known.note("notes", "count by -time", 5.0)
    assert known.figures() == [
        QueryFigures("notes", "count by -time", 1, 5.0, 5.0),
        QueryFigures("places", "find by -time", 3, 2.0, 3.0),
    ]


def test_the_median_is_of_the_last_and_kinds_are_few() -> None:
    known = Statistics()
    for number in range(KINDS_MAX):
        known.note("places", f"find {number}", 1.0)
    for _ in range(TIMES_KEPT + 1):
        known.note("places", "find 0", 0.5)
    known.note("places", "one more", 1.0)
    figures = {each.query: each for each in known.figures()}
    assert len(figures) == KINDS_MAX
    assert "find 1" not in figures, "what was asked long ago is forgotten first"
    assert figures["find 0"] == QueryFigures("places", "find 0", TIMES_KEPT + 2, 0.5, 1.0)


async def test_a_room_says_what_was_asked_of_it() -> None:
    async with alone() as room:
        places: peerset.Collection[Place] = room.collection("places", Place, **INDEXED)
        await places.add(Place("Mitte", "Berlin"))
        for city in ("Berlin", "Rome", "Paris"):
            await places.find({"city": city}, order="-stars")
        await places.count({"city": "Berlin"})
        await places.aggregate({"n": "count"}, by="city")
        await places.get("k")
        found = {each.query: each for each in room.queries}
        assert found.keys() == {
            "find city eq, by -stars -time",
            "count city eq, by -time",
            "aggregate by -time",
            "find key eq, author eq, by -time",
        }
        assert found["find city eq, by -stars -time"].count == 3
        assert all(0 <= each.p50 <= each.longest and each.collection == "places" for each in found.values())
