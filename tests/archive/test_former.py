"""A day as it was archived before, beside what the store has of it now."""

from array import array

import pytest

from peerset.archive.former import emptied, paired, unexplained
from peerset.archive.survey import Entries
from peerset.core.clock import DAY_SECONDS
from peerset.core.expiration import has_expired
from peerset.core.record import KIND_KEYED, Record
from peerset.stores.memory import MemoryStore
from tests.archive.rooms import KEY, TODAY, deletion_of, record_on


def entries(*records: Record) -> Entries:
    return Entries(array("q", [each.created_at for each in records]), b"".join([each.id for each in records]))


def test_both_sides_are_walked_in_order() -> None:
    one, two, three = (record_on(TODAY, number) for number in range(3))
    assert list(paired([one, two], entries(two, three))) == [(one, None), (two, two.id), (None, three.id)]
    assert list(paired([], entries(one))) == [(None, one.id)]
    assert list(paired([one], entries())) == [(one, None)]


def test_a_record_expires_once_and_a_shell_never() -> None:
    record = record_on(TODAY, tags=[("expiration", "1000")])
    assert (has_expired(record, 999), has_expired(record, 1000)) == (False, True)
    assert not has_expired(emptied(record), 1000)
    assert not has_expired(record_on(TODAY), 1000)


async def test_what_its_author_deleted_by_id_or_address_is_explained_and_a_shell_is_no_loss() -> None:
    by_id, lost, shell = record_on(TODAY, 0), record_on(TODAY, 1), emptied(record_on(TODAY, 2))
    by_address = record_on(TODAY, 3, kind=KIND_KEYED, tags=[("d", "k")])
    store = MemoryStore()
    at = (TODAY + 1) * DAY_SECONDS
    await store.add([deletion_of(by_id, at=at)])
    former = [by_id, lost, shell, by_address]
    assert await unexplained(store, former, entries()) == 2
    address = f"{KIND_KEYED}:{KEY.public_key.hex()}:k"
    await store.add([record_on(TODAY + 1, kind=5, tags=[("a", address)])])
    assert await unexplained(store, former, entries()) == 1
    assert await unexplained(store, former, entries(lost)) == 0


async def test_many_are_asked_for_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("peerset.archive.former.ASKED_AT_ONCE", 2)
    lost = [record_on(TODAY, number) for number in range(5)]
    assert await unexplained(MemoryStore(), lost, entries()) == 5
