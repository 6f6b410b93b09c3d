"""Files of days: in row groups of bounded size."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from peerset.archive import writing
from peerset.archive.day_digest import NOTHING
from peerset.archive.former import emptied
from peerset.archive.writing import DayFile
from tests.archive.rooms import TODAY, record_on


def test_row_groups_end_by_records_and_by_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = [record_on(TODAY, number) for number in range(10)]
    for name, most, rows in (("ROW_GROUP_RECORDS_MAX", 4, [4, 4, 2]), ("ROW_GROUP_BYTES", 1, [1] * 10)):
        with monkeypatch.context() as patch:
            patch.setattr(writing, name, most)
            file = DayFile(TODAY, tmp_path / "a")
            file.add(records[:3])
            file.add(records[3:])
            day = file.end(shells=NOTHING.digest)
            file.close()
        found = pq.ParquetFile(tmp_path / "a").metadata
        assert [found.row_group(at).num_rows for at in range(found.num_row_groups)] == rows
        assert day.size == (tmp_path / "a").stat().st_size


def test_what_the_manifest_says_is_counted_on_the_way(tmp_path: Path) -> None:
    file = DayFile(TODAY, tmp_path / "a")
    ends = [record_on(TODAY, number, tags=[("expiration", str(9_000 - number))]) for number in range(3)]
    file.add([ends[0], ends[1], emptied(ends[2])])
    day = file.end(shells=bytes(32))
    assert (day.records.count, day.purged.count, day.expires, day.shells) == (3, 1, 8_999, bytes(32))


def test_one_that_does_not_come_to_its_end_is_let_go_of(tmp_path: Path) -> None:
    file = DayFile(TODAY, tmp_path / "a")
    file.add([record_on(TODAY)])
    file.close()
    file.close()
