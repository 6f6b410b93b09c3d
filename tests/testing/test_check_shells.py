"""The suite of shells refuses stores that break its promises; that good ones pass, the tests of stores show."""

import pytest

from peerset.core.record import Record
from peerset.stores.memory import MemoryStore
from peerset.testing.check_shells import check_filling, check_purging, check_sums, check_weight, entries_of
from peerset.testing.check_store import sample_records


class Forgetful(MemoryStore):
    """Fills nothing, and weighs nothing."""

    async def fill(self, records: object) -> None:
        """Do nothing."""

    async def weight(self) -> int:
        """Say that there is nothing."""
        return 0

    async def purge(self, ids: object) -> None:
        """Do nothing."""


@pytest.mark.parametrize("check", [check_filling, check_purging, check_weight, check_sums])
async def test_a_store_that_does_nothing_is_found_out(check: object) -> None:
    with pytest.raises(AssertionError):
        await check(Forgetful(), sample_records())  # type: ignore[operator] # one of the four


@pytest.mark.parametrize("check", [check_filling, check_purging, check_weight, check_sums])
async def test_a_store_that_does_it_passes(check: object) -> None:
    await check(MemoryStore(), sample_records())  # type: ignore[operator] # one of the four


def test_entries_are_by_time_and_id() -> None:
    records: list[Record] = sample_records()
    assert entries_of(records[::-1]) == entries_of(records) == sorted(entries_of(records))
