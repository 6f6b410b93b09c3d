"""When snapshots of days are made."""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import peerset
from peerset.stores import snapshot, snapshot_maker
from peerset.stores.sqlite import open_sqlite
from tests.patience import until
from tests.stores.test_snapshot import records

pytestmark = pytest.mark.real_time


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "UNSEEN_MAX", 50)


def made(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute("SELECT count(*) FROM snapshot").fetchone()[0])


async def test_a_store_that_was_read_without_them_makes_them_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "room.db"
    store = await open_sqlite(str(path))
    try:
        await store.add(records(100))
        assert made(path) == 0
        await store.columns(lambda _times, _ids: None)
        await until(lambda: made(path) == 4)
    finally:
        await store.aclose()


async def test_closing_makes_those_of_what_came(tmp_path: Path) -> None:
    path = tmp_path / "room.db"
    store = await open_sqlite(str(path))
    await store.columns(lambda _times, _ids: None)
    await store.add(records(100))
    await store.aclose()
    await store.aclose()
    assert made(path) == 4


async def test_who_never_read_all_makes_none(tmp_path: Path) -> None:
    path = tmp_path / "room.db"
    store = await open_sqlite(str(path))
    await store.add(records(100))
    await store.aclose()
    assert made(path) == 0


async def test_closing_takes_no_longer_than_it_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_maker, "CLOSING_SECONDS", 0)
    path = tmp_path / "room.db"
    store = await open_sqlite(str(path))
    await store.add(records(100))
    await store.columns(lambda _times, _ids: None)
    await store.aclose()
    assert made(path) == 1, "the rest is left for the next time"


async def test_a_full_disk_hinders_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(_db: sqlite3.Connection, day: int) -> None:
        error = sqlite3.OperationalError(f"no room for {day}")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr(snapshot_maker, "write_day", full)
    path = tmp_path / "room.db"
    store = await open_sqlite(str(path))
    await store.columns(lambda _times, _ids: None)
    await store.add(records(100))
    with caplog.at_level(logging.INFO, logger="peerset"):
        await store.aclose()
    assert "no snapshots of days were made" in caplog.text
    assert made(path) == 0


async def test_a_file_that_is_only_read_gets_none(tmp_path: Path) -> None:
    path = tmp_path / "room.db"
    store = await open_sqlite(str(path))
    await store.add(records(100))
    await store.aclose()
    store = await open_sqlite(f"{path}?mode=ro")
    found: list[int] = []
    await store.columns(lambda times, _ids: found.extend(times))
    await store.aclose()
    assert (len(found), made(path)) == (100, 0)


async def test_a_room_opens_by_them_with_the_same_root(tmp_path: Path) -> None:
    path = tmp_path / "room.db"
    found: list[object] = []
    for _ in range(3):
        async with peerset.join("lobby", store=f"sqlite:{path}", signaling=[]) as room:
            if not found:
                for number in range(60):
                    await room.publish(str(number))
            found.append((room.count, [day.count for day in room.days]))
    assert found[1:] == found[:1] * 2
    assert made(path) >= 1
