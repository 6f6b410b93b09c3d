"""Finding rows by ids, addresses and marks of deletions."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.filter import Filter
from peerset.core.record import KIND_DELETION, Record, RecordId, sign_record
from peerset.core.stamp import newest_first
from peerset.stores.lookup import SELECT_NEWEST_MARK, SELECT_PROBED, SELECT_SCANNED, SELECT_VERSIONS, named, rows_of
from peerset.stores.schema import MIGRATIONS, prepare
from peerset.stores.selection import hex_array, number_array
from peerset.testing.check_store import NOON
from tests.stores.files import KEYS, make_records, opened, save_in_older

pytestmark = pytest.mark.real_time


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (SELECT_PROBED, "SEARCH record USING COVERING INDEX record_by_id (bucket=? AND id=?)"),
        (SELECT_SCANNED, "SCAN record USING COVERING INDEX record_by_id"),
        (SELECT_VERSIONS, "SEARCH record USING COVERING INDEX record_by_address (bucket=? AND address=?)"),
        (SELECT_NEWEST_MARK, "SEARCH mark USING PRIMARY KEY (name=? AND author=? AND created_at=?)"),
    ],
)
def test_each_question_is_answered_by_its_index(path: Path, statement: str, index: str) -> None:
    parameters = {"buckets": number_array([1]), "names": hex_array([b"x"]), "name": b"x", "author": b"y"}
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        prepare(db)
        plan = "\n".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))
        assert index in plan
        assert (rows_of(db, []), rows_of(db, [RecordId(b"x")]), named(db, []), named(db, [b"x"])) == ([], [], [], [])


async def test_many_names_that_nobody_has_are_looked_for_by_reading_all_ids_and_found_alike(path: Path) -> None:
    records = [record for day in range(30) for record in make_records(3, created_at=NOON - day * DAY_SECONDS)]
    async with opened(path) as store:
        await store.add(records)
        absent = [hashlib.sha256(bytes([number])).digest() for number in range(200)]
        few = {outline.id for outline in await store.named([records[0].id, records[70].id])}
        many = {outline.id for outline in await store.named([records[0].id, *absent, records[70].id])}
        assert few == many == {records[0].id, records[70].id}


async def test_marks_are_as_many_as_the_names_and_go_with_their_deletion(path: Path) -> None:
    def count() -> int:
        with closing(sqlite3.connect(path)) as db:
            return int(db.execute("SELECT count(*) FROM mark").fetchone()[0])

    tags = [["e", hashlib.sha256(bytes([number])).hexdigest()] for number in range(60)]
    deletion = sign_record(KEYS[0], created_at=UnixTime(NOON), kind=KIND_DELETION, tags=tags, content="")
    async with opened(path) as store:
        await store.add([deletion, *make_records(5)])
        await store.add([deletion])
        assert count() == 60
        await store.add([], removed=[deletion.id])
        assert count() == 0


async def test_deletions_and_others_are_found_by_the_id_that_they_name_on_every_day(path: Path) -> None:
    def naming(kind: int, created_at: int, *values: str) -> Record:
        tags = [["e", value] for value in values]
        return sign_record(KEYS[0], created_at=UnixTime(created_at), kind=kind, tags=tags, content="")

    kinds, times = (KIND_DELETION, 1_078), [NOON + day * DAY_SECONDS for day in range(3)]
    told = [naming(kind, time, "ab" * 32, "cd" * 32) for time in times for kind in kinds]
    others = [naming(kind, time, "ef" * 32) for time in times for kind in kinds]
    async with opened(path) as store:
        await store.add([*told, *others])
        query = Filter(tags={"e": frozenset(("cd" * 32, "no id"))})
        assert sorted(await store.query(query), key=newest_first) == sorted(told, key=newest_first)
        await store.add([], removed=[told[0].id])
        assert told[0] not in await store.query(query)


async def test_deletions_of_an_older_file_are_found_as_before(path: Path) -> None:
    tags = [["c", "places"], ["e", "ab" * 32]]
    deletion = sign_record(KEYS[0], created_at=UnixTime(NOON), kind=KIND_DELETION, tags=tags, content="")
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        prepare(db, MIGRATIONS[:9])
        save_in_older(db, [deletion, *make_records(2)])
        values = [("c", "places"), ("e", "ab" * 32)]
        db.executemany("INSERT OR IGNORE INTO tag SELECT bucket, ?, ?, number FROM record WHERE kind = 5", values)
        prepare(db)
        assert db.execute("SELECT name, count(*) FROM tag GROUP BY name").fetchall() == [("c", 3)]
    async with opened(path) as store:
        assert await store.query(Filter(tags={"e": frozenset(("ab" * 32,))})) == [deletion]
