"""What docs/data.md promises to who comes from Hyperbee, Hyperdeebee and HyperDB, where no other test does so."""

from pathlib import Path
from typing import Any

import pytest

import peerset
from peerset.core.action import Json
from tests.data.places import INDEXED, Place, alone, everything, values


def anything(room: peerset.Room, name: str, **options: Any) -> peerset.Collection[Any]:
    return room.collection(name, **options)


async def test_registers_are_got_written_over_what_was_expected_and_deleted() -> None:
    async with alone() as room:
        bee = anything(room, "bee")
        first = await bee.put("a", 1, expected=None)
        second = await bee.update("a", lambda old: (old or 0) + 1)
        assert await bee.get("a") == second
        assert await bee.doc(first.id) == first
        assert list(await bee.get_many(["a", "b"])) == ["a"]
        assert (await bee.find({"key": "a"}, limit=1)).docs == (second,)
        for wrong in (first, None):
            with pytest.raises(peerset.ConflictError):
                await bee.delete("a", expected=wrong)
        gone = await bee.delete("a", expected=second)
        assert values(await bee.history("a")) == [None, 2, 1]
        assert (await bee.get("a"), gone.is_deleted) == (None, True)


async def test_a_batch_is_written_by_its_commit_and_costs_nothing_without() -> None:
    async with alone() as room:
        bee = anything(room, "bee")
        await bee.put("b", 0)
        batch = room.batch()
        batch.put(bee, "a", 1, expected=None)
        batch.delete(bee, "b")
        batch.add(bee, 2)
        assert len(await bee.find()) == 1
        assert [doc.value for doc in await batch.commit()] == [1, None, 2]
        room.batch().put(bee, "never", 3)
        assert values(await bee.find(order="time")) == [1, 2]


async def test_a_range_of_keys_is_read_in_both_directions_peeked_at_and_watched() -> None:
    async with alone() as room:
        bee = anything(room, "bee")
        for key in ("a/1", "a/2", "b", "c"):
            await bee.put(key, key)
        within = {"key": {"gte": "a/1", "lt": "c"}}
        assert values(await bee.find(within, order="key", limit=2)) == ["a/1", "a/2"]
        assert values(await bee.find(within, order="-key")) == ["b", "a/2", "a/1"]
        assert values(await bee.find({"key": {"gt": "a/2"}}, order="key", limit=1)) == ["b"]
        async with await bee.live({"key": {"prefix": "a/"}}, order="key") as live:
            assert values(live.docs) == ["a/1", "a/2"]
            await bee.put("d", "aside")
            await bee.put("a/3", "new")
            assert [(place, doc.value) for place, doc in (await anext(live)).added] == [(2, "new")]


async def test_the_past_is_read_by_time_and_two_times_are_compared() -> None:
    async with alone() as room:
        bee, other = anything(room, "bee"), anything(room, "other")
        first = await bee.put("a/1", "old")
        await bee.put("b", "b")
        before = await bee.put("a/2", "two")
        await other.put("a/1", "same key")
        await bee.put("a/1", "new")
        after = await bee.delete("a/2")
        assert await bee.get("a/1", at=before) == first
        assert values(await bee.find({"key": {"prefix": "a/"}}, order="key", at=before)) == ["old", "two"]
        found = [(key, old and old.value, new and new.value) async for key, old, new in bee.diff(before, after)]
        assert found == [("a/1", "old", "new"), ("a/2", "two", None)]
        assert await everything(bee.diff(before, after, prefix="b")) == []
        changed = [change.record async for change in room.changes(collection="bee", live=False)]
        assert changed == [doc.record for doc in await everything(bee.all(order="time"))]
        assert values(await bee.history("a/1")) == ["new", "old"]
        assert values(await everything(bee.all(order="key", at=before))) == ["old", "two", "b"]


async def test_a_register_is_put_got_and_watched() -> None:
    async with alone() as room:
        me = anything(room, "me")
        await me.put("name", "Ann")
        async with await me.watch("name") as live:
            assert values(live.docs) == ["Ann"]
            await me.put("name", "Bob")
            [(_, doc)] = (await anext(live)).changed
            assert doc == await me.get("name")


async def test_documents_are_changed_by_functions_and_go_in_three_ways() -> None:
    async with alone() as room:
        notes = anything(room, "notes")
        for key in ("a", "b"):
            await notes.put(key, {"n": 1, "tags": []})

        def more(old: Any) -> Json:
            return {"n": old["n"] + 1, "tags": [*old["tags"], "new"]}

        await notes.update("a", more)
        assert await notes.update_all({"tags": {"exists": True}}, more) == 2
        assert [doc.value["n"] for doc in await notes.find(order="-n")] == [3, 2]
        added = await notes.add({"n": 9})
        assert await notes.aggregate({"sum": "count"}) == [{"sum": 3}]
        await notes.remove(added)
        await notes.delete("a")
        assert [await notes.erase(key) for key in ("a", "b")] == [4, 2]
        assert await notes.find() == peerset.Page((), None)


async def test_conditions_are_those_of_mongo_and_more() -> None:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {
            "n": {"type": "integer"},
            "owner": {"type": "object", "properties": {"name": {"type": "string"}}},
            "tags": {"type": "array", "items": {"type": "string"}},
        },
    }
    async with alone() as room:
        notes = anything(room, "notes", model=schema, indexes=["n", "tags[]", "owner.name"])
        for n in range(6):
            tags = [tag for tag, step in (("even", 2), ("third", 3)) if n % step == 0]
            await notes.put(f"a/{n}" if n < 3 else f"b/{n}", {"n": n, "tags": tags, "owner": {"name": f"o{n}"}})

        async def found(where: dict[str, Any]) -> list[int]:
            return [doc.value["n"] for doc in await notes.find(where, order="n")]

        assert await found({"n": {"gt": 1, "lte": 4}}) == [2, 3, 4]
        assert await found({"n": {"gte": 1, "lt": 3}}) == [1, 2]
        assert await found({"n": {"in": [0, 5]}}) == [0, 5]
        assert await found({"n": {"eq": 3}}) == await found({"n": 3}) == [3]
        assert await found({"n": {"ne": 3}, "tags": {"exists": True}}) == [0, 1, 2, 4, 5]
        assert await found({"tags": {"has": "third"}}) == [0, 3]
        assert await found({"tags": {"all": ["third", "even"]}}) == [0]
        assert await found({"any": [{"n": 1}, {"tags": {"has": "third"}}]}) == [0, 1, 3]
        assert await found({"key": {"prefix": "a/"}, "owner.name": {"gt": "o0"}}) == [1, 2]
        assert await notes.count({"n": {"gt": 3}}) == 2
        assert (await notes.explain()).indexes == (("n", "-time"), ("owner.name", "-time"), ("tags[]",))
        first = await notes.find(order="-n", limit=2)
        more = await notes.find(order="-n", limit=2, after=first.next)
        assert [doc.value["n"] for doc in [*first.docs, *more.docs]] == [5, 4, 3, 2]


@pytest.mark.real_time
async def test_an_index_builds_itself_and_explain_says_which_is_used_and_what_to_declare(tmp_path: Path) -> None:
    options = {"store": f"sqlite:{tmp_path / 'room.db'}", "key": str(tmp_path / "me.key")}
    async with alone(**options) as room:
        places = room.collection("places", Place)
        await places.add(Place("Zoo", "Berlin"))
        assert (await places.explain({"city": "Berlin"})).advice == "indexes=['city']"
    async with alone(**options) as room:
        places = room.collection("places", Place, indexes=["city"])
        await places.ready()
        explanation = await places.explain({"city": "Berlin"}, order="-time")
        assert (explanation.index, explanation.advice) == (("city", "-time"), "")
        assert (await places.find({"city": "Berlin"}))[0].value.title == "Zoo"


async def test_a_collection_is_declared_again_and_a_live_query_closed() -> None:
    async with alone() as room:
        places = room.collection("places", Place, **INDEXED)
        again = room.collection("places", Place, **INDEXED)
        live = await again.live({"city": "Berlin"})
        await places.add(Place("Zoo", "Berlin"))
        assert [doc.value.title for _, doc in (await anext(live)).added] == ["Zoo"]
        live.close()
        await places.add(Place("Park", "Berlin"))
        assert await anext(live, None) is None
        [park, zoo] = (await again.find({"city": "Berlin"})).docs
        assert await again.doc(zoo.id) == zoo
        assert (await again.find(limit=1)).docs == (park,)
