"""How a file that knows no versions of profiles, follows and lists is brought up to date."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from peerset.core.clock import UnixTime
from peerset.core.day_sum import sums_of
from peerset.core.deletion import marks_of, names_deleted, outline_of
from peerset.core.record import KIND_DELETION, Record, sign_record
from peerset.stores.numbering import last_number
from peerset.stores.schema import MIGRATIONS, prepare
from peerset.testing.check_store import NOON
from tests.stores.files import KEYS, make_records, opened, save_in_older

pytestmark = pytest.mark.real_time

AUTHOR = KEYS[0].public_key


def record_of(kind: int, *tags: Sequence[str], at: int = 0) -> Record:
    return sign_record(KEYS[0], created_at=UnixTime(NOON + at), kind=kind, tags=tags, content="said")


def fill_older(path: Path, records: Sequence[Record]) -> int:
    """Make a file as it was before, with *records*; give the highest number in it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        prepare(db, MIGRATIONS[:12])
        save_in_older(db, records)
        db.execute("UPDATE record SET address = NULL WHERE kind < 30000")
        db.execute("DELETE FROM mark")
        db.execute("UPDATE day_sum SET names = 0")
        return last_number(db)


async def test_they_get_addresses_and_what_deletions_name_of_them_goes(path: Path) -> None:
    kept = [record_of(0, at=9), record_of(10_002), record_of(30_078, ["d", "x"]), record_of(1, ["t", "a"])]
    deletions = [record_of(KIND_DELETION, ["a", f"0:{AUTHOR.hex()}:"], ["a", f"3:{AUTHOR.hex()}:"], at=8)]
    gone = [record_of(3, ["t", "b"], at=8), record_of(0, ["t", "a"])]
    last = fill_older(path, [*kept, *deletions, *make_records(3), *gone])
    async with opened(path) as store:
        assert {each.id for each in await store.versions()} == {each.id for each in kept[:3]}
        assert await store.named([outline_of(kept[0]).address or b""]) == [outline_of(kept[0])]
        assert await store.get([each.id for each in gone]) == []
        assert await store.marks([(name, AUTHOR) for name in names_deleted(deletions[0])]) == marks_of(deletions)
        assert await store.sums() == sums_of([*kept, *deletions, *make_records(3)])
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        assert last_number(db) == last, "the numbers of what went are not given again"
        assert db.execute("SELECT value FROM tag WHERE name = 't'").fetchall() == [("a",)]


async def test_a_deletion_that_is_damaged_names_nothing(path: Path) -> None:
    profile, deletion = record_of(0), record_of(KIND_DELETION, ["a", f"0:{AUTHOR.hex()}:"])
    fill_older(path, [profile, deletion])
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.create_function("from_hex", 1, bytes.fromhex)
        db.execute("UPDATE record SET wire = x'00' WHERE kind = 5")
    async with opened(path) as store:
        assert [each.id for each in await store.versions()] == [profile.id]
        assert await store.marks([(outline_of(profile).address or b"", AUTHOR)]) == []
