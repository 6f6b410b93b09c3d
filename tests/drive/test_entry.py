"""What records say of files is read, and what makes no sense is none."""

from typing import Any

import pytest

from peerset.core.blob import BlobName, Root
from peerset.core.blob_seal import BlobSeal
from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import sign_record
from peerset.drive.entry import Entry, read_entry, type_of, value_of

RECORD = sign_record(SecretKey(bytes(31) + b"\1"), created_at=UnixTime(1_790_000_000), kind=30_078, tags=[], content="")
ROOT = Root(bytes(range(32)))


@pytest.mark.parametrize(
    "entry",
    [
        Entry("a", 3, "text/plain", data=b"abc"),
        Entry("a", 0, data=b""),
        Entry("a", 70_000, blob=BlobName(ROOT, 70_000), is_executable=True, meta={"x": [1]}),
        Entry("a", 50_001, blob=BlobName(ROOT, 51_200), seal=BlobSeal(bytes(32), ROOT)),
        Entry("a", 0, link="b/c"),
    ],
)
def test_what_is_written_is_read(entry: Entry) -> None:
    found = read_entry("a", value_of(entry), RECORD)
    assert found is not None
    assert found.has_bytes_of(entry)
    assert (found.blob, found.seal) == (entry.blob, entry.seal)
    assert (found.type, found.meta) == (entry.type, entry.meta)
    assert (found.author, found.time, found.record) == (RECORD.author, RECORD.created_at, RECORD)
    assert (found.npub or "").startswith("npub1")
    assert entry.npub is None


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"size": 3},
        {"size": 3, "data": "YWJj", "link": "b"},
        {"size": 4, "data": "YWJj"},
        {"size": 3, "data": "YWJj!"},
        {"size": 3, "data": 7},
        {"size": True, "data": "YQ=="},
        {"size": 1, "blob": "zz" * 32},
        {"size": 1, "blob": "AB" * 32},
        {"size": 0, "blob": "ab" * 32},
        {"size": 2**36 + 1, "blob": "ab" * 32},
        {"size": 1, "blob": "ab" * 31},
        {"size": 0, "link": 7},
        {"size": 1, "blob": "ab" * 32, "key": "ab" * 32},
        {"size": 1, "blob": "ab" * 32, "plain": "ab" * 32},
        {"size": 1, "blob": "ab" * 32, "key": "AB" * 32, "plain": "ab" * 32},
        {"size": 1, "blob": "ab" * 32, "key": 7, "plain": "ab" * 32},
        {"size": 1, "blob": "ab" * 32, "key": "ab" * 31, "plain": "ab" * 32},
        {"size": 1, "data": "YQ==", "key": "ab" * 32, "plain": "ab" * 32},
    ],
)
def test_what_makes_no_sense_is_no_file(value: Any) -> None:
    assert read_entry("a", value, RECORD) is None


def test_types_are_guessed_by_names() -> None:
    assert type_of("a/index.html") == "text/html"
    assert type_of("a") == "application/octet-stream"
