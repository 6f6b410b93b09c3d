"""What is here without content, in a store that keeps count of it and in one that looks at each record."""

from pathlib import Path

from peerset.core.signal import RoomTag
from peerset.plugins import open_store
from peerset.ports import ShellStore, Store
from peerset.stores.shells import LOOKED_AT_ONCE, shells_of
from tests.protocol.pair import START, make_record

COUNT = LOOKED_AT_ONCE + 4


async def emptied(store: Store) -> Store:
    """Give *store* with records of a second each, of which every second one has no content."""
    records = [make_record(number, at=START + number) for number in range(COUNT)]
    await store.add(records)
    await store.purge([record.id for record in records[::2]])
    return store


async def test_every_kind_of_store_gives_the_same(tmp_path: Path) -> None:
    memory, file = await open_store("memory:"), await open_store(f"sqlite:{tmp_path / 'room.db'}")
    await file.bind(RoomTag(bytes(16)))
    assert isinstance(file, ShellStore)
    assert not isinstance(memory, ShellStore)

    found = [await shells_of(await emptied(store), START, START + COUNT - 2) for store in (memory, file)]
    await file.aclose()

    assert {each.created_at for each in found[0]} == set(range(START, START + COUNT - 1, 2))
    assert set(found[0]) == set(found[1])


async def test_those_among_some_ids_are_asked_for_alone() -> None:
    store = await emptied(await open_store("memory:"))
    shell, whole = make_record(0, at=START), make_record(1, at=START + 1)

    found = await shells_of(store, START, START + COUNT, among={shell.id, whole.id})

    assert [each.id for each in found] == [shell.id]
