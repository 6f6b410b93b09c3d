"""Stores of many records, as fast as they can be filled: their signatures are none, for no store looks at them."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgpack

from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.keys import SIGNATURE_BYTES, PublicKey
from peerset.core.record import KIND_RECORD, Record, hash_fields
from peerset.stores.sqlite import SQLiteStore, open_sqlite
from tests.protocol.pair import ROOM, START, key

AUTHORS: Final = 200
DAYS: Final = 88
BATCH: Final = 2_000
RARE_EVERY: Final = 50_000
"""One record in so many has the tag ``["c", "rare"]``."""
CONTENT: Final = "x" * 130


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[SQLiteStore]:
    """Have the store of a file for the length of the block."""
    store = await open_sqlite(str(path))
    try:
        yield store
    finally:
        await store.aclose()


async def fill(path: Path, count: int, *, end: int = START) -> None:
    """Make a store of *count* records of the last days before *end*."""
    async with opened(path) as store:
        await store.bind(ROOM.tag)
        for batch in in_batches(count, end=end):
            await store.add(batch)


def in_batches(count: int, *, end: int = START) -> Iterator[list[Record]]:
    """Give *count* records of about 300 bytes on the wire, oldest first, in batches."""
    authors = [key(number + 1).public_key for number in range(AUTHORS)]
    first_time, step = end - DAYS * DAY_SECONDS, (DAYS * DAY_SECONDS - 60) / count
    for first in range(0, count, BATCH):
        numbers = range(first, min(count, first + BATCH))
        yield [make(number, first_time + int(number * step), authors[number % AUTHORS]) for number in numbers]


def make(number: int, at: int, author: bytes) -> Record:
    """Make a record of a time."""
    created_at, content, signature = UnixTime(at), f"{number:07}{CONTENT}", bytes(SIGNATURE_BYTES)
    collection = "places" if number % RARE_EVERY else "rare"
    tags = (("h", ROOM.tag.hex()), ("c", collection))
    wire = msgpack.packb((author, created_at, KIND_RECORD, tags, content, signature))
    record_id = hash_fields(PublicKey(author), created_at, KIND_RECORD, tags, content)
    return Record(record_id, PublicKey(author), created_at, KIND_RECORD, tags, content, signature, wire)
