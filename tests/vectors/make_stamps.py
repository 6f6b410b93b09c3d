"""Writes stamps.json: microseconds of records, and the order readers see. Run it after a change of stamps."""

import json
from pathlib import Path
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import Record, event_of, sign_record
from peerset.core.stamp import microseconds_of, newest_first

FILE: Final = Path(__file__).with_name("stamps.json")
NOTE: Final = (
    "records: a record of these tags was written so many microseconds after its created_at. order: events, newest "
    "first, as readers see them."
)
KEY: Final = SecretKey(bytes([1]) * 32)
NOW: Final = UnixTime(1_790_000_000)
TAGS: Final[tuple[list[list[str]], ...]] = (
    [],
    [["us", "0"]],
    [["us", "1"]],
    [["us", "999999"]],
    [["c", "notes"], ["us", "482113", "and more"]],
    [["us", "7"], ["us", "8"]],
    [["us", "x"], ["us", "8"]],
    [["us"], ["us", "8"]],
    [["us"]],
    [["us", ""]],
    [["us", "07"]],
    [["us", "1000000"]],
    [["us", "-1"]],
    [["us", "+1"]],
    [["us", " 1"]],
    [["us", "1\n"]],
    [["us", "1.0"]],
    [["us", "1e3"]],
    [["us", "\u0661"]],
    [["US", "5"]],
)


def make() -> str:
    """Give the text of the file."""
    records = [{"tags": tags, "microseconds": microseconds_of(_record(0, tags))} for tags in TAGS]
    times = ((0, "5"), (0, "5"), (0, ""), (0, "40"), (1, ""), (0, "999999"), (-1, "999999"), (1, "3"), (0, "x"))
    order = sorted((_record(at, [["us", us]], str(place)) for place, (at, us) in enumerate(times)), key=newest_first)
    return json.dumps({"note": NOTE, "records": records, "order": [event_of(each) for each in order]}, indent=1) + "\n"


def _record(at: int, tags: list[list[str]], content: str = "") -> Record:
    return sign_record(KEY, created_at=UnixTime(NOW + at), kind=1_078, tags=tags, content=content)


if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
