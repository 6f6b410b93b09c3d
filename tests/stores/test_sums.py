"""The sums in a file: of a file that had none, and of deletions that go."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from peerset.core.day_sum import DaySum, sums_of
from peerset.core.filter import Filter
from peerset.core.record import KIND_DELETION
from peerset.stores.sqlite import open_sqlite
from peerset.stores.sums import STATEMENTS
from peerset.testing.check_store import sample_records

pytestmark = pytest.mark.real_time


async def test_a_file_of_before_is_summed_up_when_it_is_opened(tmp_path: Path) -> None:
    path, records = str(tmp_path / "room.db"), sample_records()
    store = await open_sqlite(path)
    await store.add(records)
    await store.purge([records[0].id])
    await store._file.run(lambda db: db.executescript(f"DROP TABLE day_sum; {';'.join(STATEMENTS)}"))
    assert await store.sums() == sums_of(await store.query(Filter()))
    await store.aclose()


async def test_of_deletions_that_go_nothing_is_left(tmp_path: Path) -> None:
    store = await open_sqlite(str(tmp_path / "room.db"))
    records = sample_records()
    await store.add(records)
    deletions = [record.id for record in records if record.kind == KIND_DELETION]
    assert any(each.names for each in await store.sums())
    await store.add([], removed=deletions)
    assert not any(each.names for each in await store.sums())
    assert await store.sums() == sums_of(await store.query(Filter()))
    await store.aclose()


async def test_a_day_at_a_time_they_are_the_same(tmp_path: Path) -> None:
    store = await open_sqlite(str(tmp_path / "room.db"))
    await store.add(sample_records())
    days: list[Sequence[DaySum]] = []
    await store.sums_by_day(days.append)
    assert [one for of_day in days for one in of_day] == await store.sums()
    assert [{one.day for one in of_day} for of_day in days] == [{of_day[0].day} for of_day in days]
    assert len(days) == len({of_day[0].day for of_day in days}) > 1
    await store.aclose()
