"""Collections are written: documents, logs, registers."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import peerset
from peerset.core.limits import DOCUMENT_KEY_BYTES_MAX
from peerset.core.record import KIND_KEYED, KIND_RECORD
from peerset.errors import ConfigError, ConflictError, MalformedError, RejectedError, SchemaError
from tests.data.places import INDEXED, Place, alone, foreign, pair, version

BERLIN = Place("Mitte", "Berlin", 4.5)


async def test_a_document_is_a_record_of_the_collection() -> None:
    async with alone() as room:
        places = room.collection("places", Place, **INDEXED)
        doc = await places.add(BERLIN)
        assert (doc.key, doc.value, doc.author, doc.follows) == (None, BERLIN, room.key, ())
        assert (doc.record.kind, doc.record.tag_values("c")) == (KIND_RECORD, ["places"])
        assert await room.records(collection="places") == [doc.record]
        assert await places.doc(doc) == doc
        assert (await places.find()).docs == (doc,)


@pytest.mark.parametrize(
    ("value", "path"),
    [(Place("", "x"), "title"), (Place("a", "x", 6), "stars"), (Place("a", 3), "city"), ({"title": "a"}, "")],  # type: ignore[arg-type]
)
async def test_a_value_that_does_not_fit_is_refused_before_anything_is_signed(value: Any, path: str) -> None:
    async with alone() as room:
        places = room.collection("places", Place)
        writes: list[Callable[[], Any]] = [
            lambda: places.add(value),
            lambda: places.put("k", value),
            lambda: places.append(value),
        ]
        for write in writes:
            with pytest.raises(SchemaError) as caught:
                await write()
            assert caught.value.path == path
        assert room.count == 0


async def test_a_document_is_dated_after_what_it_follows() -> None:
    async with alone() as room:
        notes = room.collection("notes")
        one = await notes.add({"n": 1})
        two = await notes.add({"n": 2}, follows=one)
        three = await notes.add({"n": 3}, follows=[one.id, two.id.hex()])
        assert (two.follows, three.follows) == ((one.id,), (one.id, two.id))
        assert one.stamp < two.stamp < three.stamp


async def test_what_is_not_here_cannot_be_followed() -> None:
    async with alone() as room:
        notes = room.collection("notes")
        with pytest.raises(ConfigError, match="no record 00000000 here to follow"):
            await notes.add({"n": 1}, follows=bytes(32))


async def test_a_log_joins_what_its_writers_did_not_know_of_each_other() -> None:
    async with pair() as (one, two):
        mine, theirs = one.collection("log"), two.collection("log")
        first = await mine.append("a")
        await one.synced()
        forks = [await mine.append("b"), await theirs.append("c")]
        await asyncio.sleep(5)
        await one.synced()
        joined = await theirs.append("d")
        assert {each.id for each in forks} == set(joined.follows)
        assert [doc.value for doc in await theirs.heads()] == ["d"]
        assert {doc.id async for doc in theirs.ancestors(joined)} == {first.id, *(each.id for each in forks)}


async def test_entries_appended_at_once_follow_each_other() -> None:
    async with alone() as room:
        log = room.collection("log")
        docs = await asyncio.gather(*(log.append(number) for number in range(5)))
        assert [doc.follows for doc in docs[1:]] == [(doc.id,) for doc in docs[:-1]]


async def test_a_register_has_a_winner_and_a_history() -> None:
    async with alone() as room:
        places = room.collection("places", Place)
        old = await places.put("berlin", BERLIN)
        new = await places.put("berlin", Place("Wedding", "Berlin"))
        assert (new.key, new.follows) == ("berlin", (old.id,))
        assert new.record.kind == KIND_KEYED
        assert new.record.tag_values("d") == ["places/berlin"]
        assert await places.get("berlin") == new
        assert await places.history("berlin") == [new, old]
        assert await places.heads("berlin") == [new]
        assert await places.count() == 1
        assert await room.records() == [new.record]


async def test_two_collections_may_have_the_same_keys() -> None:
    async with alone() as room:
        one, two = room.collection("one"), room.collection("two")
        await one.put("k", 1)
        await two.put("k", 2)
        assert [(doc.value if doc else None) for doc in (await one.get("k"), await two.get("k"))] == [1, 2]


@pytest.mark.parametrize("key", ["", "x" * (DOCUMENT_KEY_BYTES_MAX + 1), "é" * 257, 3, None])
async def test_a_key_is_a_text_of_some_length(key: Any) -> None:
    async with alone() as room:
        places = room.collection("places", Place)
        uses: list[Callable[[], Any]] = [
            lambda: places.put(key, BERLIN),
            lambda: places.get(key),
            lambda: places.delete(key),
        ]
        for use in uses:
            with pytest.raises(ConfigError, match="a key is a text of 1 to 512 bytes"):
                await use()
        assert (await places.put("x" * DOCUMENT_KEY_BYTES_MAX, BERLIN)).value == BERLIN


async def test_what_was_expected_is_replaced_and_nothing_else() -> None:
    async with alone() as room:
        places = room.collection("places", Place)
        one = await places.put("k", BERLIN, expected=None)
        with pytest.raises(ConflictError) as caught:
            await places.put("k", Place("x", "y"), expected=None)
        assert (caught.value.key, caught.value.heads) == ("k", (one.id,))
        two = await places.put("k", Place("x", "y"), expected=one)
        with pytest.raises(ConflictError):
            await places.delete("k", expected=one.id)
        gone = await places.delete("k", expected=[two.id])
        assert gone.is_deleted
        assert gone.value is None
        assert await places.get("k") is None
        await places.put("k", BERLIN, expected=None)


async def test_of_writers_that_expect_the_same_at_once_one_succeeds() -> None:
    async with alone() as room:
        places = room.collection("places", Place)
        tries = (places.put("k", Place(f"t{number}", "c"), expected=None) for number in range(5))
        done = await asyncio.gather(*tries, return_exceptions=True)
        assert sum(isinstance(each, ConflictError) for each in done) == 4
        assert len(await places.history("k")) == 1


async def test_updates_at_once_lose_nothing() -> None:
    async with alone() as room:
        counters = room.collection("counters")
        add: Any = lambda value: (value or 0) + 1  # noqa: E731 - short
        await asyncio.gather(*(counters.update("n", add) for _ in range(10)))
        doc = await counters.get("n")
        assert doc is not None
        assert doc.value == 10
        assert len(await counters.history("n")) == 10


async def test_an_update_keeps_what_a_later_model_wrote() -> None:
    async with alone() as room:
        record = version(room, "places/k", '{"title":"t","city":"c","parking":true}', at=_now(room), author=1)
        await room.add([record])
        shared = room.collection("places", Place, shared=True)
        doc = await shared.update("k", lambda place: replace(place or BERLIN, stars=3.0))
        assert '"parking":true' in doc.record.content
        assert doc.value == Place("t", "c", 3.0)


async def test_an_update_that_raises_writes_nothing() -> None:
    async with alone() as room:
        places = room.collection("places", Place)
        with pytest.raises(ZeroDivisionError):
            await places.update("k", lambda _: 1 / 0)  # type: ignore[arg-type,return-value]
        with pytest.raises(SchemaError):
            await places.update("k", lambda _: Place("", ""))
        assert room.count == 0


async def test_every_register_that_matches_is_updated() -> None:
    async with alone() as room:
        places = room.collection("places", Place, indexes=["city"])
        for number in range(5):
            await places.put(f"k{number}", Place(f"t{number}", "Berlin" if number % 2 else "Rome"))
        assert await places.update_all({"city": "Rome"}, lambda place: replace(place, city="Roma")) == 3
        assert await places.count({"city": "Roma"}) == 3
        assert await places.count({"city": "Berlin"}) == 2
        with pytest.raises(SchemaError):
            await places.update_all(None, lambda place: replace(place, stars=9.0))


async def test_a_document_of_ours_is_removed_everywhere() -> None:
    async with pair() as (one, two):
        mine, theirs = one.collection("notes"), two.collection("notes")
        doc = await mine.add("a")
        await asyncio.sleep(5)
        assert await theirs.count() == 1
        with pytest.raises(ConfigError, match="not ours"):
            await theirs.remove(doc)
        await mine.remove(doc.id)
        await asyncio.sleep(5)
        assert await theirs.count() == 0
        with pytest.raises(ConfigError, match="no document"):
            await mine.remove(doc)


async def test_what_is_erased_is_forgotten_with_all_its_versions() -> None:
    async with alone() as room:
        places = room.collection("places", Place)
        for number in range(3):
            await places.put("k", Place(f"t{number}", "c"))
        assert await places.erase("k") == 3
        assert await places.history("k") == []
        assert [record.kind for record in await room.members()] == [5]
        assert await places.erase("k") == 0
        again = await places.put("k", BERLIN)
        assert await places.get("k") == again


async def test_each_author_has_registers_of_their_own_unless_they_are_shared() -> None:
    async with pair() as (one, two):
        await one.collection("own").put("k", "one")
        await two.collection("own").put("k", "two")
        await one.collection("wiki", shared=True).put("k", "one")
        await asyncio.sleep(5)
        await two.collection("wiki", shared=True).put("k", "two")
        await asyncio.sleep(5)
        own, wiki = one.collection("own"), one.collection("wiki", shared=True)
        mine, theirs = await own.get("k"), await own.get("k", author=two.key)
        assert (mine and mine.value, theirs and theirs.value) == ("one", "two")
        assert await own.count() == 2
        [winner] = await wiki.heads("k")
        assert (winner.value, winner.author) == ("two", two.key)
        assert [doc.value for doc in await wiki.history("k")] == ["two", "one"]


async def test_versions_that_did_not_know_of_each_other_are_heads_until_the_next() -> None:
    async with alone() as room:
        wiki = room.collection("places", shared=True)
        now = _now(room)
        await room.add(
            [version(room, "places/k", '"a"', at=now - 2, author=5), version(room, "places/k", '"b"', at=now - 1)]
        )
        assert [doc.value for doc in await wiki.heads("k")] == ["b", "a"]
        merged = await wiki.put("k", "c")
        assert len(merged.follows) == 2
        assert await wiki.heads("k") == [merged]


async def test_what_is_dated_ahead_is_replaced_by_what_is_dated_after_it() -> None:
    async with alone() as room:
        wiki = room.collection("places", shared=True)
        ahead = version(room, "places/k", '"future"', at=_now(room) + 890)
        await room.add([ahead])
        doc = await wiki.put("k", "x")
        assert doc.follows == (ahead.id,)
        assert await wiki.get("k") == doc


async def test_a_document_too_long_for_a_record_is_refused() -> None:
    async with alone() as room:
        notes = room.collection("notes")
        with pytest.raises(MalformedError):
            await notes.add("x" * 70_000)
        with pytest.raises(MalformedError):
            await notes.put("k", "é" * 40_000)
        assert room.count == 0


@peerset.admission("no-rome", version=1)
def no_rome(record: peerset.Record) -> str | None:
    """Refuse Rome."""
    return "not Rome" if "Rome" in record.content else None


@pytest.mark.real_time
async def test_what_a_policy_refuses_is_told_to_its_writer() -> None:
    async with alone(policies=[no_rome]) as room:
        places = room.collection("places", Place)
        with pytest.raises(RejectedError, match="not Rome"):
            await places.put("rome", Place("Forum", "Rome"))
        assert await places.get("rome") is None
        await places.put("berlin", BERLIN)


async def test_what_has_expired_is_not_seen() -> None:
    async with alone() as room:
        notes = room.collection("notes", ttl=3600)
        doc = await notes.add("a")
        assert doc.record.tag_values("expiration") == [str(doc.record.created_at + 3600)]
        past = foreign(room, '"old"', tags=[("c", "notes"), ("expiration", "1000")], at=_now(room) - 5)
        await room.add([past])
        assert [each.value for each in await notes.find()] == ["a"]


def _now(room: peerset.Room) -> float:
    return float(room._driver.now().unix)
