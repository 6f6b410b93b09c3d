"""What readers see of a store."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from peerset.core.clock import UnixTime
from peerset.core.deletion import outline_of
from peerset.core.filter import Filter
from peerset.core.record import Record, RecordId, record_of, sign_record
from peerset.moderation.shadows import Shadows
from peerset.moderation.versions import Versions
from peerset.room.expirations import Expirations
from peerset.room.reader import View
from peerset.stores.memory import MemoryStore
from peerset.stores.shells import LOOKED_AT_ONCE
from tests.protocol.pair import START, key, make_record


def keyed(age: int, *, name: str = "profile", author: int = 1, kind: int = 30078) -> Record:
    tags = [["h", "00" * 16], *([["d", name]] if name else [])]
    created_at = UnixTime(START - age)
    return sign_record(key(author), created_at=created_at, kind=kind, tags=tags, content=f"{age} {name}")


async def view_of(*records: Record) -> View:
    store = MemoryStore()
    await store.add(records)
    return await view_over(store)


async def view_over(store: MemoryStore, *, now: int = START, hides: Callable[[Record], bool] = lambda _: False) -> View:
    expirations = Expirations(lambda: UnixTime(now), lambda _: None)
    return View(store, Shadows([], Versions(await store.versions())), expirations, hides=hides)


async def test_plain_records_are_all_seen_newest_first() -> None:
    records = [make_record(number, at=START - number) for number in range(5)]
    view = await view_of(*reversed(records))
    assert await view.query(Filter()) == records
    assert await view.query(Filter(limit=2)) == records[:2]


async def test_only_the_newest_version_of_a_keyed_record_is_seen() -> None:
    newest, older, oldest = keyed(1), keyed(2), keyed(3)
    view = await view_of(older, newest, oldest)
    assert await view.query(Filter()) == [newest]


async def test_what_was_purged_is_passed_over_and_told_of_as_shells() -> None:
    records = [make_record(number, at=START - number, author=1 + number % 2) for number in range(LOOKED_AT_ONCE + 5)]
    store = MemoryStore()
    await store.add(records)
    view = await view_over(store)
    assert await view.shells(Filter()) == []
    gone = [records[3], records[8], records[-1]]
    await store.purge([record.id for record in gone])
    assert len(await view.query(Filter())) == len(records) - 3
    assert await view.shells(Filter()) == [outline_of(record) for record in gone]
    assert await view.shells(Filter(limit=1)) == [outline_of(record) for record in gone]
    by_one = [record for record in gone if record.author == gone[1].author]
    for filtered, expected in (
        (Filter(ids=frozenset([gone[0].id, records[0].id])), gone[:1]),
        (Filter(authors=frozenset([gone[1].author])), by_one),
        (Filter(since=START - 5), gone[:1]),
        (Filter(until=START - 5), gone[1:]),
        (Filter(kinds=frozenset([5])), []),
        (Filter(tags={"h": frozenset(["00"])}), []),
    ):
        assert await view.shells(filtered) == [outline_of(record) for record in expected]


async def test_versions_are_told_apart_by_author_kind_and_name() -> None:
    records = [keyed(1), keyed(2, name="other"), keyed(3, author=2), keyed(4, kind=30079)]
    view = await view_of(*records)
    assert await view.query(Filter()) == records


async def test_an_older_version_stays_hidden_when_the_filter_misses_the_newest() -> None:
    view = await view_of(keyed(1), keyed(10))
    assert await view.query(Filter(until=START - 5)) == []


async def test_a_limit_counts_what_is_seen() -> None:
    versions = [keyed(age) for age in range(1, 40)]
    plain = [make_record(number, at=START - 100 - number) for number in range(3)]
    view = await view_of(*versions, *plain)
    assert await view.query(Filter(limit=3)) == [versions[0], *plain[:2]]


class CountedStore(MemoryStore):
    """Counts what is asked of it, and what it gives."""

    def __init__(self) -> None:
        super().__init__()
        self.queries = 0
        self.given = 0

    async def query(self, query: Filter) -> list[Record]:
        found = await super().query(query)
        self.queries += 1
        self.given += len(found)
        return found


@pytest.mark.parametrize("limit", [None, 10, 999])
async def test_keyed_records_cost_no_more_reading_than_plain_ones(limit: int | None) -> None:
    costs = []
    for records in (
        [make_record(number, at=START - number) for number in range(1_000)],
        [keyed(number, name=f"profile {number}") for number in range(1_000)],
    ):
        store = CountedStore()
        await store.add(records)
        view = await view_over(store)
        assert await view.query(Filter(limit=limit)) == records[:limit]
        costs.append((store.queries, store.given))
    assert costs == [(1, limit or 1_000)] * 2


async def test_of_two_versions_of_one_second_the_lower_id_is_seen() -> None:
    first, second = sorted((keyed(1, name="d"), sign_twice("d")), key=lambda record: record.id)
    view = await view_of(first, second)
    assert await view.query(Filter()) == [first]


def sign_twice(name: str) -> Record:
    tags = [["h", "00" * 16], ["d", name]]
    return sign_record(key(1), created_at=UnixTime(START - 1), kind=30078, tags=tags, content="another text")


async def test_a_version_without_a_name_is_a_keyed_record_too() -> None:
    newest = keyed(1, name="")
    view = await view_of(newest, keyed(2, name=""))
    assert newest in await view.query(Filter())


async def test_what_is_said_to_be_hidden_is_not_seen() -> None:
    records = [make_record(number, at=START - number) for number in range(5)]
    store = MemoryStore()
    await store.add(records)
    view = await view_over(store, hides=lambda record: record in records[:2])
    assert await view.query(Filter(limit=2)) == records[2:4]
    assert await view.get(records[0].id) == records[0]


async def test_any_version_can_be_read_by_its_id() -> None:
    older = keyed(2)
    view = await view_of(older, keyed(1))
    assert await view.get(older.id) == older
    assert await view.get(RecordId(bytes(32))) is None


async def test_versions_that_a_store_gives_before_the_room_is_told_of_them_replace_others_at_once() -> None:
    newest, older, oldest, other = keyed(1), keyed(2), keyed(3), keyed(4, name="other")
    store = MemoryStore()
    await store.add([older, oldest])
    view = await view_over(store)
    await store.add([newest, other])
    assert await view.query(Filter()) == [newest, other]
    await store.add([], removed=[newest.id])
    assert await view.query(Filter()) == [older, other]


async def test_what_is_seen_of_the_vectors() -> None:
    vectors = json.loads((Path(__file__).parents[1] / "vectors" / "seen.json").read_text(encoding="utf-8"))
    store = MemoryStore()
    await store.add([record_of(event) for event in vectors["events"]])
    view = await view_over(store, now=vectors["now"])
    assert [record.id.hex() for record in await view.query(Filter())] == vectors["seen"]


def expiring(at: int, *, age: int = 1, kind: int = 1078, name: str = "x") -> Record:
    tags = [["h", "00" * 16], ["d", name], ["expiration", str(START + at)]]
    return sign_record(key(1), created_at=UnixTime(START - age), kind=kind, tags=tags, content="")


async def test_what_has_expired_is_not_seen_and_replaces_what_came_before_still() -> None:
    late, due, gone = expiring(1), expiring(0, age=2), expiring(-9, age=3)
    version = expiring(-9, kind=30078)
    view = await view_of(late, due, gone, version, expiring(9, age=2, kind=30078))
    assert await view.query(Filter()) == [late]
    assert [view.is_hidden(record) for record in (late, due, gone, version)] == [False, True, True, True]
    assert await view.get(gone.id) == gone


@pytest.mark.parametrize("kind", [0, 3, 10_000, 10_002, 19_999])
async def test_of_kinds_that_an_author_has_one_of_the_newest_is_seen_whatever_it_is_called(kind: int) -> None:
    newest, older = keyed(1, kind=kind), keyed(2, kind=kind, name="other")
    other = keyed(3, kind=kind, author=2)
    view = await view_of(older, other, newest)
    assert await view.query(Filter()) == [newest, other]


@pytest.mark.parametrize("kind", [1, 2, 4, 9_999, 20_000, 29_999, 40_000])
async def test_all_records_of_plain_kinds_are_seen(kind: int) -> None:
    records = [keyed(1, kind=kind), keyed(2, kind=kind)]
    view = await view_of(*records)
    assert await view.query(Filter()) == records
