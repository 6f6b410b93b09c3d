"""Which rows can match a filter, and in which order they come."""

import random
import sqlite3
from pathlib import Path

import pytest

from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.filter import Filter
from peerset.core.keys import SecretKey
from peerset.core.record import KIND_DELETION, KIND_RECORD, Record, sign_record
from peerset.core.stamp import newest_first
from peerset.stores import candidates as module
from peerset.stores.candidates import candidates
from peerset.stores.sqlite import open_sqlite

pytestmark = pytest.mark.real_time

FIRST_DAY = 20_000
NAME = "ab" * 32
KEY = SecretKey.generate(random.Random(1))


def records() -> list[Record]:
    """Some days of records: one topic is rare, one is rare but for a day, one is everybody's."""
    found = []
    for number in range(120):
        day = FIRST_DAY + number // 30
        tags = [["h", "00" * 16], ["t", "all"], *([["t", "rare"]] if number % 40 == 7 else [])]
        tags += [["t", "dense"]] if number // 30 == 2 or number % 30 == 0 else []
        tags += [["e", NAME]] if number % 10 == 3 else []
        kind = KIND_DELETION if number % 20 == 3 else KIND_RECORD
        moment = UnixTime(day * DAY_SECONDS + number % 30 // 2)
        found.append(sign_record(KEY, created_at=moment, kind=kind, tags=tags, content=str(number)))
    return found


FILTERS = [
    Filter(tags={"t": frozenset((topic,))}, limit=limit, **more)
    for topic in ("all", "rare", "dense", "none")
    for limit in (None, 5)
    for more in (
        {},
        {"kinds": frozenset((KIND_DELETION,))},
        {"authors": frozenset((KEY.public_key,))},
        {"since": UnixTime((FIRST_DAY + 1) * DAY_SECONDS), "until": UnixTime((FIRST_DAY + 2) * DAY_SECONDS + 3)},
    )
] + [
    Filter(tags={"e": frozenset((NAME,))}),
    Filter(tags={"e": frozenset((NAME, "none")), "t": frozenset(("dense", "rare"))}),
    Filter(tags={"e": frozenset((NAME,))}, kinds=frozenset((KIND_DELETION,))),
    Filter(tags={"t": frozenset(("rare", *map(str, range(20))))}),
    Filter(kinds=frozenset((KIND_DELETION,))),
]


@pytest.mark.parametrize("few", [1, 4, 12, 40, 1_000])
async def test_every_way_of_finding_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(module, "FEW", few)
    monkeypatch.setattr(module, "FEW_OF_A_DAY", few)
    store = await open_sqlite(str(tmp_path / "room.db"))
    try:
        await store.add(records())
        newest = sorted(records(), key=newest_first)
        for query in FILTERS:
            expected = [record for record in newest if query.matches(record)][: query.limit]
            assert await store.query(query) == expected
    finally:
        await store.aclose()


async def test_what_is_rare_is_found_without_a_look_at_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "room.db"
    store = await open_sqlite(str(path))
    await store.add(records())
    await store.aclose()
    asked: list[str] = []
    db = sqlite3.connect(path)
    db.create_function("from_hex", 1, bytes.fromhex, deterministic=True)
    db.set_trace_callback(asked.append)
    rare = Filter(tags={"t": frozenset(("rare",))})
    assert len(list(candidates(db, rare))) == 3
    db.close()
    assert len(asked) == 2 + 3, "one statement finds them, one sorts them, and one reads each"
