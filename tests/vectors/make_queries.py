"""Writes queries.json: what people ask for, and the filters that both languages read in it. Run it after a change."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from peerset.core.bech32 import encode
from peerset.core.filter import Filter
from peerset.core.keys import SecretKey, npub
from peerset.errors import ConfigError
from peerset.room.query import read_query

FILE: Final = Path(__file__).with_name("queries.json")
NOTE: Final = (
    "now: Unix seconds from which ages are counted. queries: each query, with the filter that it means; null where it "
    "is refused. after is the stamp and the id of a cursor."
)
NOW: Final = 1_790_000_000
KEY: Final = SecretKey(bytes([7]) * 32)
NPUB: Final = npub(KEY.public_key)
HEX: Final = KEY.public_key.hex()
ID: Final = "ab" * 32
TIMES: Final[tuple[object, ...]] = (
    0,
    NOW,
    1_790_000_000.5,
    -1,
    "1790000000",
    " 1790000000 ",
    "30s",
    "30m",
    "2h",
    "7d",
    "2w",
    "2026-01-31",
    "2024-02-29",
    "2026-01-31T12:00Z",
    "2026-01-31T12:00",
    "2026-01-31 12:00",
    "2026-01-31T12:00:30.5Z",
    "2026-01-31T12:00:30+02:00",
    "1969-12-31",
    "2106-02-07",
    "",
    "yesterday",
    "2026-02-30",
    "2026-13-01",
    "2026-01-31T25:00Z",
    "2h ago",
    "-2h",
    "2y",
    "1e3",
    True,
    [],
    {},
)
FIELDS: Final[tuple[Mapping[str, object], ...]] = (
    {},
    {"ids": None, "authors": None, "kinds": None, "since": None, "until": None, "after": None, "limit": None},
    {"tags": None, "collection": None},
    {"ids": ID},
    {"ids": [ID.upper(), f" {ID} ", "cd" * 32]},
    {"ids": encode("note", bytes.fromhex(ID))},
    {"ids": []},
    {"ids": ""},
    {"ids": "abc"},
    {"ids": "abcg"},
    {"ids": f"{ID}0"},
    {"ids": 7},
    {"ids": [None]},
    {"ids": "note1nonsense"},
    {"ids": NPUB},
    {"ids": KEY.to_nsec()},
    {"authors": NPUB},
    {"authors": NPUB.upper()},
    {"authors": [HEX, f" {HEX.upper()} "]},
    {"authors": []},
    {"authors": ""},
    {"authors": "me"},
    {"authors": "ff" * 32},
    {"authors": HEX[:60]},
    {"authors": "npub1nonsense"},
    {"authors": KEY.to_nsec()},
    {"authors": [NPUB, 5]},
    {"kinds": 1078},
    {"kinds": [0, 65_535]},
    {"kinds": []},
    {"kinds": -1},
    {"kinds": 65_536},
    {"kinds": 1.5},
    {"kinds": "1078"},
    {"kinds": True},
    {"kinds": {}},
    {"kinds": [None]},
    {"limit": 0},
    {"limit": 20},
    {"limit": 1.5},
    {"limit": -1},
    {"limit": "20"},
    {"limit": True},
    {"limit": [20]},
    {"tags": {"c": "notes", "P": ["x", "y"], "e": []}},
    {"tags": {}},
    {"tags": {"c": 5}},
    {"tags": {"c": None}},
    {"tags": {"c": ["x", 5]}},
    {"tags": {"cc": "x"}},
    {"tags": {"": "x"}},
    {"tags": {"é": "x"}},
    {"tags": {"1": "x"}},
    {"tags": "c"},
    {"tags": 5},
    {"tags": [["c", "notes"]]},
    {"collection": "notes"},
    {"collection": "notes", "tags": {"c": "other", "e": "x"}},
    {"collection": 5},
    {"collection": ["notes"]},
    {"after": f"1790000000123456-{ID}"},
    {"after": f"1790000000123456-{ID.upper()}"},
    {"after": f"0-{ID}"},
    {"after": f"-1-{ID}"},
    {"after": "me"},
    {"after": 7},
    {"after": {}},
    {"author": NPUB},
    {"kind": 1078},
    {"Limit": 5},
    {"authors": NPUB, "kinds": 1078, "since": "2h", "until": "2026-09-21", "tags": {"t": "x"}, "limit": 3},
)


def make() -> str:
    """Give the text of the file."""
    queries = [*FIELDS, *({name: time} for name in ("since", "until") for time in TIMES)]
    read = [{"query": query, "filter": _read(query)} for query in queries]
    return json.dumps({"note": NOTE, "now": NOW, "queries": read}, indent=1) + "\n"


def written(filter_: Filter) -> dict[str, object]:
    """Give *filter_* as both languages write it."""
    after = filter_.after
    return {
        "ids": None if filter_.ids is None else sorted(each.hex() for each in filter_.ids),
        "authors": None if filter_.authors is None else sorted(each.hex() for each in filter_.authors),
        "kinds": None if filter_.kinds is None else sorted(filter_.kinds),
        "since": filter_.since,
        "until": filter_.until,
        "tags": {name: sorted(filter_.tags[name]) for name in sorted(filter_.tags)},
        "after": None if after is None else [after.stamp, after.id.hex()],
        "limit": filter_.limit,
    }


def _read(query: Mapping[str, object]) -> dict[str, object] | None:
    try:
        asked = read_query(query, now=NOW)
    except ConfigError:
        return None
    return written(asked.filter)


if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
