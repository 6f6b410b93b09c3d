"""What a store remembers of a collection's definition."""

from dataclasses import dataclass

from peerset.core.signal import RoomName
from peerset.data.keepsake import KIND, read_keepsake, write_keepsake
from peerset.documents.definition import Fits, Older, define
from peerset.stores.memory import MemoryStore
from tests.data.places import INDEXED, Place, alone, key_number

SCHEMA = {
    "type": "object",
    "properties": {"n": {"type": "integer"}, "tags": {"type": "array", "items": {"type": "string"}}, "at": {}},
}


def test_what_was_written_makes_the_same_tables() -> None:
    for definition in (
        define("notes"),
        define("places", SCHEMA, shared=True, indexes=["n", ("-n", "key"), "tags[]", "-time"], place="at"),
        define("places", SCHEMA, also=[Older("spots", lambda value: value)], fits=Fits("app.Place", repr)),
    ):
        read = read_keepsake(definition.name, write_keepsake(definition))
        assert read is not None
        assert read.digest == definition.digest


def test_what_makes_no_sense_is_no_definition() -> None:
    for text in (
        "",
        "{}",
        "[]",
        "null",
        '{"schema":null,"fits":null,"older":[]}',
        '{"schema":{"$ref":"x"},"fits":null}',
        "no json",
    ):
        assert read_keepsake("notes", text) is None
    assert read_keepsake("No Name", write_keepsake(define("notes"))) is None


async def test_a_collection_is_recalled_as_it_was_declared_here_last() -> None:
    store = MemoryStore()
    async with alone(store=store) as room:
        places = room.collection("places", Place, **INDEXED)
        await places.put("k", Place("t", "Berlin", 4.5))
        assert (await room.recall("places")).definition is places.definition
        [note] = (await store.notes(KIND)).values()
    again = MemoryStore()
    await again.bind(RoomName("peerset", "lobby").tag)
    await again.note(KIND, b"places", note)
    async with alone(store=again) as room:
        recalled = await room.recall("places")
        assert recalled.definition.digest == places.definition.digest
        await recalled.put("k", {"title": "t", "city": "Berlin"})
        assert [doc.value for doc in await recalled.find({"city": "Berlin"}, text="t")] == [
            {"title": "t", "city": "Berlin", "stars": 0.0, "at": None}
        ]
        unknown = await room.recall("notes")
        assert unknown.definition.schema is None


@dataclass(frozen=True)
class Even:
    """Its class says more than its schema."""

    n: int

    def __post_init__(self) -> None:
        """Check what no schema says."""
        if self.n % 2:
            raise ValueError("odd")


class LastingStore(MemoryStore):
    """Is there for the next process."""

    async def aclose(self) -> None:
        pass


async def test_a_class_still_refuses_what_the_recalled_collection_let_in() -> None:
    store = LastingStore()
    async with alone(store=store, key=key_number(1)) as room:
        evens = room.collection("evens", Even, indexes=["n"])
        await evens.put("a", Even(2))
    async with alone(store=store, key=key_number(1)) as room:
        recalled = await room.recall("evens")
        await recalled.put("b", {"n": 3})
        assert await recalled.count() == 2
    async with alone(store=store, key=key_number(1)) as room:
        again = room.collection("evens", Even, indexes=["n"])
        assert again.definition.digest == evens.definition.digest
        assert [doc.value for doc in await again.find()] == [Even(2)]
        fold = room.fold(again, 0, lambda total, doc: total + doc.value.n)  # type: ignore[operator] # an int
        await fold.ready()
        assert (fold.state, fold.error) == (2, None)
        async with await again.live(limit=1) as live, await again.watch("b") as watched:
            assert ([doc.value for doc in live.docs], watched.docs) == ([Even(2)], [])
            # What is shown later goes the same way.
            await room.moderation.mute(room.key)
            assert len((await anext(live)).removed) == 1
            await room.moderation.unmute(room.key)
            assert len((await anext(live)).added) == 1
        await fold.ready()
        assert (fold.state, fold.error) == (2, None)
