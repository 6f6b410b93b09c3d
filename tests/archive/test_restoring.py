"""What a room takes back of an archive, and what it leaves."""

import random
import time
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import peerset
from peerset.archive.checking import load_manifest
from peerset.archive.place import FolderPlace
from peerset.archive.restoring import Restored, Restoring
from peerset.core.bucket import day_of
from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.limits import RETENTION_SECONDS
from peerset.core.record import Record
from peerset.core.seal import new_seal
from peerset.errors import ArchiveError
from peerset.protocol.retention import window
from peerset.stores.memory import MemoryStore
from peerset.stores.sqlite import open_sqlite
from peerset.testing.memory import MemorySwarm
from tests.archive.rooms import LOBBY, archive, deletion_of, record_on

pytestmark = pytest.mark.real_time

TODAY = day_of(int(time.time()))


async def archived(folder: Path, records: Sequence[Record], *, purged: Sequence[Record] = ()) -> None:
    """Archive what a room that keeps everything has of *records*, before it was deleted or expired."""
    store = MemoryStore()
    await store.bind(LOBBY.tag)
    await store.add(records)
    await store.purge([each.id for each in purged])
    now = UnixTime((TODAY + 1) * DAY_SECONDS)
    await archive(store, folder, now=now, retention_seconds=3_000 * DAY_SECONDS)


async def restored(
    folder: Path, here: Sequence[Record] = (), *, days: int = 90, now: float | None = None
) -> tuple[Restored, set[bytes], list[str]]:
    """Restore into a room that has some records already; with what it has then, and what it refused."""
    refused: list[str] = []
    place = FolderPlace(folder)
    manifest = await load_manifest(place)
    assert manifest is not None
    at, retention = UnixTime(int(now or time.time())), days * DAY_SECONDS
    host = MemorySwarm().host()
    async with peerset.join("lobby", store="memory:", retention=retention, host=host) as room:
        await room.add(here)
        restoring = Restoring(
            place,
            manifest,
            room,
            window=window(at, retention_seconds=retention),
            now=at,
            refused=lambda record_id, reason: refused.append(f"{record_id}: {reason}"),
        )
        told = list[int]()
        found = await restoring.run(told.append)
        assert sum(told) == sum(day.records.count for day in manifest.days)
        return found, {each.id for each in await room.records()}, refused


async def test_all_that_the_room_would_have_comes_back_and_what_is_here_is_known(tmp_path: Path) -> None:
    records = [record_on(TODAY - 1 - number % 4, number) for number in range(12)]
    await archived(tmp_path, records)
    found, here, refused = await restored(tmp_path, records[:2])
    assert found == Restored(added=10, known=2)
    assert here == {each.id for each in records}
    assert refused == []


async def test_what_should_be_gone_does_not_come_back(tmp_path: Path) -> None:
    keeps, expired, purged, deleted = (
        record_on(TODAY - 2, 0, tags=[("expiration", str(int(time.time()) + 3 * DAY_SECONDS))]),
        record_on(TODAY - 2, 1, tags=[("expiration", str(int(time.time()) - 9))]),
        record_on(TODAY - 2, 2),
        record_on(TODAY - 2, 3),
    )
    await archived(tmp_path, [keeps, expired, deleted])
    # It was whole when it was archived, and expires by the time that it is restored.
    assert (await restored(tmp_path))[0] == Restored(added=2, purged=1)
    found, here, _ = await restored(tmp_path, now=time.time() + 3 * DAY_SECONDS)
    assert found == Restored(added=1, expired=1, purged=1)
    assert here == {deleted.id}

    await archived(tmp_path / "other", [keeps, purged, deleted], purged=[purged])
    deletion = deletion_of(deleted, at=int(time.time()))
    found, here, refused = await restored(tmp_path / "other", [deletion])
    assert found == Restored(added=1, purged=1, refused=1)
    assert here == {deletion.id, keeps.id}
    assert refused[0].startswith(f"{deleted.id.hex()[:8]}: refused by")


async def test_what_is_older_than_the_room_keeps_stays_in_the_archive(tmp_path: Path) -> None:
    records = [record_on(TODAY - 200), record_on(TODAY - 91), record_on(TODAY - 1)]
    await archived(tmp_path, records)
    found, here, _ = await restored(tmp_path)
    assert (found, here) == (Restored(added=1, old=2), {records[2].id})
    found, here, _ = await restored(tmp_path, days=3_000)
    assert (found, here) == (Restored(added=3), {each.id for each in records})


async def test_a_day_that_begins_too_old_and_does_not_end_so_is_restored_in_part(tmp_path: Path) -> None:
    edge = int(time.time()) - RETENTION_SECONDS
    first, last = record_on(day_of(edge), 0), record_on(day_of(edge), 1_439)
    await archived(tmp_path, [first, last])
    end = last.created_at + RETENTION_SECONDS
    found, _, _ = await restored(tmp_path, now=end)
    assert found.old == 1


async def test_a_sealed_room_stays_sealed_in_its_archive_and_is_read_by_its_secret_afterwards(tmp_path: Path) -> None:
    secret = new_seal(random.Random(1))
    host, text = MemorySwarm().host(), "nobody else reads this"
    async with peerset.join("lobby", store=f"sqlite:{tmp_path}/a.db", seal=secret, host=host) as room:
        published = await room.publish({"text": text})
    store = await open_sqlite(str(tmp_path / "a.db"))
    await archive(store, tmp_path / "archive", now=UnixTime(int(time.time()) + 2 * DAY_SECONDS))
    await store.aclose()
    [file] = (tmp_path / "archive" / "days").iterdir()
    [content] = pq.read_table(file)["content"].to_pylist()
    assert text not in content
    assert text.encode() not in file.read_bytes()

    place = FolderPlace(tmp_path / "archive")
    manifest = await load_manifest(place)
    assert manifest is not None
    at = UnixTime(int(time.time()))
    current = window(at, retention_seconds=RETENTION_SECONDS)
    async with peerset.join("lobby", store="memory:", seal=secret, host=host) as room:
        restoring = Restoring(place, manifest, room, window=current, now=at, refused=lambda *_: None)
        assert await restoring.run(lambda _: None) == Restored(added=1)
        [found] = await room.records()
        assert (found.id, found.content) == (published.id, published.content)
        assert text in found.content


async def test_a_day_whose_file_was_changed_brings_nothing_back_and_costs_no_other(tmp_path: Path) -> None:
    records = [record_on(TODAY - 2), record_on(TODAY - 1)]
    await archived(tmp_path, records)
    torn = min((tmp_path / "days").iterdir())
    torn.write_bytes(bytes(torn.stat().st_size))
    found, here, _ = await restored(tmp_path)
    assert here == {records[1].id}
    [(_, reason)] = found.wrong.items()
    assert "SHA-256" in reason
    assert issubclass(ArchiveError, peerset.PeersetError)
