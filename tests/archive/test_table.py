"""Records as columns, and files of strangers with columns that are no records."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from peerset.archive import table
from peerset.archive.former import emptied
from peerset.archive.limits import FOOTER_BYTES_MAX, ROW_GROUP_BYTES_MAX, ROW_GROUP_RECORDS_MAX
from peerset.archive.table import SCHEMA, columns_of, open_reader, open_writer, read_records
from peerset.core.limits import RECORD_BYTES_MAX, RECORD_TAGS_MAX, TAG_ELEMENTS_MAX
from peerset.core.record import Record
from peerset.errors import ArchiveError
from tests.archive.rooms import TODAY, record_on

Rows = list[dict[str, Any]]


def write(path: Path, records: Sequence[Record]) -> Path:
    with path.open("wb") as file, open_writer(file) as writer:
        writer.write_batch(columns_of(records))
    return path


def written(path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """Write one record, a field of it changed."""
    (row,) = columns_of([record_on(TODAY)]).to_pylist()
    change(row)
    pq.write_table(pa.Table.from_pylist([row], schema=SCHEMA), path)
    return path


def test_records_come_back_byte_by_byte_and_shells_as_shells(tmp_path: Path) -> None:
    records = [
        record_on(TODAY, tags=[("t", ""), ("x", "ä", "z")]),
        record_on(TODAY, 1),
        emptied(record_on(TODAY, 2)),
    ]
    found = list(read_records(open_reader(write(tmp_path / "a", records))))
    assert found == records
    assert [each.wire for each in found] == [each.wire for each in records]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda row: row.update(content="other"), "it claims the id"),
        (lambda row: row.update(id=bytes(32)), "it claims the id"),
        (lambda row: row.update(created_at=-1), "created_at must be a whole number"),
        (lambda row: row.update(kind=70_000), "kind must be a whole number"),
        (lambda row: row.update(content="x" * RECORD_BYTES_MAX), f"the limit is {RECORD_BYTES_MAX}"),
        (lambda row: row.update(content="\0"), "U\\+0000"),
        (lambda row: row.update(tags=[["t"]] * (RECORD_TAGS_MAX + 1)), f"at most {RECORD_TAGS_MAX}"),
        (lambda row: row.update(tags=[["t"] * (TAG_ELEMENTS_MAX + 1)]), f"1 to {TAG_ELEMENTS_MAX} texts"),
        (lambda row: row.update(tags=[None]), "1 to"),
        (lambda row: row.update(tags=[[None]]), "texts only"),
        (lambda row: row.update(tags=None), "there or gone together"),
        (lambda row: row.update(signature=None, content=None), "there or gone together"),
        (lambda row: row.update(signature=None, content=None, tags=None, kind=-1), "kind must be"),
    ],
)
def test_a_row_that_is_no_record_is_named(tmp_path: Path, change: Callable[[Any], object], reason: str) -> None:
    with pytest.raises(ArchiveError, match=f"row 1: .*{reason}"):
        list(read_records(open_reader(written(tmp_path / "a", change))))


def test_a_text_that_is_no_utf8_is_refused(tmp_path: Path) -> None:
    record = record_on(TODAY)
    data = write(tmp_path / "a", [record]).read_bytes()
    pq.write_table(
        pa.Table.from_batches([columns_of([record])]).set_column(
            5, SCHEMA.field("content"), pa.array([b"\xff"]).view(pa.string())
        ),
        tmp_path / "a",
    )
    assert (tmp_path / "a").read_bytes() != data
    with pytest.raises(ArchiveError, match="row 0"):
        list(read_records(open_reader(tmp_path / "a")))


@pytest.mark.parametrize(
    "columns",
    [
        {"id": pa.array([b"a"])},
        {"content": pa.array([1])},
        {name: pa.array([1]) for name in "abc"},
        {field.name: pa.array([None], pa.large_string()) for field in SCHEMA},
    ],
)
def test_other_columns_than_ours_are_refused(tmp_path: Path, columns: dict[str, Any]) -> None:
    pq.write_table(pa.table(columns), tmp_path / "a")
    with pytest.raises(ArchiveError, match="its columns are not"):
        open_reader(tmp_path / "a")


@pytest.mark.parametrize("size", [0, 1, 7, 40, 200])
def test_what_is_no_parquet_file_is_said(tmp_path: Path, size: int) -> None:
    whole = write(tmp_path / "a", [record_on(TODAY)]).read_bytes()
    for data in (whole[:size], bytes(size), whole[:size] + whole[-8:]):
        (tmp_path / "a").write_bytes(data)
        with pytest.raises(ArchiveError, match="no Parquet file"):
            open_reader(tmp_path / "a")


def test_a_footer_may_not_be_larger_than_any_of_ours(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"PAR1" + (FOOTER_BYTES_MAX + 1).to_bytes(4, "little") + b"PAR1")
    with pytest.raises(ArchiveError, match=f"a footer of {FOOTER_BYTES_MAX + 1} bytes; the limit is"):
        open_reader(tmp_path / "a")


def test_row_groups_may_not_be_larger_than_any_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = columns_of([record_on(TODAY)] * (ROW_GROUP_RECORDS_MAX + 1))
    pq.write_table(pa.Table.from_batches([rows]), tmp_path / "a", row_group_size=len(rows))
    with pytest.raises(ArchiveError, match=f"{ROW_GROUP_RECORDS_MAX + 1} records; the limit is"):
        open_reader(tmp_path / "a")
    pq.write_table(pa.Table.from_batches([rows]), tmp_path / "a", row_group_size=ROW_GROUP_RECORDS_MAX)
    open_reader(tmp_path / "a")
    monkeypatch.setattr(table, "ROW_GROUP_BYTES_MAX", 1_000)
    assert ROW_GROUP_BYTES_MAX > 1_000
    with pytest.raises(ArchiveError, match="bytes; the limit is 1000"):
        open_reader(tmp_path / "a")


def test_a_file_that_is_damaged_inside_is_said(tmp_path: Path) -> None:
    data = bytearray(write(tmp_path / "a", [record_on(TODAY, number) for number in range(50)]).read_bytes())
    for at in range(4, len(data) // 2, 97):
        data[at] ^= 0xFF
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(ArchiveError):
        list(read_records(open_reader(tmp_path / "a")))
