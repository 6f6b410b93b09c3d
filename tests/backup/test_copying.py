"""Copies of stores while others write to them."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import groupby
from pathlib import Path

import pytest

from peerset.backup.copying import check_database, copy_database, is_database
from peerset.core.clock import DAY_SECONDS
from peerset.core.merkle import Index
from peerset.core.signal import RoomTag
from peerset.errors import StoreError
from peerset.testing.check_store import sample_records
from tests.backup import writing_child
from tests.stores.files import make_records, opened

pytestmark = pytest.mark.real_time

TAG = RoomTag(bytes(16))


def untold(_: int) -> None:
    """Nobody wants to know."""


async def test_a_copy_holds_what_the_room_has_and_its_root_is_the_rooms(tmp_path: Path) -> None:
    records = [*sample_records(), *make_records(40), *make_records(3, created_at=1_600_000_000)]
    async with opened(tmp_path / "a.db") as store:
        await store.bind(TAG)
        await store.add(records)
        held = copy_database(tmp_path / "a.db", tmp_path / "b.db", tell=untold)
        entries = await store.entries()
    days = [day for day, _ in groupby(at // DAY_SECONDS for at, _ in entries)]
    window = (days[-1] + 1) * DAY_SECONDS
    index = Index.bulk(entries)
    assert held is not None
    root = index.root(TAG, days[0], window)  # type: ignore[arg-type] # a number of days
    assert (held.room, held.records, held.root) == (TAG.hex(), len(entries), root.digest.hex())
    async with opened(tmp_path / "b.db") as copy:
        assert await copy.entries() == entries


def test_a_store_is_copied_that_another_process_writes_to_all_the_time(tmp_path: Path, node: Path) -> None:
    path = node / "rooms" / "lobby.db"
    command = [sys.executable, str(Path(writing_child.__file__)), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"writing\n"
        held = copy_database(path, tmp_path / "copy.db", tell=untold)
        assert child.poll() is None
        child.kill()
    assert held is not None
    assert held.records == 20


async def test_a_store_without_records_and_another_programs_file_are_copied(tmp_path: Path) -> None:
    async with opened(tmp_path / "a.db"):
        held = copy_database(tmp_path / "a.db", tmp_path / "b.db", tell=untold)
    assert held is not None
    assert (held.records, held.root) == (0, "")
    with closing(sqlite3.connect(tmp_path / "other")) as db:
        db.execute("CREATE TABLE a (b)")
    assert copy_database(tmp_path / "other", tmp_path / "copy", tell=untold) is None
    assert is_database(tmp_path / "copy")
    assert not is_database(Path(__file__))


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("INSERT INTO migration (name) VALUES ('9999 later')", "newer version of peerset.*upgrade peerset"),
        ("UPDATE record SET created_at = created_at + 86400 WHERE number = 3", "damaged"),
        ("UPDATE record SET id = x'00' WHERE number = 3", "damaged"),
        ("UPDATE record SET bucket = bucket + 50000, created_at = created_at + 4320000000 WHERE number = 3", "span"),
    ],
)
async def test_what_is_wrong_with_a_store_is_said(tmp_path: Path, sql: str, word: str) -> None:
    path = tmp_path / "a.db"
    async with opened(path) as store:
        await store.add(make_records(5))
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(sql)
    with pytest.raises(StoreError, match=rf"cannot copy .*a\.db: .*{word}"):
        copy_database(path, tmp_path / "b.db", tell=untold)


async def test_a_damaged_page_is_found_in_the_copy(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    async with opened(path) as store:
        await store.add(make_records(300, content="x" * 900))
    whole, words = path.read_bytes(), set[str]()
    for page in (1, 20, 40, 60):
        path.write_bytes(whole[: page * 4_096] + b"\xa5" * 4_096 + whole[(page + 1) * 4_096 :])
        with pytest.raises(StoreError) as caught:
            copy_database(path, tmp_path / f"{page}.db", tell=untold)
        words.add(str(caught.value))
    assert all("it is damaged" in word for word in words), words
    path.write_bytes(b"no database")
    with pytest.raises(StoreError, match="a room: it is damaged"):
        check_database(path, what="a room")
