"""What is checked of each day that is read."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from peerset.archive import reading
from peerset.archive.former import emptied
from peerset.archive.limits import READING_BYTES_MAX
from peerset.archive.reading import answer, read_day, serve
from peerset.archive.spill import read_records
from peerset.archive.table import SCHEMA, columns_of
from peerset.core.record import Record
from peerset.core.signal import RoomName
from peerset.errors import ArchiveError
from tests.archive.rooms import LOBBY, TODAY, record_on


def write(path: Path, records: Sequence[Record]) -> Path:
    pq.write_table(pa.Table.from_batches([columns_of(records)]), path)
    return path


def read(path: Path, **given: Any) -> reading.Reading:
    settings: dict[str, Any] = {"checks_signatures": True, "spill": None, "tell": lambda _: None, **given}
    return read_day(path, TODAY, LOBBY.tag, **settings)


def test_a_day_is_counted_and_spilt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "TOLD_RECORDS", 2)
    records = [record_on(TODAY), emptied(record_on(TODAY, 1)), record_on(TODAY, 2, tags=[("expiration", "70")])]
    spill, told = io.BytesIO(), list[int]()
    found = read(write(tmp_path / "a", records), spill=spill, tell=told.append)
    assert (found.records.count, found.purged.count, found.expires, told) == (3, 1, 70, [2])
    spill.seek(0)
    assert list(read_records(spill)) == records


@pytest.mark.parametrize(
    ("records", "reason"),
    [
        ([record_on(TODAY + 1)], "row 1 is of another day"),
        ([record_on(TODAY), record_on(TODAY - 1)], "row 2 is of another day"),
        ([record_on(TODAY, 1), record_on(TODAY, 0)], "row 2 is not in the order"),
        ([record_on(TODAY), record_on(TODAY)], "row 2 is not in the order of created_at and id, or is there twice"),
        ([record_on(TODAY, room=RoomName("peerset", "hall"))], "row 1 is a record of another room"),
    ],
)
def test_what_is_no_part_of_the_day_is_named(tmp_path: Path, records: list[Record], reason: str) -> None:
    with pytest.raises(ArchiveError, match=reason):
        read(write(tmp_path / "a", records))


def test_a_signature_of_somebody_else_is_named_where_signatures_are_checked(tmp_path: Path) -> None:
    (row,) = columns_of([record_on(TODAY)]).to_pylist()
    row["signature"] = bytes(64)
    pq.write_table(pa.Table.from_pylist([row], schema=SCHEMA), tmp_path / "a")
    with pytest.raises(ArchiveError, match="did not sign"):
        read(tmp_path / "a")
    assert read(tmp_path / "a", checks_signatures=False).records.count == 1


def question(path: Path, spill: Path | None = None) -> dict[str, object]:
    return {
        "path": str(path),
        "day": TODAY,
        "room": LOBBY.tag.hex(),
        "checks_signatures": True,
        "spill": str(spill) if spill else None,
    }


def test_questions_and_answers_are_lines_of_json(tmp_path: Path) -> None:
    asked = io.BytesIO(
        b"".join(
            json.dumps(question(path)).encode() + b"\n"
            for path in (write(tmp_path / "a", [record_on(TODAY)]), tmp_path / "b")
        )
    )
    answers = io.BytesIO()
    serve(asked, answers)
    whole, missing = map(json.loads, answers.getvalue().splitlines())
    assert (whole["sets"][0], whole["expires"]) == (1, None)
    assert "cannot be read" in missing["error"]


def test_a_disk_that_takes_no_spill_is_no_fault_of_the_archive(tmp_path: Path) -> None:
    said = answer(
        question(write(tmp_path / "a", [record_on(TODAY)]), spill=tmp_path / "none" / "spill"), lambda _: None
    )
    assert said == {"failure": "No such file or directory"}
    full = Path("/dev/full")
    if full.exists():
        said = answer(question(tmp_path / "a", spill=full), lambda _: None)
        assert said == {"failure": "No space left on device"}


def test_memory_that_ends_is_an_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_large(path: Path) -> object:
        raise pa.ArrowMemoryError("malloc failed")

    monkeypatch.setattr(reading, "open_reader", too_large)
    said = answer(question(tmp_path / "a"), lambda _: None)
    assert said == {"error": f"it takes more than {READING_BYTES_MAX} bytes of memory to read"}
