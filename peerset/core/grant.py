"""Grants: an owner lets another key write in a room, by a text that stands in what this key writes.

A token is base64url (RFC 4648, section 5, without padding) of owner 32 bytes | writer 32 | since u64 | until u64 |
signature 64 | collections in UTF-8. The signature is the owner's (BIP-340) over SHA-256("peerset/grant/1" | room tag |
writer | since | until | collections). It stands in a record's tag ``["grant", token]`` (docs/protocol.md, "Grants").
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from peerset.core.base64url import decode_base64url, encode_base64url
from peerset.core.clock import UnixTime
from peerset.core.heir import first_of
from peerset.core.keys import KEY_BYTES, SIGNATURE_BYTES, PublicKey, SecretKey, is_public_key, verify
from peerset.core.limits import INTEGER_MAX, TAG_VALUE_BYTES_MAX
from peerset.core.record import Record
from peerset.core.signal import RoomTag
from peerset.errors import MalformedError

GRANT_TAG: Final = "grant"
ALL: Final = "*"
"""Stands for every collection, and for what is in none."""
GRANTS_CACHED: Final = 4_096

_DOMAIN: Final = b"peerset/grant/1"
_TIME_BYTES: Final = 8
_SINCE: Final = 2 * KEY_BYTES
_UNTIL: Final = _SINCE + _TIME_BYTES
_SIGNATURE: Final = _UNTIL + _TIME_BYTES
_COLLECTIONS: Final = _SIGNATURE + SIGNATURE_BYTES


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token says; whether its owner said so is told by `is_genuine`."""

    owner: PublicKey
    writer: PublicKey
    since: UnixTime
    until: UnixTime
    """The first and the last created_at that it covers."""
    collections: str
    """Names, joined by spaces; `ALL` for every one."""
    signature: bytes

    @property
    def text(self) -> str:
        """The token."""
        data = self.owner + _terms(self.writer, self.since, self.until) + self.signature + self.collections.encode()
        return encode_base64url(data)

    def covers(self, collection: str | None) -> bool:
        """Say whether records of *collection* are meant, or of none where it is None."""
        return self.collections == ALL or (collection is not None and collection in self.collections.split(" "))

    def holds_at(self, created_at: UnixTime) -> bool:
        """Say whether records of this time are meant."""
        return self.since <= created_at <= self.until

    def is_genuine(self, room_tag: RoomTag) -> bool:
        """Say whether its owner signed it, for the room of this tag."""
        digest = _digest(room_tag, _terms(self.writer, self.since, self.until), self.collections)
        return verify(self.owner, digest, self.signature)


def sign_grant(
    key: SecretKey,
    writer: PublicKey,
    *,
    room_tag: RoomTag,
    since: UnixTime,
    until: UnixTime,
    collections: Iterable[str] = (ALL,),
) -> Grant:
    """Let *writer* write in the room of *room_tag* what is dated from *since* to *until*, both included.

    Raises:
        MalformedError: *writer* is no key, the times are none, a collection's name is empty or holds a space, or the
            names are too long for a tag.

    """
    names = " ".join(collections)
    _check(key.public_key, writer, since, until, names)
    signature = key.sign(_digest(room_tag, _terms(writer, since, until), names))
    grant = Grant(key.public_key, writer, since, until, names, signature)
    if len(grant.text) > TAG_VALUE_BYTES_MAX:
        raise MalformedError(f"a grant for {len(names.encode())} bytes of collections; it fits into no tag")
    return grant


def read_grant(text: str) -> Grant:
    """Read a token; its signature is not checked.

    Raises:
        MalformedError: it is none, or not in the one form that it has.

    """
    # What is far too long is not decoded first.
    if len(text) > TAG_VALUE_BYTES_MAX:
        raise MalformedError(f"a grant of {len(text)} characters; the limit is {TAG_VALUE_BYTES_MAX}")
    try:
        data = decode_base64url(text)
        names = data[_COLLECTIONS:].decode()
    except ValueError as error:
        raise MalformedError("a grant is a text of base64url") from error
    owner, writer = PublicKey(data[:KEY_BYTES]), PublicKey(data[KEY_BYTES:_SINCE])
    since, until = (UnixTime(int.from_bytes(data[at : at + _TIME_BYTES])) for at in (_SINCE, _UNTIL))
    _check(owner, writer, since, until, names)
    grant = Grant(owner, writer, since, until, names, data[_SIGNATURE:_COLLECTIONS])
    if grant.text != text:
        raise MalformedError("a grant is written in another form")
    return grant


def grant_in(record: Record) -> Grant | None:
    """Give the grant that *record* carries, if it is one of its room for its author; whatever its time and collections.

    It is the first tag `GRANT_TAG` that counts. Signatures are verified once.
    """
    text, room_tag = record.tag_value(GRANT_TAG), record.room_tag
    grant = None if text is None or room_tag is None else known_grant(text, room_tag)
    return grant if grant is not None and grant.writer == record.author else None


def spoken_for(record: Record) -> PublicKey:
    """Give the key for which *record* speaks: by its grant for this time and collection, or its own.

    Where that is somebody's heir by what the record carries, it is the first of them.

    Whether readers want to know is said by a collection (`peerset.documents.definition.Definition.is_on_behalf`).
    """
    grant = grant_in(record)
    is_meant = grant is not None and grant.holds_at(record.created_at) and grant.covers(record.tag_value("c"))
    return first_of(grant.owner if grant is not None and is_meant else record.author, record)


@lru_cache(maxsize=GRANTS_CACHED)
def known_grant(text: str, room_tag: RoomTag) -> Grant | None:
    """Give the grant of *text*, if it is one that its owner signed for the room of *room_tag*; kept, once verified."""
    try:
        grant = read_grant(text)
    except MalformedError:
        return None
    return grant if grant.is_genuine(room_tag) else None


def _check(owner: PublicKey, writer: PublicKey, since: int, until: int, collections: str) -> None:
    if not is_public_key(owner) or not is_public_key(writer):
        raise MalformedError("a grant is by one key for another one")
    if not 0 <= since <= until <= INTEGER_MAX:
        raise MalformedError(f"a grant from {since} until {until}")
    names = collections.split(" ")
    if not all(names) or not all(map(_is_plain, collections)) or (ALL in names and len(names) > 1):
        raise MalformedError(f"a grant is for names of collections joined by single spaces, or for {ALL!r}")


def _is_plain(character: str) -> bool:
    """Say whether it is one that records may hold, and no control character."""
    return " " <= character < "\ud800" or character > "\udfff"


def _terms(writer: PublicKey, since: int, until: int) -> bytes:
    return writer + since.to_bytes(_TIME_BYTES) + until.to_bytes(_TIME_BYTES)


def _digest(room_tag: RoomTag, terms: bytes, collections: str) -> bytes:
    return hashlib.sha256(_DOMAIN + room_tag + terms + collections.encode()).digest()
