"""Views in a store's file; what they must do is in `peerset.testing.check_views`."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from peerset.core.clock import UnixTime
from peerset.core.limits import CHANGES_KEPT_SECONDS
from peerset.documents.change import Change
from peerset.documents.view import ViewWriter
from peerset.errors import ConfigError
from peerset.stores.sqlite import open_sqlite
from peerset.testing.check_views import count_words
from peerset.testing.sample_documents import NOON, sample_places

pytestmark = pytest.mark.real_time

RECORDS = sample_places()[:6]


def ask(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(sql).fetchall()


async def test_what_is_gone_is_kept_until_every_view_has_seen_it_go(tmp_path: Path) -> None:
    path = tmp_path / "room.db"
    store = await open_sqlite(str(path))
    await store.add(RECORDS)
    for name in ("one", "two"):
        await store.open_view(name, 1)
        await store.advance_view(name, count_words, limit=9)
    await store.add([], removed=[RECORDS[0].id])
    counts = []
    for name in ("one", "two"):
        counts.append(ask(path, "SELECT count(*) FROM parting"))
        await store.advance_view(name, count_words, limit=9)
    assert counts == [[(1,)], [(1,)]]
    assert ask(path, "SELECT count(*) FROM parting") == [(0,)]
    await store.aclose()


async def test_what_no_view_can_see_go_any_more_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "room.db"
    store = await open_sqlite(str(path))
    await store.sweep(NOON)
    await store.add(RECORDS)
    await store.open_view("lost", 1)
    await store.advance_view("lost", count_words, limit=9)
    await store.add([], removed=[RECORDS[0].id])
    assert ask(path, "SELECT count(*) FROM parting") == [(1,)]
    await store.sweep(UnixTime(NOON + CHANGES_KEPT_SECONDS + 1))
    assert ask(path, "SELECT count(*) FROM parting") == [(0,)]
    await store.aclose()


async def test_a_view_goes_on_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "room.db"
    store = await open_sqlite(str(path))
    await store.add(RECORDS[:3])
    await store.open_view("words", 1)
    await store.advance_view("words", count_words, limit=2)
    await store.aclose()
    store = await open_sqlite(str(path))
    await store.add(RECORDS[3:])
    await store.open_view("words", 1)
    assert (await store.advance_view("words", count_words, limit=9)).count == 4
    assert await store.view_rows("words", ["all"], limit=1, is_reversed=False) == [(["all"], 6)]
    await store.aclose()


async def test_its_function_may_use_sql_and_what_it_did_is_undone_with_the_rest(tmp_path: Path) -> None:
    def keep(tx: ViewWriter, change: Change) -> None:
        tx.execute("CREATE TABLE IF NOT EXISTS v_list_all (content TEXT)")
        tx.execute("INSERT INTO v_list_all VALUES (?)", [change.record.content])
        if change.record == RECORDS[2]:
            tx.execute("SELECT * FROM record")

    path = tmp_path / "room.db"
    store = await open_sqlite(str(path))
    await store.add(RECORDS)
    await store.open_view("list", 1)
    progress = await store.advance_view("list", keep, limit=9)
    assert (progress.count, type(progress.cause)) == (2, ConfigError)
    assert ask(path, "SELECT content FROM v_list_all") == [(each.content,) for each in RECORDS[:2]]
    await store.open_view("list", 2)
    assert ask(path, "SELECT count(*) FROM sqlite_schema WHERE name = 'v_list_all'") == [(0,)]
    await store.aclose()


@pytest.mark.parametrize(("one", "other"), [("a", "a-b"), ("a.b", "a"), ("a-b", "a.b")])
async def test_views_whose_tables_could_be_mixed_up_are_refused(tmp_path: Path, one: str, other: str) -> None:
    store = await open_sqlite(str(tmp_path / "room.db"))
    await store.open_view(one, 1)
    await store.open_view("ab", 1)
    with pytest.raises(ConfigError, match="could not be told from those of"):
        await store.open_view(other, 1)
    await store.aclose()
