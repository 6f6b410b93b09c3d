"""The SQLite store: its contract, what it shares with the memory store, and what it says when the disk fails."""

import asyncio
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.deletion import outline_of
from peerset.core.filter import Filter
from peerset.core.note import NOTES_PER_KIND_MAX
from peerset.core.record import Record, RecordId, sign_record
from peerset.core.signal import RoomTag
from peerset.errors import ConfigError, StoreError
from peerset.ports import Store
from peerset.stores.memory import MemoryStore
from peerset.stores.sqlite import EXPIRE_CHUNK_RECORDS, open_sqlite
from peerset.testing.check_store import NOON, check_store, sample_records
from tests.stores.files import KEYS, leftovers, make_records, opened

pytestmark = pytest.mark.real_time


def rewrite(path: Path, sql: str, *parameters: object) -> None:
    """Change the closed file behind the store's back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(sql, parameters)


async def test_it_keeps_the_contract_of_stores(tmp_path: Path) -> None:
    numbers = iter(range(100))

    async def open_store() -> Store:
        return await open_sqlite(str(tmp_path / f"room{next(numbers)}.db"))

    await check_store(open_store)


async def test_what_was_added_is_there_after_opening_again(path: Path) -> None:
    records = sample_records()
    async with opened(path) as store:
        await store.add(records)
    async with opened(path) as store:
        assert await store.get([record.id for record in records]) == records
        assert await store.wires([record.id for record in records]) == [record.wire for record in records]


async def test_two_stores_may_share_a_file_in_turns(path: Path) -> None:
    records = sample_records()
    async with opened(path, busy_seconds=5) as first, opened(path, busy_seconds=5) as second:
        await asyncio.gather(*(store.add([record]) for record in records for store in (first, second)))
        assert await first.entries() == await second.entries()
        assert len(await first.entries()) == len(records)


async def test_a_file_belongs_to_one_room_for_good(path: Path) -> None:
    async with opened(path) as store:
        await store.bind(RoomTag(bytes(16)))
    async with opened(path) as store:
        with pytest.raises(ConfigError, match=r"room\.db belongs to another room; give the room 01010101"):
            await store.bind(RoomTag(b"\x01" * 16))
        await store.bind(RoomTag(bytes(16)))


@st.composite
def some_records(draw: st.DrawFn) -> list[Record]:
    """Records that agree in much: few authors, seconds, kinds and tag values, on both sides of midnight."""
    values = st.sampled_from(["", "places", "péople", "a'b"])
    tags = st.lists(st.tuples(st.sampled_from("cdx"), values), max_size=3)
    fields = st.tuples(st.sampled_from(KEYS), st.integers(-2, 2), st.sampled_from([5, 1078, 30_078]), tags)
    return [
        sign_record(key, created_at=UnixTime(20_000 * DAY_SECONDS + second), kind=kind, tags=tags, content="")
        for key, second, kind, tags in draw(st.lists(fields, max_size=12))
    ]


@st.composite
def some_filters(draw: st.DrawFn, records: list[Record]) -> Filter:
    ids = [record.id for record in records] + [RecordId(bytes(32))]
    seconds = st.none() | st.integers(20_000 * DAY_SECONDS - 3, 20_000 * DAY_SECONDS + 3)
    values = st.frozensets(st.sampled_from(["", "places", "péople", "a'b", "\ud800", "a\0b"]), max_size=2)
    return Filter(
        ids=draw(st.none() | st.frozensets(st.sampled_from(ids))),
        authors=draw(st.none() | st.frozensets(st.sampled_from([key.public_key for key in KEYS]), max_size=2)),
        kinds=draw(st.none() | st.frozensets(st.sampled_from([5, 1078, 30_078, 2**80]), max_size=2)),
        since=draw(seconds),
        until=draw(seconds),
        tags=draw(st.dictionaries(st.sampled_from("cdxz"), values, max_size=2)),
        limit=draw(st.none() | st.integers(0, 5)),
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_it_answers_as_the_memory_store_does(data: st.DataObject) -> None:
    records = data.draw(some_records())
    filters = data.draw(st.lists(some_filters(records), min_size=1, max_size=8))
    removed = data.draw(st.lists(st.sampled_from([record.id for record in records] or [RecordId(bytes(32))])))
    before = UnixTime(data.draw(st.integers(20_000 * DAY_SECONDS - 3, 20_000 * DAY_SECONDS + 3)))

    names = [name for record in records for name in outline_of(record).names][: data.draw(st.integers(0, 9))]

    async def answers_of(store: Store) -> list[object]:
        await store.add(records)
        answers: list[object] = [await store.query(query) for query in filters]
        await store.add(records[:3], removed=removed)
        answers += [await store.expire(before), await store.entries(), await store.deleters()]
        answers += [sorted(await store.named(names), key=str), sorted(await store.versions(), key=str)]
        return [*answers, *[await store.query(query) for query in filters]]

    async def compare() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with opened(Path(folder) / "room.db") as store:
                assert await answers_of(store) == await answers_of(MemoryStore())

    asyncio.run(compare())


async def test_expiring_takes_turns_with_other_calls_and_shrinks_the_file(path: Path) -> None:
    old = make_records(EXPIRE_CHUNK_RECORDS + 1, content="x" * 1_000)
    new = make_records(3, created_at=NOON + DAY_SECONDS)
    async with opened(path) as store:
        await store.add([*old, *new])
    size_before = size_of(path)
    async with opened(path) as store:
        expiring = asyncio.create_task(store.expire(UnixTime(NOON + DAY_SECONDS)))
        await asyncio.sleep(0)
        left = await store.entries()
        assert await expiring == len(old)
        assert len(left) == 1 + len(new), "a reader gets its turn after the first chunk"
        assert len(await store.entries()) == len(new)
        assert size_of(path) < size_before / 4, "the file shrinks while it is open"
    assert leftovers(path) == 0


def size_of(path: Path) -> int:
    return path.stat().st_size


async def test_a_damaged_record_is_named(path: Path) -> None:
    records = sample_records()
    async with opened(path) as store:
        await store.add(records)
    rewrite(path, "UPDATE record SET wire = ? WHERE id = ?", records[1].wire, records[0].id)
    rewrite(path, "UPDATE record SET wire = x'93' WHERE id = ?", records[2].id)
    async with opened(path) as store:
        assert await store.get([records[1].id]) == [records[1]]
        for damaged in (records[0], records[2]):
            with pytest.raises(StoreError, match=f"damaged: what it holds as {damaged.id.hex()} is not that record"):
                await store.get([damaged.id])
        with pytest.raises(StoreError, match="is not that record"):
            await store.query(Filter())


async def test_entries_of_the_wrong_type_are_damage(path: Path) -> None:
    async with opened(path) as store:
        await store.add(sample_records())
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript(
            "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, ') STRICT', ')')"
            " WHERE name = 'record'; PRAGMA writable_schema = RESET; UPDATE record SET created_at = 'now'"
            " WHERE number = 3"
        )
    async with opened(path) as store:
        with pytest.raises(StoreError, match="is damaged: move it away"):
            await store.entries()


async def test_the_notes_of_a_kind_are_bounded(path: Path) -> None:
    async with opened(path) as store:
        await store.note("muted", b"first", "kept")
    rewrite(
        path,
        "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
        "INSERT INTO note SELECT 'muted', CAST(i AS BLOB), '' FROM n",
        NOTES_PER_KIND_MAX,
    )
    async with opened(path) as store:
        with pytest.raises(StoreError, match="100000 notes of the kind 'muted'"):
            await store.note("muted", b"one more", "")
        await store.note("muted", b"first", "changed")
        await store.note("muted", b"first", None)
        await store.note("muted", b"one more", "")
        assert (await store.notes("muted"))[b"one more"] == ""


async def test_a_file_of_the_version_before_gets_its_notes(path: Path) -> None:
    async with opened(path) as store:
        await store.add(sample_records())
    rewrite(path, "DROP TABLE note")
    rewrite(path, "DELETE FROM migration WHERE name = '0002 notes'")
    async with opened(path) as store:
        await store.note("muted", b"key", "text")
        assert len(await store.entries()) == len(sample_records())


async def test_a_store_that_is_only_read_serves_what_it_holds_and_refuses_the_rest(path: Path) -> None:
    records = make_records(20)
    async with opened(path) as store:
        await store.bind(RoomTag(bytes(16)))
        await store.add(records[:10])
    before = path.read_bytes()
    store = await open_sqlite(f"{path}?mode=ro")
    try:
        await store.bind(RoomTag(bytes(16)))
        assert len(await store.query(Filter())) == 10
        with pytest.raises(StoreError, match="may not be written"):
            await store.add(records[10:])
    finally:
        await store.aclose()
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"no database at all, but long enough to be one" * 30])
async def test_what_is_no_store_cannot_be_only_read_either(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StoreError, match="cannot open the store"):
        await open_sqlite(f"{path}?mode=ro")
    with pytest.raises(StoreError, match="cannot open the store"):
        await open_sqlite(f"{path}.missing?mode=ro")
