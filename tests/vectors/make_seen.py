"""Writes seen.json: which records readers see, of several versions, and when they expire. Run it after a change."""

import json
from pathlib import Path
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.deletion import outline_of
from peerset.core.expiration import expires_at
from peerset.core.keys import SecretKey
from peerset.core.record import Record, event_of, sign_record
from peerset.core.stamp import newest_first
from peerset.moderation.versions import Versions

FILE: Final = Path(__file__).with_name("seen.json")
NOTE: Final = (
    "expirations: a record of these tags expires at this Unix second, null when it never does. seen: of the events, "
    "what readers see at the second now, newest first."
)
NOW: Final = 1_790_000_000
TAGS: Final[tuple[list[list[str]], ...]] = (
    [],
    [["expiration", "0"]],
    [["t", "x"], ["expiration", "1790000000", "and more"]],
    [["expiration"], ["expiration", "5"], ["expiration", "6"]],
    [["expiration", "soon"], ["expiration", "6"]],
    [["expiration", "007"]],
    [["expiration", "9007199254740991"]],
    [["expiration", "9007199254740992"]],
    [["expiration", "00000000000000001"]],
    [["expiration", ""]],
    [["expiration", "-1"]],
    [["expiration", "+1"]],
    [["expiration", " 1"]],
    [["expiration", "1\n"]],
    [["expiration", "1.0"]],
    [["expiration", "1e3"]],
    [["expiration", "\u0661"]],
    [["expiration", "\u00b2"]],
    [["Expiration", "5"]],
)
SAID: Final[tuple[tuple[int, int, int, list[list[str]]], ...]] = (
    # author, kind, seconds before now, tags
    (1, 0, 5, []),
    (1, 0, 5, [["d", "x"]]),
    (1, 0, 5, [["us", "7"]]),
    (1, 0, 9, []),
    (2, 0, 9, []),
    (1, 3, 9, [["p", "ab" * 32]]),
    (1, 3, 8, []),
    (1, 1, 7, []),
    (1, 1, 6, []),
    (1, 2, 6, []),
    (1, 4, 6, []),
    (1, 9_999, 4, []),
    (1, 9_999, 3, []),
    (1, 10_000, 4, [["d", "a"]]),
    (1, 10_000, 3, [["d", "b"]]),
    (1, 19_999, 4, []),
    (1, 19_999, 3, [["expiration", str(NOW)]]),
    (1, 10_002, 3, []),
    (1, 30_000, 4, [["d", "a"]]),
    (1, 30_000, 3, [["d", "b"]]),
    (1, 30_000, 2, [["d", "b"], ["expiration", str(NOW - 1)]]),
    (1, 39_999, 2, []),
    (1, 39_999, 1, [["d", ""]]),
    (1, 40_000, 2, []),
    (1, 40_000, 1, []),
    (1, 1_078, 2, [["expiration", str(NOW + 1)]]),
    (1, 1_078, 2, [["expiration", str(NOW)]]),
    (1, 1_078, 2, [["expiration", "never"]]),
)


def make() -> str:
    """Give the text of the file."""
    expirations = [{"tags": tags, "at": expires_at(_record(1, 1, 0, tags))} for tags in TAGS]
    records = sorted((_record(*row) for row in SAID), key=lambda record: record.id)
    current = Versions(map(outline_of, records)).current(records)
    seen = sorted((each for each in current if (expires_at(each) or NOW + 1) > NOW), key=newest_first)
    said = {"now": NOW, "events": [event_of(each) for each in records], "seen": [each.id.hex() for each in seen]}
    return json.dumps({"note": NOTE, "expirations": expirations, **said}, indent=1) + "\n"


def _record(author: int, kind: int, age: int, tags: list[list[str]]) -> Record:
    key = SecretKey(bytes([author]) * 32)
    return sign_record(key, created_at=UnixTime(NOW - age), kind=kind, tags=tags, content="")


if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
