"""Manifests: written and read back, and refused in clear words where they were changed."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from peerset.archive.day_digest import NOTHING, DaySet
from peerset.archive.limits import ARCHIVE_DAYS_MAX, FILE_BYTES_MAX, MANIFEST_BYTES_MAX
from peerset.archive.manifest import ArchivedDay, Manifest, day_text, file_of, read_manifest
from peerset.core.clock import UnixTime
from peerset.errors import ArchiveError
from tests.archive.rooms import LOBBY, NOW, TODAY

RNG = random.Random(1)


def archived_day(day: int, *, expires: int | None = None) -> ArchivedDay:
    records, purged = DaySet(3, RNG.randbytes(32)), DaySet(1, RNG.randbytes(32))
    return ArchivedDay(
        day, file_of(day, records, purged), 99, RNG.randbytes(32), records, purged, NOTHING.digest, expires
    )


MANIFEST = Manifest(LOBBY.tag, NOW, (archived_day(TODAY - 3), archived_day(TODAY - 1, expires=NOW)))


def test_what_is_written_is_read_again() -> None:
    assert read_manifest(MANIFEST.encode()) == MANIFEST
    empty = MANIFEST.with_days([], at=UnixTime(NOW + 1))
    assert read_manifest(empty.encode()) == empty == Manifest(LOBBY.tag, UnixTime(NOW + 1), ())
    assert empty.root is None


def test_days_are_put_in_order() -> None:
    assert MANIFEST.with_days(MANIFEST.days[::-1], at=NOW) == MANIFEST


def changed(change: Callable[[Any], object]) -> bytes:
    said = json.loads(MANIFEST.encode())
    change(said)
    return json.dumps(said).encode()


def set_day(name: str, value: object) -> Callable[[Any], object]:
    return lambda said: said["days"][1].__setitem__(name, value)


YESTERDAY = day_text(TODAY - 1)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xff", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "not that of an archive"),
        (b'{"format": "other"}', "not that of an archive"),
        (b" " * (MANIFEST_BYTES_MAX + 1), f"longer than {MANIFEST_BYTES_MAX} bytes"),
        (changed(lambda said: said.update(days={})), "no list"),
        (changed(lambda said: said.update(days=[0] * (ARCHIVE_DAYS_MAX + 1))), f"at most {ARCHIVE_DAYS_MAX} days"),
        (changed(lambda said: said.update(days=["a"])), "day 1 of manifest.json is no object"),
        (changed(lambda said: said.update(room="ab")), "room must be 32"),
        (changed(lambda said: said.update(archived_at=True)), "archived_at must be a whole number"),
        (changed(lambda said: said.update(root="0" * 64)), "was changed"),
        (changed(lambda said: said.update(records=7)), "was changed"),
        (changed(lambda said: said["days"].pop()), "was changed"),
        (changed(lambda said: said["days"].reverse()), f"{day_text(TODAY - 3)} after {YESTERDAY}"),
        (changed(lambda said: said["days"].append(said["days"][1])), f"{YESTERDAY} after {YESTERDAY}"),
        (changed(set_day("day", "2026-13-01")), "day 2 of manifest.json has no date"),
        (changed(set_day("day", "1-1-1")), "has no date"),
        (changed(set_day("day", "9999-01-01")), "has no date"),
        (changed(set_day("day", 5)), "has no date"),
        (changed(set_day("file", "../../etc/passwd")), f"{YESTERDAY}: what it holds is not called '../../etc/passwd'"),
        (changed(set_day("digest", "0" * 64)), f"{YESTERDAY}: what it holds is not called"),
        (changed(set_day("digest", "A" * 64)), f"{YESTERDAY}: digest must be 64"),
        (changed(set_day("sha256", None)), f"{YESTERDAY}: sha256 must be 64"),
        (changed(set_day("records", -1)), f"{YESTERDAY}: records must be a whole number"),
        (changed(set_day("records", 2)), "was changed"),
        (changed(set_day("purged", 4)), f"{YESTERDAY}: purged must be a whole number from 0 to 3"),
        (changed(set_day("bytes", FILE_BYTES_MAX + 1)), f"{YESTERDAY}: bytes must be a whole number"),
        (changed(set_day("expires", 1.5)), f"{YESTERDAY}: expires must be a whole number"),
    ],
)
def test_one_that_was_changed_by_hand_is_refused_by_name(data: bytes, reason: str) -> None:
    with pytest.raises(ArchiveError, match=reason):
        read_manifest(data)
