"""Which days are written, written anew, kept and left."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from peerset.archive import archiving
from peerset.archive.checking import checker, verify
from peerset.archive.manifest import MANIFEST, day_text, read_manifest
from peerset.archive.place import FolderPlace
from peerset.archive.writing import DayFile
from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.merkle import Index
from peerset.core.record import Record
from peerset.core.signal import RoomName
from peerset.errors import ConfigError, StoreError
from peerset.ports import Store
from peerset.stores.memory import MemoryStore
from peerset.stores.sqlite import open_sqlite
from tests.archive.rooms import LOBBY, NOW, TODAY, archive, deletion_of, record_on

pytestmark = pytest.mark.real_time

YESTERDAY = TODAY - 1


@asynccontextmanager
async def filled(folder: Path, records: Sequence[Record], *, kind: str = "sqlite") -> AsyncIterator[Store]:
    store: Store = MemoryStore() if kind == "memory" else await open_sqlite(str(folder / "lobby.db"))
    await store.bind(LOBBY.tag)
    await store.add(records)
    yield store
    await store.aclose()


async def read(folder: Path) -> dict[str, list[Record]]:
    """Give the records of each archived day, all of which are what the manifest says."""
    place = FolderPlace(folder)
    manifest = read_manifest((folder / MANIFEST).read_bytes())
    assert await verify(place, manifest, tell=lambda _: None) == {}
    async with checker(place, LOBBY.tag) as checking:
        return {day.name: list(await checking.records(day)) for day in manifest.days}


def in_order(records: Iterable[Record]) -> list[Record]:
    return sorted(records, key=lambda each: (each.created_at, each.id))


def wires(records: Iterable[Record]) -> list[bytes]:
    return [each.wire for each in records]


@pytest.mark.parametrize("kind", ["sqlite", "memory"])
async def test_closed_days_are_written_whole_and_the_root_is_that_of_the_room(tmp_path: Path, kind: str) -> None:
    records = [record_on(day, number) for day in (TODAY - 5, TODAY - 2, YESTERDAY, TODAY) for number in range(4)]
    async with filled(tmp_path, records, kind=kind) as store:
        archived = await archive(store, tmp_path / "archive")

    assert archived.written == [day_text(day) for day in (TODAY - 5, TODAY - 2, YESTERDAY)]
    found = await read(tmp_path / "archive")
    assert [wires(day) for day in found.values()] == [wires(in_order(records[at : at + 4])) for at in (0, 4, 8)]
    index = Index.bulk((each.created_at, each.id) for each in records)
    root = index.root(LOBBY.tag, TODAY - 5, UnixTime(TODAY * DAY_SECONDS))
    assert archived.manifest.root == root


async def test_what_is_archived_already_is_not_written_again(tmp_path: Path) -> None:
    async with filled(tmp_path, [record_on(TODAY - 3), record_on(YESTERDAY)]) as store:
        await archive(store, tmp_path / "archive")
        before = {path: path.stat().st_mtime_ns for path in (tmp_path / "archive").rglob("*") if path.is_file()}
        late = record_on(YESTERDAY, 7)
        await store.add([late])
        archived = await archive(store, tmp_path / "archive")
        assert archived.written == [day_text(YESTERDAY)]
        assert late in (await read(tmp_path / "archive"))[day_text(YESTERDAY)]
        kept = [path for path, time in before.items() if path.exists() and path.stat().st_mtime_ns == time]
        assert [path.name[:10] for path in kept] == [day_text(TODAY - 3)]
        assert (await archive(store, tmp_path / "archive")).written == []


async def test_a_deleted_record_leaves_the_archive_and_a_lost_one_does_not(tmp_path: Path) -> None:
    deleted, lost, other = record_on(TODAY - 3), record_on(TODAY - 2), record_on(TODAY - 2, 1)
    async with filled(tmp_path, [deleted, lost, other]) as store:
        await archive(store, tmp_path / "archive")
        deletion = deletion_of(deleted, at=YESTERDAY * DAY_SECONDS)
        await store.add([deletion], removed=[deleted.id, lost.id])
        archived = await archive(store, tmp_path / "archive")

        assert list(archived.left) == [day_text(TODAY - 2)]
        assert "lost 1 of its records" in archived.left[day_text(TODAY - 2)]
        assert archived.written == [day_text(TODAY - 3), day_text(YESTERDAY)]
        assert await read(tmp_path / "archive") == {
            day_text(TODAY - 2): in_order([lost, other]),
            day_text(YESTERDAY): [deletion],
        }
        assert (await archive(store, tmp_path / "archive", is_anew=True)).left == {}
        assert (await read(tmp_path / "archive"))[day_text(TODAY - 2)] == [other]


async def test_an_empty_store_does_not_empty_an_archive(tmp_path: Path) -> None:
    records = [record_on(TODAY - 3), record_on(YESTERDAY)]
    async with filled(tmp_path, records) as store:
        await archive(store, tmp_path / "archive")
    async with filled(tmp_path, [], kind="memory") as store:
        archived = await archive(store, tmp_path / "archive")
    assert list(archived.left) == [day_text(TODAY - 3), day_text(YESTERDAY)]
    assert list(chain.from_iterable((await read(tmp_path / "archive")).values())) == records


async def test_days_that_leave_the_window_stay_as_they_were_archived(tmp_path: Path) -> None:
    records = [record_on(TODAY - 9, number) for number in range(3)]
    later = UnixTime(NOW + 5 * DAY_SECONDS)
    async with filled(tmp_path, records) as store:
        await archive(store, tmp_path / "archive", retention_seconds=10 * DAY_SECONDS)
        await store.expire(UnixTime(records[1].created_at))
        archived = await archive(store, tmp_path / "archive", now=later, retention_seconds=10 * DAY_SECONDS)
    assert (archived.written, archived.left) == ([], {})
    assert wires((await read(tmp_path / "archive"))[day_text(TODAY - 9)]) == wires(records)


async def test_what_expired_or_was_destroyed_here_is_gone_from_the_archive_and_its_id_stays(tmp_path: Path) -> None:
    ends = str(NOW + 100)
    short, sooner = (
        record_on(YESTERDAY, tags=[("expiration", ends)]),
        record_on(TODAY - 60, tags=[("expiration", ends)]),
    )
    purged, thinned = record_on(YESTERDAY, 1), record_on(YESTERDAY, 2)
    async with filled(tmp_path, [short, sooner, purged, thinned]) as store:
        first = await archive(store, tmp_path / "archive")
        await store.purge([purged.id, thinned.id])
        # A store that is short of room gives up what nobody destroyed: that stays in the archive.
        archived = await archive(
            store,
            tmp_path / "archive",
            now=UnixTime(NOW + 100),
            retention_seconds=30 * DAY_SECONDS,
            purged=frozenset([purged.id]),
        )
        again = await archive(store, tmp_path / "archive", now=UnixTime(NOW + 101), purged=frozenset([purged.id]))
    assert archived.written == [day_text(TODAY - 60), day_text(YESTERDAY)]
    assert again.written == []
    assert again.manifest.root == first.manifest.root
    found = await read(tmp_path / "archive")
    assert [(each.id, each.wire) for each in found[day_text(TODAY - 60)]] == [(sooner.id, b"")]
    assert [(each.id, each.wire) for each in found[day_text(YESTERDAY)]] == [
        (short.id, b""),
        (purged.id, b""),
        (thinned.id, thinned.wire),
    ]


class TornPlace(FolderPlace):
    """A place that takes so many files, and nothing any more after that."""

    def __init__(self, folder: Path, *, files: int) -> None:
        super().__init__(folder)
        self.left = files

    def put(self, path: str, source: Path) -> None:
        self.left -= 1
        if self.left < 0:
            raise StoreError("the line is cut")
        super().put(path, source)

    def replace(self, path: str, data: bytes) -> None:
        raise StoreError("the line is cut")


@pytest.mark.parametrize("files", [0, 1, 2])
async def test_a_run_that_breaks_half_way_leaves_the_former_archive_whole(tmp_path: Path, files: int) -> None:
    first, late, new = record_on(TODAY - 3), record_on(TODAY - 3, 9), record_on(YESTERDAY)
    async with filled(tmp_path, [first]) as store:
        await archive(store, tmp_path / "archive")
        await store.add([late, new])
        with pytest.raises(StoreError, match="the line is cut"):
            await archive(store, TornPlace(tmp_path / "archive", files=files))
        assert await read(tmp_path / "archive") == {day_text(TODAY - 3): [first]}
        await archive(store, tmp_path / "archive")
    assert await read(tmp_path / "archive") == {day_text(TODAY - 3): [first, late], day_text(YESTERDAY): [new]}
    assert len(list((tmp_path / "archive" / "days").iterdir())) == 2


async def test_a_file_that_is_gone_or_torn_is_written_again_and_those_of_others_stay(tmp_path: Path) -> None:
    async with filled(tmp_path, [record_on(TODAY - 3), record_on(YESTERDAY)]) as store:
        await archive(store, tmp_path / "archive")
        gone, torn = sorted((tmp_path / "archive" / "days").iterdir())
        gone.unlink()
        torn.write_bytes(torn.read_bytes()[:100])
        (tmp_path / "archive" / "days" / "notes.txt").write_text("mine")
        assert len((await archive(store, tmp_path / "archive")).written) == 2
    assert len(await read(tmp_path / "archive")) == 2
    assert (tmp_path / "archive" / "days" / "notes.txt").read_text() == "mine"


async def test_a_changed_day_whose_file_was_altered_is_left_and_named(tmp_path: Path) -> None:
    async with filled(tmp_path, [record_on(YESTERDAY)]) as store:
        await archive(store, tmp_path / "archive")
        (file,) = (tmp_path / "archive" / "days").iterdir()
        file.write_bytes(file.read_bytes()[::-1])
        await store.add([record_on(YESTERDAY, 1)])
        archived = await archive(store, tmp_path / "archive")
        assert "SHA-256" in archived.left[day_text(YESTERDAY)]
        assert (await archive(store, tmp_path / "archive", is_anew=True)).left == {}
    assert len((await read(tmp_path / "archive"))[day_text(YESTERDAY)]) == 2


async def test_an_archive_is_that_of_one_room(tmp_path: Path) -> None:
    async with filled(tmp_path, []) as store:
        await archive(store, tmp_path / "archive")
        text = (tmp_path / "archive" / MANIFEST).read_text()
        (tmp_path / "archive" / MANIFEST).write_text(
            text.replace(LOBBY.tag.hex(), RoomName("peerset", "hall").tag.hex())
        )
        with pytest.raises(ConfigError, match="another room"):
            await archive(store, tmp_path / "archive")


async def test_a_store_whose_bytes_are_another_record_is_not_archived(tmp_path: Path, monkeypatch: Any) -> None:
    record, other = record_on(YESTERDAY), record_on(YESTERDAY, 1)
    async with filled(tmp_path, [record], kind="memory") as store:
        for wire, reason in ((other.wire, "another record"), (record.wire[:-1], "damaged")):
            monkeypatch.setattr(store, "wires", lambda _, wire=wire: asyncio.sleep(0, [wire]))
            with pytest.raises(StoreError, match=reason):
                await archive(store, tmp_path / "archive")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
async def test_a_disk_that_is_full_is_said_and_costs_the_archive_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = record_on(TODAY - 3)
    async with filled(tmp_path, [first]) as store:
        await archive(store, tmp_path / "archive")
        await store.add([record_on(YESTERDAY)])
        with monkeypatch.context() as patch:
            patch.setattr(archiving, "DayFile", lambda day, _: DayFile(day, Path("/dev/full")))
            with pytest.raises(
                StoreError, match=f"{day_text(YESTERDAY)} cannot be written .*: No space left on device"
            ):
                await archive(store, tmp_path / "archive")
        await store.add([late := record_on(TODAY - 3, 1)])
        with monkeypatch.context() as patch:
            patch.setattr("peerset.archive.checking.SPILL", "/dev/full")
            with pytest.raises(StoreError, match=f"{day_text(TODAY - 3)} cannot be unpacked in .*: No space left"):
                await archive(store, tmp_path / "archive")
        assert await read(tmp_path / "archive") == {day_text(TODAY - 3): [first]}
        await archive(store, tmp_path / "archive")
    assert (await read(tmp_path / "archive"))[day_text(TODAY - 3)] == [first, late]


async def test_large_stores_are_read_some_days_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archiving, "SURVEY_RECORDS_MAX", 3)
    records = [record_on(TODAY - day, number) for day in range(1, 5) for number in range(2)]
    async with filled(tmp_path, records) as store:
        assert len((await archive(store, tmp_path / "archive")).written) == 4
    assert list(chain.from_iterable((await read(tmp_path / "archive")).values())) == in_order(records)
