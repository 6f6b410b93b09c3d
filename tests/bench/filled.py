"""A store full of documents, as fast as it can be filled.

The signatures are none: a store does not check them, and what signing and checking cost is measured elsewhere.
"""

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgpack

import peerset
from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.keys import SIGNATURE_BYTES, PublicKey, SecretKey
from peerset.core.record import KIND_KEYED, KIND_RECORD, Record, hash_fields
from peerset.core.signal import RoomName
from peerset.core.stamp import MICROSECONDS, split_stamp
from peerset.data.projection import SPANS_PER_WINDOW
from peerset.documents.definition import Definition, define
from peerset.stores.sqlite import SQLiteStore, open_sqlite

Value = dict[str, Any]

ROOM: Final = "places"
KEY: Final = SecretKey(bytes(31) + b"\x09")
DAYS: Final = 90
CITIES: Final = 50
SPAN_SECONDS: Final = DAYS * DAY_SECONDS // SPANS_PER_WINDOW
"""As a room has it that says nothing else."""
BATCH: Final = 1_000
KEYED_SHARE: Final = 10
"""One in so many is a register."""
SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "city": {"type": "string"},
        "stars": {"type": "number"},
        "open": {"type": "boolean"},
        "visits": {"type": "integer"},
        "note": {"type": "string"},
    },
    "required": ["title"],
}
INDEXES: Final = ("city", "-stars", ("city", "-stars"))
PLACES: Final = define("places", SCHEMA, indexes=INDEXES)
OTHERS: Final = (define("notes"), define("tags", SCHEMA))
"""Two more collections, empty."""


def values(count: int) -> Iterator[Value]:
    """Give so many places, the same ones each time."""
    rng = random.Random(1)
    for number in range(count):
        yield {
            "title": f"place {number}",
            "city": f"city {rng.randrange(CITIES)}",
            "stars": rng.randrange(500) / 100,
            "open": rng.random() < 0.5,
            "visits": rng.randrange(100_000),
            "note": f"{number:x}".rjust(40, "-"),
        }


def key_of(number: int) -> str | None:
    """Give the key of the place of a number; None for what is no register."""
    return None if number % KEYED_SHARE else f"k{number}"


def stamps(count: int) -> list[int]:
    """Give when the places were written: over the window, oldest first."""
    end = (int(time.time()) - 3_600) * MICROSECONDS
    step = (DAYS - 1) * DAY_SECONDS * MICROSECONDS // count
    return [end - (count - number) * step for number in range(count)]


def records(count: int) -> Iterator[Record]:
    """Give the places as records."""
    author = KEY.public_key
    for number, (value, stamp) in enumerate(zip(values(count), stamps(count), strict=True)):
        yield _record(author, stamp, value, key_of(number))


async def fill(path: Path, count: int) -> float:
    """Fill a new store; give the seconds of computing a document."""
    store = await open_sqlite(str(path))
    try:
        await store.bind(RoomName("peerset", ROOM).tag)
        await store.define([PLACES], span_seconds=SPAN_SECONDS)
        spent, batch = 0.0, []
        for record in records(count):
            batch.append(record)
            if len(batch) == BATCH:
                spent, batch = spent + await _add(store, batch), []
        return (spent + await _add(store, batch)) / count
    finally:
        await store.aclose()


async def _add(store: SQLiteStore, batch: list[Record]) -> float:
    before = time.process_time()
    await store.add(batch)
    return time.process_time() - before


def declare(room: peerset.Room) -> tuple[peerset.Collection[Any], ...]:
    """Declare three collections, as an application does; the places come first."""
    places = room.collection("places", SCHEMA, indexes=INDEXES)
    return places, room.collection("notes"), room.collection("tags", SCHEMA)


def definitions() -> list[Definition]:
    """Give the same for a store."""
    return [PLACES, *OTHERS]


def _record(author: PublicKey, stamp: int, value: Value, key: str | None) -> Record:
    created_at, timed = split_stamp(stamp)
    named = () if key is None else (("d", f"places/{key}"),)
    tags = (("h", RoomName("peerset", ROOM).tag.hex()), ("c", "places"), *named, *timed)
    kind = KIND_RECORD if key is None else KIND_KEYED
    content, signature = json.dumps(value, separators=(",", ":")), bytes(SIGNATURE_BYTES)
    wire = msgpack.packb((author, created_at, kind, tags, content, signature))
    record_id = hash_fields(author, UnixTime(created_at), kind, tags, content)
    return Record(record_id, author, created_at, kind, tags, content, signature, wire)
