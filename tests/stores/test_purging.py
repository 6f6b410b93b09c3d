"""What was purged is in no byte of a SQLite file, or of its log."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from peerset.core.clock import UnixTime
from peerset.core.filter import Filter
from peerset.testing.check_store import NOON
from tests.stores.files import leftovers, make_records, opened

pytestmark = pytest.mark.real_time


async def test_purged_content_is_in_no_byte_of_the_file(path: Path) -> None:
    secrets = [f"secret {number} ".encode() * repeats for number, repeats in enumerate((1, 5, 500, 4_000))]
    records = [make_records(1, content=text.decode(), created_at=NOON + n)[0] for n, text in enumerate(secrets)]
    others = make_records(300, content="left alone", created_at=NOON + 100)
    async with opened(path) as store:
        await store.add([*others[:150], *records, *others[150:]])
        root_before = await store.entries()
        await store.purge([record.id for record in records])
        assert not any(text[:10] in file.read_bytes() for text in secrets for file in path.parent.iterdir())
        assert await store.entries() == root_before
    async with opened(path) as store:
        assert await store.get([record.id for record in records]) == []
        assert len(await store.query(Filter())) == len(others)
    assert leftovers(path) == 0


async def test_what_was_purged_while_others_read_or_before_a_kill_is_in_no_byte_after_a_collection(path: Path) -> None:
    records, killed = make_records(3, content="secret " * 50), path.parent / "killed"
    killed.mkdir()

    def is_held(folder: Path) -> bool:
        return any(b"secret " in file.read_bytes() for file in folder.iterdir() if file.is_file())

    async with opened(path) as store:
        await store.add(records)
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM record").fetchone()
            await store.purge([record.id for record in records])
            await store.expire(UnixTime(0))
            # What who is killed now leaves behind.
            for file in path.parent.glob("*.db*"):
                (killed / file.name).write_bytes(file.read_bytes())
            assert (is_held(path.parent), is_held(killed)) == (True, True)
        await store.expire(UnixTime(0))
        assert not is_held(path.parent)
    async with opened(killed / path.name) as store:
        await store.expire(UnixTime(0))
        assert not is_held(killed)
        assert await store.wires([record.id for record in records]) == [b""] * 3
