"""One SQLite file on a thread of its own, and what it says when the disk fails."""

import asyncio
import contextlib
import os
import random
import sqlite3
import stat
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.filter import Filter
from peerset.core.signal import RoomTag
from peerset.errors import ConfigError, CursorError, StoreError
from peerset.stores.sqlite import open_sqlite
from peerset.testing.check_store import NOON, sample_records
from tests.patience import PATIENT_SECONDS
from tests.stores.files import make_records, opened

pytestmark = pytest.mark.real_time


def read(path: Path) -> bytes:
    return path.read_bytes()


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def size_of(path: Path) -> int:
    return path.stat().st_size


async def test_a_batch_is_saved_even_when_its_caller_is_cancelled(path: Path) -> None:
    records = make_records(500)
    async with opened(path) as store:
        adding = asyncio.create_task(store.add(records))
        await asyncio.sleep(0)
        adding.cancel()
        await asyncio.wait([adding])
        assert adding.cancelled()
        await store.add(records[:1])
        assert len(await store.entries()) == len(records)


@pytest.mark.skipif(
    sys.gettrace() is not None and sys.version_info < (3, 12, 1),
    reason="a traced coroutine skips the handler of what is thrown into it (CPython issue 105162)",
)
@pytest.mark.parametrize("name", ["room.db", "nowhere/room.db"])
async def test_opening_may_be_cancelled_and_leaves_no_thread(tmp_path: Path, name: str) -> None:
    before = set(threading.enumerate())
    opening = asyncio.create_task(open_sqlite(str(tmp_path / name)))
    await asyncio.sleep(0)
    opening.cancel()
    await asyncio.wait([opening])
    assert opening.cancelled()
    started = set(threading.enumerate()) - before
    for thread in started:
        thread.join(PATIENT_SECONDS)
    assert [thread for thread in started if thread.is_alive()] == []


async def test_a_full_store_says_so_loses_nothing_and_works_again(path: Path) -> None:
    small, large = make_records(20), make_records(200, content="x" * 2_000, created_at=NOON + DAY_SECONDS)
    async with opened(path) as store:
        await store.add(small)
    async with opened(path, size_max_bytes=path.stat().st_size + 20_000) as store:
        with pytest.raises(StoreError, match=r"room\.db: the disk, or the size allowed to this store, is full: free"):
            await store.add(large, removed=[small[0].id])
        assert await store.get([record.id for record in small]) == small, "the failed batch changed nothing"
        assert await store.query(Filter(since=NOON + DAY_SECONDS)) == []
        await store.add(large[:5])
    async with opened(path) as store:
        await store.add(large)
        assert len(await store.entries()) == 220


async def test_expiring_makes_room_in_a_full_store(path: Path) -> None:
    old = make_records(60, content="x" * 2_000)
    new = make_records(60, content="y" * 2_000, created_at=NOON + DAY_SECONDS)
    async with opened(path) as store:
        await store.add(old)
    async with opened(path, size_max_bytes=path.stat().st_size + 20_000) as store:
        with pytest.raises(StoreError, match="is full"):
            await store.add(new)
        await store.expire(UnixTime(NOON + DAY_SECONDS))
        await store.add(new)
        assert len(await store.entries()) == 60


async def test_what_goes_where_there_is_no_room_to_say_so_lets_who_follows_begin_anew(path: Path) -> None:
    async with opened(path) as store:
        await store.add(make_records(60, content="x" * 2_000))
        read = await store.changes(None, limit=100)
    async with opened(path, size_max_bytes=path.stat().st_size) as store:
        with pytest.raises(StoreError, match="is full"):
            await store.add(make_records(60, content="y" * 2_000, created_at=NOON + DAY_SECONDS))
        await store.expire(UnixTime(NOON + DAY_SECONDS))
        with pytest.raises(CursorError):
            await store.changes(read.end, limit=100)
        assert (await store.changes(None, limit=100)).changes == ()


async def test_a_file_held_by_another_process_is_waited_for_then_named(path: Path) -> None:
    records = sample_records()
    async with opened(path) as store:
        await store.add(records[:1])
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError, match=r"cannot use the store .*room\.db: another program holds the file"):
                await store.add(records)
            assert len(await store.entries()) == 1, "reading goes on"
        await store.add(records)
        assert len(await store.entries()) == len(records)


async def test_a_file_held_for_itself_alone_by_another_process_does_not_open(path: Path) -> None:
    async with opened(path) as store:
        await store.add(sample_records())
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match=r"cannot open the store .*another program holds the file .*stop it"):
            await open_sqlite(str(path), busy_seconds=0.05)
    async with opened(path) as store:
        assert len(await store.entries()) == len(sample_records())


async def test_a_file_that_is_no_database_is_left_as_it_is(path: Path) -> None:
    garbage = random.Random(1).randbytes(20_000)
    write(path, garbage)
    with pytest.raises(StoreError, match=r"room\.db: the file is damaged, or no SQLite database: move it away"):
        await open_sqlite(str(path))
    assert read(path) == garbage


async def test_a_truncated_file_is_damaged(path: Path) -> None:
    async with opened(path) as store:
        await store.add(make_records(300, content="x" * 500))
    os.truncate(path, size_of(path) // 3)
    with pytest.raises(StoreError, match=r"room\.db: the file is damaged"):
        async with opened(path) as store:
            await store.entries()


def flip_bits(path: Path, *, seed: int, count: int) -> None:
    rng = random.Random(seed)
    content = bytearray(path.read_bytes())
    for _ in range(count):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)


@pytest.mark.parametrize("seed", range(12))
async def test_flipped_bits_give_store_errors_and_no_wrong_record(path: Path, seed: int) -> None:
    records = make_records(100, content="x" * 300)
    known = {record.id for record in records}
    async with opened(path) as store:
        await store.add(records)
    flip_bits(path, seed=seed, count=2 ** (seed + 1))
    # Any other error ends the test; what is still readable may only be what was written.
    with contextlib.suppress(StoreError):
        async with opened(path) as store:
            assert {record.id for record in await store.query(Filter())} <= known
            assert {record.id for record in await store.get(sorted(known))} <= known
            await store.entries()
            await store.wires(sorted(known))
            await store.add(records)
            await store.expire(UnixTime(NOON + 50))


async def test_a_path_that_names_nothing_is_the_callers_error() -> None:
    for path in ("", ":memory:"):
        with pytest.raises(ConfigError, match=r"names no file; say 'sqlite:room\.db', or 'memory:'"):
            await open_sqlite(path)
    with pytest.raises(ConfigError, match="has a NUL character"):
        await open_sqlite("room\0.db")


async def test_a_folder_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"it is a folder; name a file, for example .*room\.db"):
        await open_sqlite(str(tmp_path))


async def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"the folder .*nowhere does not exist: create it first"):
        await open_sqlite(str(tmp_path / "nowhere" / "room.db"))


@pytest.fixture
def ordinary_user() -> Iterator[int]:
    """Let the test run as somebody whom permissions bind, when it was started by root."""
    before = os.geteuid()
    user = 65_534 if before == 0 else before
    os.seteuid(user)
    yield user
    os.seteuid(before)


async def test_a_folder_that_may_not_be_written_is_explained(ordinary_user: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o500)
        with pytest.raises(StoreError, match="the file or its folder may not be written: check their owner"):
            await open_sqlite(f"{folder}/room.db")


async def test_a_file_that_may_not_be_written_is_explained(ordinary_user: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "room.db"
        async with opened(path) as store:
            await store.add(sample_records())
        path.chmod(0o400)
        os.chmod(folder, 0o500)
        with pytest.raises(StoreError, match="may not be written"):
            async with opened(path) as store:
                await store.add(make_records(1))
        os.chmod(folder, 0o700)
        path.chmod(0o600)
        async with opened(path) as store:
            assert len(await store.entries()) == len(sample_records())


async def test_a_private_store_is_read_by_its_owner_alone(path: Path) -> None:
    async with opened(path) as store:
        await store.bind(RoomTag(bytes(16)), is_private=True)
        await store.add(make_records(3))
        assert {stat.S_IMODE(file.stat().st_mode) & 0o077 for file in path.parent.glob(f"{path.name}*")} == {0}
