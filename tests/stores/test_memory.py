"""The memory store."""

import hashlib
import tracemalloc

import pytest

from peerset.core.clock import UnixTime
from peerset.core.filter import Cursor, Filter
from peerset.core.limits import BATCH_DOCUMENTS_MAX
from peerset.core.note import NOTES_PER_KIND_MAX
from peerset.core.record import KIND_COMMIT, KIND_DELETION, KIND_RECORD, Record, RecordId, decode_record, sign_record
from peerset.documents.commit import commit_content
from peerset.documents.document import BATCH_TAG
from peerset.errors import ConfigError, StoreError
from peerset.ports import ViewStore
from peerset.stores.memory import MemoryStore, open_memory
from peerset.testing.check_documents import check_documents
from peerset.testing.check_store import check_store, sample_records
from peerset.testing.check_views import check_views
from tests.protocol.pair import ROOM, START, key


async def open_store() -> ViewStore:
    return await open_memory("")


async def test_it_keeps_the_contract_of_stores() -> None:
    await check_store(open_store)


async def test_a_memory_store_has_no_name() -> None:
    with pytest.raises(ConfigError, match="'memory:lobby' names something"):
        await open_memory("lobby")


async def test_two_stores_share_nothing() -> None:
    first, second = MemoryStore(), MemoryStore()
    await first.add(sample_records())
    assert await second.entries() == []


async def test_the_notes_of_a_kind_are_bounded() -> None:
    store = MemoryStore()
    for number in range(NOTES_PER_KIND_MAX):
        await store.note("muted", number.to_bytes(4, "big"), "")
    with pytest.raises(StoreError, match="100000 notes of the kind 'muted'"):
        await store.note("muted", b"one more", "")
    await store.note("muted", bytes(4), "changed")
    await store.note("other", b"one more", "")


async def test_it_keeps_the_contract_of_stores_of_documents() -> None:
    await check_documents(open_store)


async def test_it_keeps_the_contract_of_stores_of_views() -> None:
    await check_views(open_store)


def heavy(number: int, *, kind: int = KIND_RECORD, tags: int = 0, size: int = 0) -> bytes:
    """Sign a record whose tags, once read, or whose content take more than its wire form."""
    names = [hashlib.sha256(f"{number} {each}".encode()).hexdigest() for each in range(tags)]
    letter = "e" if kind == KIND_DELETION else "t"
    values = names if kind == KIND_DELETION else [name[:10] for name in names]
    return sign_record(
        key(1),
        created_at=UnixTime(START + number),
        kind=kind,
        tags=[["h", ROOM.tag.hex()], *([letter, value] for value in values)],
        content="x" * size,
    ).wire


def commit_of_nothing(number: int) -> bytes:
    """Sign a commit of 500 documents that nobody has."""
    ids = [RecordId(hashlib.sha256(f"{number} {each}".encode()).digest()) for each in range(BATCH_DOCUMENTS_MAX)]
    return sign_record(
        key(1),
        created_at=START,
        kind=KIND_COMMIT,
        tags=[["h", ROOM.tag.hex()], [BATCH_TAG, number.to_bytes(16, "big").hex()]],
        content=commit_content(ids),
    ).wire


@pytest.mark.parametrize(
    "blobs",
    [
        [heavy(number, kind=KIND_DELETION, tags=60) for number in range(100)],
        [heavy(number, tags=63) for number in range(100)],
        [heavy(number, size=60_000) for number in range(20)],
        [commit_of_nothing(number) for number in range(20)],
    ],
    ids=["deletions", "tags", "content", "commits"],
)
async def test_what_is_heavy_takes_little_more_than_the_bytes_in_which_it_came(blobs: list[bytes]) -> None:
    store = MemoryStore()
    tracemalloc.start()
    try:
        for blob in blobs:
            await store.add([decode_record(bytes(bytearray(blob)))])
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < 3 * sum(map(len, blobs))


async def test_what_is_heavy_is_found_as_all_else_is() -> None:
    store = MemoryStore()
    records = [decode_record(heavy(number, tags=40)) for number in range(3)]
    await store.add(records)
    value = records[1].tags[1][1]
    assert await store.query(Filter(tags={"t": frozenset([value])})) == [records[1]]
    assert await store.query(Filter(limit=2)) == [records[2], records[1]]
    assert await store.query(Filter(after=Cursor.of(records[1]))) == [records[0]]
    assert await store.wires([records[0].id, records[2].id]) == [records[0].wire, records[2].wire]
    assert [type(record) for record in await store.get([records[0].id])] == [Record]
