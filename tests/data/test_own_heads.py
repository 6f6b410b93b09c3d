"""Which version we wrote last of each register, and whatever may make that untrue."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

import peerset
from peerset.core.clock import UnixTime
from peerset.core.limits import DOCUMENT_LINKS_MAX
from peerset.core.record import KIND_DELETION, KIND_KEYED, KIND_RECORD, Record, RecordId, sign_record
from peerset.core.stamp import stamp_of
from peerset.data import own_heads
from peerset.data.own_heads import OwnHeads
from peerset.documents.definition import Definition, Older, define
from peerset.documents.document import State, Version, heads_of
from peerset.documents.plan import Slot
from peerset.protocol.events import RecordDeleted, RecordHidden, RecordsAdded, RecordsExpired
from peerset.stores.memory import MemoryStore
from tests.data.places import alone, key_number, version

ANN = key_number(1)
GONE = State.VOID | State.EXPIRED
PLACES = define("places")
FOLLOWING = tuple(("e", f"{number:064x}", "", "prev") for number in range(DOCUMENT_LINKS_MAX))


def record(key: str = "a", *, kind: int = KIND_KEYED, tags: Sequence[tuple[str, ...]] = (), at: int = 7) -> Record:
    said = [("c", "places"), *([("d", f"places/{key}")] if kind == KIND_KEYED else []), *tags]
    return sign_record(ANN, created_at=UnixTime(at), kind=kind, tags=said, content="1")


def as_version(written: Record) -> Version:
    return Version(written.id, written.author, stamp_of(written), State(0), ())


def expect(heads: OwnHeads, written: Record, definition: Definition = PLACES) -> None:
    heads.ask([("places", (written.tag_value("d") or "").removeprefix("places/"))])
    heads.expect(definition, written)


def write(heads: OwnHeads, written: Record) -> None:
    expect(heads, written)
    heads.take(RecordsAdded(((written, None),)))


def test_what_was_written_is_known_once_it_is_saved() -> None:
    heads, one, two = OwnHeads(), record(), record(at=8)
    expect(heads, one)
    assert heads.get(("places", "a")) is None
    heads.take(RecordsAdded(((one, None),)))
    assert heads.get(("places", "a")) == as_version(one)
    write(heads, two)
    assert heads.get(("places", "a")) == as_version(two)


def test_what_came_to_nothing_is_not_known() -> None:
    heads, one = OwnHeads(), record()
    expect(heads, one)
    heads.let_go([one])
    heads.take(RecordsAdded(((one, None),)))
    assert len(heads) == 0


@pytest.mark.parametrize("other", [record(at=9), record("b", at=9), record(kind=KIND_RECORD, at=9)])
def test_a_version_from_elsewhere_makes_its_own_register_unknown(other: Record) -> None:
    heads = OwnHeads()
    write(heads, record())
    heads.take(RecordsAdded(((other, None),)))
    assert len(heads) == (other.tag_value("d") != "places/a")


def test_a_version_that_comes_while_we_write_makes_its_register_unknown() -> None:
    heads, one = OwnHeads(), record()
    expect(heads, one)
    heads.take(RecordsAdded(((record(at=9), None),)))
    heads.take(RecordsAdded(((one, None),)))
    assert len(heads) == 0


@pytest.mark.parametrize("other", [record(at=9), record("z", kind=KIND_DELETION)])
def test_what_comes_before_a_version_is_signed_but_after_it_was_asked_makes_its_register_unknown(other: Record) -> None:
    heads, one = OwnHeads(), record()
    heads.ask([("places", "a")])
    heads.take(RecordsAdded(((other, None),)))
    heads.expect(PLACES, one)
    heads.take(RecordsAdded(((one, None),)))
    assert len(heads) == 0


def test_of_versions_that_never_came_nothing_is_kept_but_of_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_heads, "OWN_HEADS_MAX", 2)
    heads = OwnHeads()
    heads.ask(("places", key) for key in "abc")
    for key in "abc":
        heads.expect(PLACES, record(key))
        heads.take(RecordsAdded(((record(key), None),)))
    assert [heads.get(("places", key)) is not None for key in "abc"] == [False, True, True]


@pytest.mark.parametrize(
    "event",
    [
        RecordDeleted(RecordId(bytes(32)), RecordId(bytes(32))),
        RecordHidden(RecordId(bytes(32)), "words", "no"),
        RecordsExpired(UnixTime(3), 1),
        RecordsAdded(((record("z", kind=KIND_DELETION), None),)),
        RecordsAdded(((record("z", kind=1_080), None),)),
        RecordsAdded(((record("z", tags=[("batch", "00")]), None),)),
    ],
)
def test_what_may_concern_any_register_makes_all_unknown(event: Any) -> None:
    heads = OwnHeads()
    write(heads, record())
    heads.take(event)
    assert len(heads) == 0


def test_the_registers_written_longest_ago_are_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_heads, "OWN_HEADS_MAX", 2)
    heads = OwnHeads()
    for at, key in enumerate("abac"):
        write(heads, record(key, at=at))
    assert [heads.get(("places", key)) is not None for key in "abc"] == [True, False, True]


@pytest.mark.parametrize(
    ("definition", "written"),
    [
        (PLACES, record(kind=KIND_RECORD)),
        (PLACES, record(tags=[("expiration", "9")])),
        (PLACES, record(tags=[("batch", "00")])),
        (PLACES, record(tags=FOLLOWING)),
        (define("places", also=[Older("spots")]), record()),
    ],
)
def test_what_may_not_stay_the_only_head_is_not_known(definition: Definition, written: Record) -> None:
    heads = OwnHeads()
    expect(heads, written, definition)
    heads.take(RecordsAdded(((written, None),)))
    assert len(heads) == 0


async def test_who_writes_a_register_time_and_again_asks_the_store_once_at_most() -> None:
    asked = 0

    class Asked(MemoryStore):
        async def register_versions(self, collection: str, slots: Sequence[Slot]) -> list[list[Version]]:
            nonlocal asked
            asked += 1
            return await super().register_versions(collection, slots)

    async def open_asked() -> MemoryStore:
        return Asked()

    async with alone(store=open_asked) as room:
        counters = room.collection("counters")
        for number in range(50):
            doc = await counters.put("n", number)
            assert len(doc.follows) == (number > 0)
        await counters.delete("n", expected=doc)
        await counters.put("n", 0, expected=None)
        assert await counters.update("n", lambda value: value + 1) is not None  # type: ignore[operator] # a number
        for number in range(3):
            batch = room.batch()
            batch.put(counters, "n", number)
            batch.put(counters, f"new {number}", number)
            await batch.commit()
        assert asked == 3, "of several keys all must be known"
        batch = room.batch()
        batch.put(counters, "n", 7)
        await batch.commit()
        assert asked == 3


async def test_a_version_of_another_that_comes_while_the_store_answers_is_followed_by_the_next() -> None:
    answered = asyncio.Event()

    class Slow(MemoryStore):
        async def register_versions(self, collection: str, slots: Sequence[Slot]) -> list[list[Version]]:
            found = await super().register_versions(collection, slots)
            await answered.wait()
            return found

    async def open_slow() -> MemoryStore:
        return Slow()

    async with alone(store=open_slow) as room:
        places: peerset.Collection[Any] = room.collection("places", shared=True)
        writing = asyncio.create_task(places.put("a", 1))
        await asyncio.sleep(1)
        await room.add(version(room, "places/a", "2", at=room._driver.now().unix))
        answered.set()
        await writing
        assert len(await places.heads("a")) == 2
        assert len((await places.put("a", 3)).follows) == 2
        assert len(await places.heads("a")) == 1


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("is_shared", [True, False])
async def test_what_is_known_is_what_the_store_says_whatever_happens(seed: int, is_shared: bool) -> None:
    rng = random.Random(seed)
    async with alone(key=ANN, policies=["quota:newest=2"] if seed % 3 == 0 else []) as room:
        places = room.collection("places", shared=is_shared)
        story = Story(room, places, rng)
        for _ in range(40):
            await rng.choice(story.deeds)()
            await story.check()


class Story:
    """What happens to a few registers."""

    def __init__(self, room: peerset.Room, places: peerset.Collection[Any], rng: random.Random) -> None:
        self._room, self._places, self._rng = room, places, rng
        self.deeds: list[Callable[[], Awaitable[object]]] = [
            *[self._put] * 8,
            *[self._delete, self._commit, self._add_theirs, self._add_ours, self._put_for_a_while, self._wait],
            *[self._delete_record, self._purge, self._mute, self._unmute],
        ]

    async def check(self) -> None:
        """Compare what is known with what the store says."""
        projection = self._places._projection
        store = await projection.settled(self._places.definition)
        for key in "abc":
            known = projection.own_heads.get(("places", key))
            if known is not None:
                slot = Slot(key, None if self._places.definition.is_shared else self._room.key)
                [versions] = await store.register_versions("places", [slot])
                [head] = heads_of(versions)
                assert (head.id, head.stamp, head.state & GONE) == (known.id, known.stamp, known.state & GONE)

    async def _put(self) -> None:
        await self._places.put(self._key(), self._rng.random())

    async def _put_for_a_while(self) -> None:
        await self._places.put(self._key(), self._rng.random(), ttl=30)

    async def _delete(self) -> None:
        await self._places.delete(self._key())

    async def _commit(self) -> None:
        batch = self._room.batch()
        batch.put(self._places, self._key(), 1)
        await batch.commit(atomic=self._rng.random() < 0.5)

    async def _add_theirs(self) -> None:
        await self._add(2)

    async def _add_ours(self) -> None:
        await self._add(1)

    async def _add(self, author: int) -> None:
        at = self._room._driver.now().unix + self._rng.uniform(-600, 600)
        await self._room.add(version(self._room, f"places/{self._key()}", "2", at=at, author=author))

    async def _wait(self) -> None:
        await asyncio.sleep(self._rng.choice([1, 20, 700]))

    async def _delete_record(self) -> None:
        ours = await self._room.members(authors=self._room.key, kinds=KIND_KEYED)
        if ours:
            await self._room.delete(self._rng.choice(ours))

    async def _purge(self) -> None:
        members = await self._room.members(kinds=KIND_KEYED)
        if members:
            await self._room.moderation.purge(self._rng.choice(members))

    async def _mute(self) -> None:
        await self._room.moderation.mute(self._rng.choice([ANN, key_number(2)]).public_key)

    async def _unmute(self) -> None:
        await self._room.moderation.unmute(self._rng.choice([ANN, key_number(2)]).public_key)

    def _key(self) -> str:
        return self._rng.choice("abc")
