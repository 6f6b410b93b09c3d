"""Their records as ours, and ours as theirs; both ways the same input gives the same output, on any machine, ever.

A record of theirs becomes one that the bridge signs: its content is what our policies read, and two tags keep the
rest, so that it can be given back to other pages as it came. One of ours has a uuid made of its id, and its id and
signature stand where the app has a signature: so it is known when it comes back, even when it is no longer here.
"""

import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from peerset.bridge.original import UUID, Original, hash_of, is_place
from peerset.core.envelope import seal_id_of
from peerset.core.keys import PublicKey, SecretKey, npub
from peerset.core.record import KIND_RECORD, Record, RecordId, sign_record
from peerset.core.signal import RoomTag
from peerset.core.stamp import split_stamp, stamp_of

UUID_TAG: Final = "i"
"""Names the record of theirs that this one is."""
ORIGINAL_TAG: Final = "original"
"""Its npub, bucket, hash and signature, as they were said."""
OURS: Final = "peerset:"
"""What the signature begins with of a record that came from a room of ours."""
MICROSECONDS_PER_MS: Final = 1_000
ID_DIGITS: Final = 64
ORIGINAL_TAG_LENGTH: Final = 5


def sign_original(original: Original, key: SecretKey, *, room_tag: RoomTag, collection: str) -> Record:
    """Make a record of ours of *original*, dated as it is.

    Raises:
        MalformedError: it breaks the limits or text rules of records.

    """
    created_at, stamped = split_stamp(original.created_at_ms * MICROSECONDS_PER_MS)
    content: dict[str, str | float] = {
        "text": original.text,
        "latitude": original.latitude,
        "longitude": original.longitude,
    }
    if original.link:
        content["link"] = original.link
    kept = (ORIGINAL_TAG, original.npub, original.bucket, original.hash, original.signature)
    tags = (("h", room_tag.hex()), *stamped, ("c", collection), (UUID_TAG, original.uuid), kept)
    text = json.dumps(content, ensure_ascii=False)
    return sign_record(key, created_at=created_at, kind=KIND_RECORD, tags=tags, content=text)


def original_of(record: Record, bridge: PublicKey) -> Original | None:
    """Give what pages of theirs are told of *record*; None when it is none for them.

    What *bridge* signed is given back as it came. What else has a uuid of theirs came by another bridge. What is sealed
    stays in the room, whoever can open it.
    """
    if seal_id_of(record.envelope.tags) is not None:
        return None
    content = _read_content(record)
    if record.kind != KIND_RECORD or content is None:
        return None
    named = next((value for value in record.tag_values(UUID_TAG) if UUID.fullmatch(value)), None)
    if named is None:
        return _make_original(record, *content)
    kept = next((tag for tag in record.tags if tag[0] == ORIGINAL_TAG), ())
    if record.author != bridge or len(kept) != ORIGINAL_TAG_LENGTH:
        return None
    _, author, bucket, digest, signature = kept
    created_at_ms = stamp_of(record) // MICROSECONDS_PER_MS
    text, link, latitude, longitude = content
    return Original(named, created_at_ms, bucket, author, text, link, latitude, longitude, digest, signature)


def is_ours(original: Original) -> bool:
    """Say whether *original* came from a room of ours, by whatever bridge."""
    if not original.signature.startswith(OURS):
        return False
    digits = original.signature.removeprefix(OURS)[:ID_DIGITS]
    try:
        return uuid_of(RecordId(bytes.fromhex(digits))) == original.uuid
    except ValueError:
        return False


def uuid_of(record_id: RecordId) -> str:
    """Give the uuid of the record with this id: its first 16 bytes, in the form of version 4."""
    return str(uuid.UUID(bytes=bytes(record_id[:16]), version=4))


def _make_original(record: Record, text: str, link: str, latitude: float, longitude: float) -> Original:
    created_at_ms = stamp_of(record) // MICROSECONDS_PER_MS
    day = datetime.fromtimestamp(record.created_at, UTC).date().isoformat()
    signature = f"{OURS}{record.id.hex()}:{record.signature.hex()}"
    unhashed = Original(
        uuid_of(record.id), created_at_ms, day, npub(record.author), text, link, latitude, longitude, "", signature
    )
    return replace(unhashed, hash=hash_of(unhashed))


def _read_content(record: Record) -> tuple[str, str, float, float] | None:
    """Give text, link, latitude and longitude of the content's JSON; None when it does not say where it is."""
    try:
        content = json.loads(record.content)
    except (ValueError, RecursionError):
        return None
    match content:
        case {"text": str(text), "latitude": int() | float() as latitude, "longitude": int() | float() as longitude}:
            link = content.get("link", "")
            if isinstance(link, str) and is_place(latitude, longitude):
                return text, link, float(latitude), float(longitude)
        case _:
            return None
    return None
