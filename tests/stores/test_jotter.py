"""What is saved at once: it is there for whoever asks next, survives any end, and goes the long way when it must."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from peerset.core.filter import Filter
from peerset.core.limits import INTAKE_BATCH_RECORDS_MAX
from peerset.core.record import Record
from peerset.documents.plan import plan
from peerset.errors import StoreError
from peerset.stores import jotter, nearby
from peerset.stores.jotter import JOTTED_AT_ONCE_MAX, ROOM_BYTES, SHY, WORTHWHILE
from peerset.stores.sqlite import SQLiteStore
from peerset.testing.check_documents import build
from peerset.testing.sample_documents import ANN, NOON, PLACES, SPAN_SECONDS, document
from tests.stores.files import make_records, opened

pytestmark = pytest.mark.real_time


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is jotted down wait until somebody asks, and no write be slow."""
    monkeypatch.setattr(jotter, "JOTTED_SECONDS", 1_000)
    monkeypatch.setattr(nearby, "SLOW_SECONDS", 1_000)


@asynccontextmanager
async def ready(path: Path, *, size_max_bytes: int | None = None) -> AsyncIterator[SQLiteStore]:
    """Open a store that is about to save at once: something small was added to it."""
    async with opened(path, size_max_bytes=size_max_bytes) as store:
        await store.define([PLACES], span_seconds=SPAN_SECONDS)
        await store.add(make_records(1, content="first"))
        yield store


def jotted(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        (count,) = db.execute("SELECT count(*) FROM jotted").fetchone()
        return int(count)


def place(number: int) -> Record:
    return document(ANN, number, {"title": f"place {number}", "city": "Berlin"})


def put(store: SQLiteStore, records: list[Record]) -> None:
    """Save *records* at once, one after the other."""
    for record in records:
        assert store.add_at_once([record])


async def test_what_was_saved_at_once_is_found_in_every_way(path: Path) -> None:
    records = [place(number) for number in range(WORTHWHILE)]
    berlin = plan(PLACES, {"city": "Berlin"}, now=NOON)
    async with ready(path) as store:
        ids = [each.id for each in records]
        asks: list[Callable[[], Awaitable[list[Record]]]] = [
            lambda: store.get(ids),
            lambda: store.query(Filter(ids=frozenset(ids))),
            lambda: store.find(berlin),
        ]
        for ask in asks:
            put(store, records)
            assert jotted(path) == len(records)
            assert {each.id for each in await ask()} == set(ids)
            assert jotted(path) == 0
            for record in records:
                await store.add([], removed=[record.id])
        put(store, records)
        assert len(list(await store.sql("SELECT title FROM places"))) == len(records)
        put(store, (others := [place(number + 10) for number in range(WORTHWHILE)]))
        assert await store.count(berlin) == len(records) + len(others)


async def test_it_is_put_in_its_places_soon_though_nobody_asks(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert jotter.JOTTED_SECONDS <= 0.1
    async with ready(path) as store:
        put(store, [place(1)])
        while jotted(path):  # noqa: ASYNC110 - nobody is asked, and so nobody tells
            await asyncio.sleep(0.01)
        assert [each.id for each in await store.find(plan(PLACES, {}, now=NOON))] == [place(1).id]


async def test_what_a_process_left_is_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    path, left = tmp_path / "room.db", tmp_path / "left.db"
    records = [place(number) for number in range(3)]
    async with ready(path) as store:
        put(store, records)
        for end in ("", "-wal"):
            shutil.copy(f"{path}{end}", f"{left}{end}")
    assert jotted(path) == 0
    assert jotted(left) == len(records)
    async with opened(left) as store:
        assert await store.get([each.id for each in records]) == records
        await store.define([PLACES], span_seconds=SPAN_SECONDS)
        await build(store)
        assert len(await store.find(plan(PLACES, {}, now=NOON))) == len(records)


async def test_what_another_process_put_in_its_places_is_read_as_documents_all_the_same(path: Path) -> None:
    async with ready(path) as store:
        put(store, [place(number) for number in range(3)])
        # It knows none of the collections.
        async with opened(path) as other:
            assert len(await other.entries()) == 4
        assert jotted(path) == 0
        assert len(await store.find(plan(PLACES, {}, now=NOON))) == 3


async def test_only_a_few_are_saved_at_once_and_only_so_many_wait(path: Path) -> None:
    records = make_records(INTAKE_BATCH_RECORDS_MAX + JOTTED_AT_ONCE_MAX + 1, content="")
    async with ready(path) as store:
        assert not store.add_at_once(records[: JOTTED_AT_ONCE_MAX + 1])
        step = JOTTED_AT_ONCE_MAX
        for at in range(0, INTAKE_BATCH_RECORDS_MAX, step):
            assert store.add_at_once(records[at : at + step])
        assert not store.add_at_once(records[-1:])
        assert len(await store.entries()) == INTAKE_BATCH_RECORDS_MAX + 1
        assert store.add_at_once(records[-1:])


async def test_nothing_is_jotted_down_for_a_while_where_each_is_asked_for_at_once(path: Path) -> None:
    records = make_records(SHY + 2)
    async with ready(path) as store:
        assert store.add_at_once(records[:1])
        await store.entries()
        assert not any(store.add_at_once([each]) for each in records[1 : SHY + 1])
        assert store.add_at_once(records[-1:])


async def test_while_somebody_else_writes_it_goes_the_long_way(path: Path) -> None:
    async with ready(path) as store:
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")
            assert not store.add_at_once([place(1)])
            db.execute("ROLLBACK")
        assert store.add_at_once([place(1)])


async def test_what_cannot_be_put_in_its_places_hinders_no_reader_and_is_not_lost(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_records(1, content="first")
    async with ready(path) as store:
        put(store, [place(1)])
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")
            assert await store.get([first[0].id]) == first
            # Nor is more jotted down meanwhile.
            assert not store.add_at_once([place(2)])
            with pytest.raises(StoreError, match="another program holds the file"):
                await store.add([place(2)])
            db.execute("ROLLBACK")
        monkeypatch.setattr(store._file.jotter, "_rests_until", 0)
        assert await store.get([place(1).id]) == [place(1)]


async def test_a_file_that_is_nearly_full_has_room_for_all_that_was_jotted_down(path: Path) -> None:
    records = make_records(1_500, content="x" * 5_000)
    async with ready(path, size_max_bytes=2 * ROOM_BYTES) as store:
        saved = 1
        for record in records:
            if not store.add_at_once([record]):
                saved = len(await store.entries())
                if not store.add_at_once([record]):
                    break
        assert len(await store.entries()) == saved > 100
        with pytest.raises(StoreError, match="full"):
            await store.add(records[saved:])


async def test_a_small_file_is_only_written_the_long_way(path: Path) -> None:
    async with ready(path, size_max_bytes=ROOM_BYTES) as store:
        assert not store.add_at_once([place(1)])


async def test_what_is_purged_stays_nowhere_in_the_file(path: Path) -> None:
    secret = "a word that nobody else says " * 20
    async with ready(path) as store:
        records = make_records(WORTHWHILE, content=secret)
        put(store, records)
        await store.purge([each.id for each in records])
        written = b"".join(Path(f"{path}{end}").read_bytes() for end in ("", "-wal"))
        assert b"nobody else says" not in written


async def test_a_file_that_was_moved_away_is_put_back_with_what_was_jotted_down(path: Path, tmp_path: Path) -> None:
    async with ready(path) as store:
        put(store, [place(1)])
        path.rename(tmp_path / "elsewhere.db")
        assert not store.add_at_once([place(2)])
        await store.add([place(2)])
        assert len(await store.get([place(1).id, place(2).id])) == 2


async def test_what_is_no_record_is_left_out(path: Path) -> None:
    async with ready(path) as store:
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute("INSERT INTO jotted (wire) VALUES (x'ff')")
        put(store, [place(1)])
        assert await store.get([place(1).id]) == [place(1)]
        assert jotted(path) == 0


async def test_after_a_slow_one_others_go_the_long_way_for_a_while(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with ready(path) as store:
        monkeypatch.setattr("peerset.stores.nearby.SLOW_SECONDS", -1)
        assert store.add_at_once([place(1)])
        assert not store.add_at_once([place(2)])
        assert await store.get([place(1).id]) == []
        monkeypatch.setattr(store._file.jotter, "_rests_until", 0)
        assert await store.get([place(1).id]) == [place(1)]
