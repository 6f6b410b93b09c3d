"""Writes windows.json: the window of each time and retention. Run it after a change of windows."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from peerset.core.clock import DAY_SECONDS, HOUR_SECONDS, UNIX_MAX, UnixTime
from peerset.core.limits import RETENTION_SECONDS, RETENTION_SECONDS_MAX
from peerset.core.window import cell_days
from peerset.protocol.horizon import everything
from peerset.protocol.retention import window

FILE: Final = Path(__file__).with_name("windows.json")
NOTE: Final = (
    "For each time *now* and *retention_seconds* of the rules: the window, the end of a full round (everything), and "
    "of how many days a cell of a Days over a full round is (cell_days). Windows of less than a week begin with a step."
)
YEAR_2038: Final = 2**31
TIMES: Final = (
    0,
    59,
    100,
    DAY_SECONDS,
    89 * DAY_SECONDS,
    1_790_000_123,
    YEAR_2038 - 1,
    YEAR_2038,
    UNIX_MAX,
    2**32,
    2**40,
)
DAYS: Final = (1, 2, 30, 365, 3_699)
SHORT: Final = (HOUR_SECONDS, 5_003, 6 * HOUR_SECONDS, 7 * DAY_SECONDS - 1, 7 * DAY_SECONDS)
RETENTIONS: Final = (
    *(RETENTION_SECONDS, RETENTION_SECONDS_MAX, DAY_SECONDS + 1),
    *(days * DAY_SECONDS for days in DAYS),
    *SHORT,
)


def make() -> dict[str, Any]:
    """Give the content of the file."""
    return {"note": NOTE, "windows": [_entry(UnixTime(now), each) for now in TIMES for each in RETENTIONS]}


def _entry(now: UnixTime, retention_seconds: int) -> dict[str, int]:
    current = window(now, retention_seconds=retention_seconds)
    upto = everything(now)
    cell = cell_days(current.first_day, upto)
    return {
        "now": now,
        "retention_seconds": retention_seconds,
        **asdict(current),
        "everything": upto,
        "cell_days": cell,
    }


def dump(made: dict[str, Any]) -> str:
    """Write *made* with one window a line."""
    lines = ",\n".join(f"  {json.dumps(each)}" for each in made["windows"])
    return f'{{\n "note": {json.dumps(made["note"])},\n "windows": [\n{lines}\n ]\n}}\n'


if __name__ == "__main__":
    FILE.write_text(dump(make()), encoding="utf-8")
