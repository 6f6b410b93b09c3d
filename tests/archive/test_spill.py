"""Records between two processes of ours."""

import io

import pytest

from peerset.archive.former import emptied
from peerset.archive.spill import read_records, write_record
from peerset.errors import ArchiveError
from tests.archive.rooms import TODAY, record_on


def test_records_and_shells_come_as_they_went_and_a_torn_file_is_said() -> None:
    records = [record_on(TODAY), emptied(record_on(TODAY, 1)), record_on(TODAY, 2)]
    file = io.BytesIO()
    for record in records:
        write_record(file, record)
    assert list(read_records(io.BytesIO(file.getvalue()))) == records
    assert [bool(each.wire) for each in read_records(io.BytesIO(file.getvalue()))] == [True, False, True]
    with pytest.raises(ArchiveError, match="cut off"):
        list(read_records(io.BytesIO(file.getvalue()[:-1])))
