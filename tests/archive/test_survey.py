"""What a store has of each day."""

from pathlib import Path

import pytest

from peerset.archive.day_digest import NOTHING, DayDigest, DaySet
from peerset.archive.survey import NO_ENTRIES, digest_of, entries_of, shells_on, survey
from peerset.core.record import Record
from peerset.ports import Store
from peerset.stores.memory import MemoryStore
from peerset.stores.sqlite import open_sqlite
from tests.archive.rooms import LOBBY, TODAY, record_on

pytestmark = pytest.mark.real_time


def set_of(*records: Record) -> DaySet:
    digest = DayDigest()
    for created_at, record_id in sorted((each.created_at, each.id) for each in records):
        digest.add(created_at, record_id)
    return digest.result()


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
async def test_days_and_entries_and_shells_are_those_of_the_store(tmp_path: Path, kind: str) -> None:
    store: Store = MemoryStore() if kind == "memory" else await open_sqlite(str(tmp_path / "a.db"))
    await store.bind(LOBBY.tag)
    assert await survey(store, until_day=TODAY) == {}
    days = {day: [record_on(day, number) for number in range(3)] for day in (TODAY - 2, TODAY - 1, TODAY)}
    await store.add([each for records in days.values() for each in records])
    await store.purge([days[TODAY - 2][1].id])

    assert await survey(store, until_day=TODAY) == {day: set_of(*days[day]) for day in (TODAY - 2, TODAY - 1)}
    found = await entries_of(store, [TODAY - 1])
    expected = sorted((each.created_at, each.id) for each in days[TODAY - 1])
    assert {day: list(entries) for day, entries in found.items()} == {TODAY - 1: expected}
    assert (len(found[TODAY - 1]), len(NO_ENTRIES)) == (3, 0)
    shells = await shells_on(store, TODAY - 2)
    assert digest_of(shells) == set_of(days[TODAY - 2][1]).digest
    assert [(each.kind, each.author, each.wire) for each in shells.values()] == [(1078, days[TODAY][0].author, b"")]
    assert digest_of(await shells_on(store, TODAY)) == NOTHING.digest
    await store.aclose()
