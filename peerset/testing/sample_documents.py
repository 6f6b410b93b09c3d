"""Documents for acceptance suites and tests: records that say something in collections."""

import itertools
import json
from collections.abc import Iterable, Sequence
from typing import Final

from peerset.core.action import Json
from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.expiration import EXPIRATION_TAG
from peerset.core.grant import ALL, GRANT_TAG, Grant, sign_grant
from peerset.core.keys import SecretKey
from peerset.core.record import KIND_COMMIT, KIND_DELETION, KIND_KEYED, KIND_RECORD, Record, RecordId, sign_record
from peerset.core.signal import RoomTag
from peerset.core.stamp import MICROSECONDS, split_stamp
from peerset.documents.commit import commit_content
from peerset.documents.definition import Definition, define
from peerset.documents.document import BATCH_TAG, COLLECTION_TAG, PREVIOUS, VOID_TAG

NOON: Final = UnixTime(20_000 * DAY_SECONDS + DAY_SECONDS // 2)
"""The time around which the documents are made."""

SPAN_SECONDS: Final = 5 * DAY_SECONDS

ANN: Final = SecretKey(bytes(31) + b"\x01")
BOB: Final = SecretKey(bytes(31) + b"\x02")
ROOM_TAG: Final = RoomTag(bytes(16))

PLACES_SCHEMA: Final[dict[str, Json]] = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "minLength": 1},
        "city": {"type": ["string", "null"]},
        "stars": {"type": "number", "default": 0},
        "open": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "at": {"type": ["object", "null"], "properties": {"lat": {"type": "number"}, "lon": {"type": "number"}}},
        "owner": {"type": "object", "properties": {"name": {"type": "string"}}},
    },
    "required": ["title"],
}

PLACES: Final = define(
    "places",
    PLACES_SCHEMA,
    indexes=["city", "-stars", ("city", "-stars"), ("open", "title"), "tags[]", "key"],
    text=["title", "tags"],
    place="at",
)
WIKI: Final = define("wiki", {"type": "object", "properties": {"text": {"type": "string"}}}, shared=True)
ANYTHING: Final = define("anything")
DIARY: Final = define("diary", indexes=["author"], on_behalf=True)


def document(
    author: SecretKey,
    stamp: int,
    value: Json,
    *,
    collection: Definition = PLACES,
    key: str | None = None,
    follows: Iterable[Record] = (),
    batch: str | None = None,
    expires_at: int | None = None,
    granted: Grant | None = None,
) -> Record:
    """Sign a document, or a version under *key*; *stamp* counts microseconds from `NOON`, no value is a tombstone."""
    created_at, tags = split_stamp(NOON * MICROSECONDS + stamp)
    said: list[Sequence[str]] = [(COLLECTION_TAG, collection.name), *tags]
    if key is not None:
        said.append(("d", f"{collection.name}/{key}"))
    said += [("e", each.id.hex(), "", PREVIOUS) for each in follows]
    if batch is not None:
        said.append((BATCH_TAG, batch))
    if expires_at is not None:
        said.append((EXPIRATION_TAG, str(expires_at)))
    if granted is not None:
        said += [("h", ROOM_TAG.hex()), (GRANT_TAG, granted.text)]
    if value is None:
        said.append((VOID_TAG,))
    kind = KIND_RECORD if key is None else KIND_KEYED
    content = "" if value is None else json.dumps(value, ensure_ascii=False)
    return sign_record(author, created_at=created_at, kind=kind, tags=said, content=content)


def grant(owner: SecretKey, writer: SecretKey, *collections: str) -> Grant:
    """Let *writer* write for *owner* for a minute from `NOON` on."""
    until = UnixTime(NOON + 60)
    names = collections or (ALL,)
    return sign_grant(
        owner,
        writer.public_key,
        room_tag=ROOM_TAG,
        since=NOON,
        until=until,
        collections=names,
        is_on_behalf=True,
    )


def commit(author: SecretKey, nonce: str, ids: Iterable[RecordId]) -> Record:
    """Sign the commit of a batch."""
    tags = [(BATCH_TAG, nonce)]
    return sign_record(author, created_at=NOON, kind=KIND_COMMIT, tags=tags, content=commit_content(ids))


def deletion(author: SecretKey, *records: Record) -> Record:
    """Sign a deletion that names *records* by their ids."""
    tags = [("e", each.id.hex()) for each in records]
    created_at = UnixTime(NOON + DAY_SECONDS)
    return sign_record(author, created_at=created_at, kind=KIND_DELETION, tags=tags, content="")


def sample_places() -> list[Record]:
    """Give 60 documents and registers of two authors over 12 days, values of every type among them."""
    cities: list[Json] = ["Berlin", "Äpfingen", None, "Berlin\U0001f30d", "Berlin\uffff", ""]
    stars: list[Json] = [4, 4.5, 0, -1, 2**53 - 1, 0.1]
    spots: list[Json] = [
        {"lat": 52.5, "lon": 13.4},
        {"lat": -17.8, "lon": 179.9},
        {"lat": -17.8, "lon": -179.9},
        {"lat": 91, "lon": 0},
        None,
    ]
    titles = ["Vegan Café", "Straße 7", "ﬁsh and chips", "vegane Küche", "x"]
    records = []
    for place, (author, number) in enumerate(itertools.product((ANN, BOB), range(30))):
        value: dict[str, Json] = {
            "title": titles[place % 5],
            "city": cities[place % 6],
            "tags": [*["vegan", "süß"][: place % 3]],
            "at": spots[place % 5],
            "owner": {"name": f"owner {place % 4}"},
        }
        if place % 4:
            value["stars"] = stars[place // 2 % 6]
        if place % 7 > 1:
            value["open"] = place % 2 == 0
        if place % 6 == 2:
            del value["city"]
        key = f"k{number % 8}" if place % 10 > 3 else None
        # Some of one moment, so that ids decide.
        stamp = number // 3 * 100_000_000_000 + number % 2
        records.append(document(author, stamp, value, key=key))
    return records
