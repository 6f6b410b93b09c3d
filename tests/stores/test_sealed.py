"""Stores of sealed rooms: what is given and found is open, what lies there and is passed on is not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from peerset.core.deletion import address_of
from peerset.core.envelope import OpenedRecord, UnreadRecord
from peerset.core.filter import Filter
from peerset.core.lens import Lens
from peerset.core.record import KIND_KEYED, Record
from peerset.core.seal import Seals, make_seals, new_seal
from peerset.core.signal import RoomTag
from peerset.documents.document import State
from peerset.documents.plan import plan
from peerset.ports import SealedStore
from peerset.stores.memory import MemoryStore
from peerset.stores.sqlite import open_sqlite
from peerset.testing.sample_documents import ANN, NOON, PLACES
from tests.sealed import Writer

ROOM: Final = RoomTag(bytes(16))
SEALS, OTHER = (make_seals([new_seal()], ROOM) for _ in range(2))
SPAN: Final = 86_400


STORES: Final = pytest.mark.parametrize("kind", ["memory", "sqlite"])


@asynccontextmanager
async def opened(kind: str, folder: Path, *, seals: Seals | None = SEALS) -> AsyncIterator[SealedStore]:
    store = MemoryStore() if kind == "memory" else await open_sqlite(str(folder / "room.db"))
    if seals is not None:
        store.unseal(Lens(seals))
    await store.define([PLACES], span_seconds=SPAN)
    yield store
    await store.aclose()


def place(number: int, title: str = "Zoo", *, seals: object = SEALS) -> Record:
    """The envelope of a version of the register key."""
    tags = [("h", ROOM.hex()), ("us", str(number)), ("c", "places"), ("d", "places/key"), ("t", "x")]
    pen = Writer(ANN, seals)  # type: ignore[arg-type] # seals, or none
    content = f'{{"title": "{title}"}}'
    return pen.sign(created_at=NOON, kind=KIND_KEYED, tags=tags, content=content).envelope


async def titles(store: SealedStore, words: str = "") -> list[object]:
    asked = plan(PLACES, now=NOON, text=words) if words else plan(PLACES, now=NOON)
    return [record.content for record in await store.find(asked)]


@pytest.mark.real_time
@STORES
async def test_what_comes_is_given_and_found_open_and_lies_and_leaves_sealed(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as store:
        one, two = place(1), place(2, "Park")
        await store.add([one])
        await store.add([two])
        assert await titles(store) == ['{"title": "Park"}']
        [found] = await store.query(Filter(tags={"t": frozenset("x")}, limit=1))
        assert isinstance(found, OpenedRecord)
        assert [each.id for each in await store.query(Filter(tags={"d": frozenset(["places/key"])}))] == [
            two.id,
            one.id,
        ]
        assert await store.wires([one.id, two.id]) == [one.wire, two.wire]
        name = address_of(one)
        assert name is not None
        assert name == address_of(two) == address_of(found)
        assert sorted(each.id for each in await store.named([name])) == sorted([one.id, two.id])
        assert {each.address for each in await store.versions()} == {name}
        await store.add([], removed=[two.id])
        assert await titles(store) == ['{"title": "Zoo"}']


@pytest.mark.real_time
@STORES
async def test_what_does_not_open_is_marked_and_in_no_collection(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as store:
        strange = [place(1, seals=OTHER), place(2, seals=None)]
        await store.add([*strange, place(3)])
        assert await titles(store) == ['{"title": "Zoo"}']
        assert await store.marked(State.SEALED) == sorted(each.id for each in strange)
        assert {type(each) for each in await store.get([each.id for each in strange])} == {UnreadRecord}
        changes = await store.changes(None, limit=10)
        assert [change.record.content for change in changes.changes] == ['{"title": "Zoo"}']


@pytest.mark.real_time
@STORES
async def test_what_was_purged_is_given_back_open(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as store:
        record = place(1)
        await store.add([record])
        await store.purge([record.id])
        assert await titles(store) == []
        assert await store.register_versions("places", []) == []
        await store.fill([record])
        assert await titles(store) == ['{"title": "Zoo"}']


@pytest.mark.real_time
@STORES
async def test_what_was_there_is_read_anew(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path, seals=None) as store:
        record, strange = place(1), place(2, seals=OTHER)
        await store.add([record, strange])
        assert await titles(store) == []
        store.unseal(Lens(SEALS))
        await store.reread([record, strange, place(9)])
        assert await titles(store) == ['{"title": "Zoo"}']
        assert await store.marked(State.SEALED) == [strange.id]
        assert len(await store.entries()) == 2


@pytest.mark.real_time
async def test_what_is_built_later_and_what_a_process_left_in_haste_is_opened(tmp_path: Path) -> None:
    path = str(tmp_path / "room.db")
    store = await open_sqlite(path)
    store.unseal(Lens(SEALS))
    await store.add([place(1)])
    assert store.add_at_once([Lens(SEALS).open(place(2, "Park"))])
    # As a process that ends at once: what was jotted down is in its places by whoever opens the file next.
    left = (tmp_path / "room.db").read_bytes() + (tmp_path / "room.db-wal").read_bytes()
    copy = tmp_path / "copy.db"
    copy.write_bytes((tmp_path / "room.db").read_bytes())
    copy.with_name("copy.db-wal").write_bytes((tmp_path / "room.db-wal").read_bytes())
    await store.aclose()
    assert b"Park" not in left
    again = await open_sqlite(str(copy))
    again.unseal(Lens(SEALS))
    await again.define([PLACES], span_seconds=SPAN)
    while await again.build():
        pass
    assert await titles(again) == ['{"title": "Park"}']
    await again.aclose()
