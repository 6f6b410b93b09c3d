"""Archives against their manifests, on all cores; files that are made to harm who reads them."""

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from peerset.archive.checking import load_manifest, verify
from peerset.archive.day_digest import NOTHING, DaySet
from peerset.archive.limits import READING_BYTES_MAX
from peerset.archive.manifest import ArchivedDay, Manifest, file_of
from peerset.archive.place import FolderPlace
from peerset.archive.table import SCHEMA, columns_of
from peerset.archive.writing import DayFile
from peerset.core.record import Record
from peerset.errors import StoreError
from tests.archive.rooms import LOBBY, NOW, TODAY, record_on

pytestmark = pytest.mark.real_time


def archived(folder: Path, day: int, records: Sequence[Record]) -> ArchivedDay:
    (folder / "days").mkdir(exist_ok=True)
    file = DayFile(day, folder / "day")
    file.add(records)
    made = file.end(shells=NOTHING.digest)
    (folder / "day").rename(folder / made.file)
    return made


async def wrong(folder: Path, *days: ArchivedDay, processes: int | None = None) -> dict[int, str]:
    told = list[int]()
    found = await verify(FolderPlace(folder), Manifest(LOBBY.tag, NOW, days), tell=told.append, processes=processes)
    assert sum(told) == sum(day.records.count for day in days)
    return {day.day - TODAY: str(error) for day, error in found.items()}


async def test_each_day_that_is_not_what_the_manifest_says_is_named(tmp_path: Path) -> None:
    days = [
        archived(tmp_path, TODAY - at, [record_on(TODAY - at, number) for number in range(3)]) for at in range(5, 0, -1)
    ]
    assert await wrong(tmp_path, *days) == {}
    for path, data in ((days[0].file, b"PAR1"), (days[1].file, bytes(days[1].size))):
        (tmp_path / path).write_bytes(data)
    (tmp_path / days[2].file).unlink()
    days[3] = replace(days[3], records=DaySet(2, days[3].records.digest))
    days[4] = replace(days[4], expires=7)
    found = await wrong(tmp_path, *days)
    assert found.keys() == {-5, -4, -3, -2, -1}
    assert f"has 4 bytes, the manifest says {days[0].size}" in found[-5]
    assert "SHA-256" in found[-4]
    assert "is missing" in found[-3]
    assert "it holds 3 records, 0 of them purged, and the manifest names 2 and 0" in found[-2]
    assert "first record expires at None, and the manifest names 7" in found[-1]


@pytest.mark.parametrize("change", ["added", "left out", "exchanged"])
async def test_a_day_with_one_record_more_or_less_is_named_though_its_file_is_sound(
    tmp_path: Path, change: str
) -> None:
    records = [record_on(TODAY, number) for number in range(3)]
    true = archived(tmp_path, TODAY, records)
    other = {
        "added": [*records, record_on(TODAY, 9)],
        "left out": records[:2],
        "exchanged": [*records[:2], record_on(TODAY, 9)],
    }
    false = archived(tmp_path, TODAY, other[change])
    claimed = replace(false, records=true.records)
    assert "one was added, left out or changed" in (await wrong(tmp_path, claimed))[0]


@pytest.mark.usefixtures("processes")
async def test_all_cores_share_the_days(tmp_path: Path) -> None:
    days = [archived(tmp_path, TODAY - at, [record_on(TODAY - at)]) for at in range(4, 0, -1)]
    assert await wrong(tmp_path, *days, processes=2) == {}


def bomb(folder: Path, name: str, column: Any, rows: int) -> ArchivedDay:
    """Write a small file that says it is one of ours, and takes much memory to read."""
    whole = columns_of([record_on(TODAY)] * rows)
    arrays = [column if field.name == name else whole.column(at) for at, field in enumerate(SCHEMA)]
    records = DaySet(rows, bytes(32))
    file = file_of(TODAY, records, NOTHING)
    schema = pa.schema([field.with_type(array.type) for field, array in zip(SCHEMA, arrays, strict=True)])
    (folder / "days").mkdir(exist_ok=True)
    pq.write_table(pa.table(arrays, schema), folder / file, compression="zstd", store_schema=False)
    data = (folder / file).read_bytes()
    return ArchivedDay(TODAY, file, len(data), hashlib.sha256(data).digest(), records, NOTHING, NOTHING.digest, None)


@pytest.mark.usefixtures("processes")
async def test_a_bomb_takes_no_more_memory_than_a_limit_and_costs_no_other_day(tmp_path: Path) -> None:
    # A text of a few megabytes that is written once, and meant by every row.
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 1_024, pa.int32()), pa.array(["x" * 4_000_000]))
    day = bomb(tmp_path, "content", column, 1_024)
    assert day.size < 100_000
    sound = archived(tmp_path, TODAY - 1, [record_on(TODAY - 1)])
    if sys.platform == "linux":
        assert (await wrong(tmp_path, day, sound)).items() == {
            (0, f"{day.name}: it takes more than {READING_BYTES_MAX} bytes of memory to read")
        }


class FailingPlace(FolderPlace):
    """A place that cannot be reached any more."""

    def size(self, path: str) -> int | None:
        raise StoreError("nobody is there")


async def test_a_place_that_fails_is_no_fault_of_a_day_and_a_file_that_is_a_folder_is(tmp_path: Path) -> None:
    day = archived(tmp_path, TODAY, [record_on(TODAY)])
    with pytest.raises(StoreError, match="nobody is there"):
        await verify(FailingPlace(tmp_path), Manifest(LOBBY.tag, NOW, (day, day)), tell=lambda _: None)
    (tmp_path / day.file).unlink()
    (tmp_path / day.file).mkdir()
    size = (tmp_path / day.file).stat().st_size
    assert "cannot be read" in (await wrong(tmp_path, replace(day, size=size)))[0]
    assert await load_manifest(FolderPlace(tmp_path)) is None
