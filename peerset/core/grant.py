"""Grants: an owner lets another key write in a room, by a text that stands in what this key writes.

A token is base64url (RFC 4648, section 5, without padding) of owner 32 bytes | writer 32 | since u64 | until u64 |
voice u8 | signature 64 | collections in UTF-8. The signature is the owner's (BIP-340) over SHA-256("peerset/grant/1" |
room tag | writer | since | until | voice | collections). It stands in a record's tag ``["grant", token]``, of which the
first `RECORD_GRANTS_MAX` count, each for itself (docs/protocol.md, "Grants").
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
from peerset.core.limits import INTEGER_MAX, RECORD_GRANTS_MAX, TAG_VALUE_BYTES_MAX
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
_VOICE: Final = _UNTIL + _TIME_BYTES
_SIGNATURE: Final = _VOICE + 1
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
    is_on_behalf: bool = False
    """It lets the writer speak for the owner, as a device of the owner does; else for itself alone."""

    @property
    def text(self) -> str:
        """The token."""
        return encode_base64url(self.owner + self._terms + self.signature + self.collections.encode())

    def covers(self, collection: str | None) -> bool:
        """Say whether records of *collection* are meant, or of none where it is None."""
        return self.collections == ALL or (collection is not None and collection in self.collections.split(" "))

    def holds_at(self, created_at: UnixTime) -> bool:
        """Say whether records of this time are meant."""
        return self.since <= created_at <= self.until

    def is_genuine(self, room_tag: RoomTag) -> bool:
        """Say whether its owner signed it, for the room of this tag."""
        return verify(self.owner, _digest(room_tag, self._terms, self.collections), self.signature)

    @property
    def _terms(self) -> bytes:
        return _terms(self.writer, self.since, self.until, is_on_behalf=self.is_on_behalf)


def sign_grant(
    key: SecretKey,
    writer: PublicKey,
    *,
    room_tag: RoomTag,
    since: UnixTime,
    until: UnixTime,
    collections: Iterable[str] = (ALL,),
    is_on_behalf: bool = False,
) -> Grant:
    """Let *writer* write in the room of *room_tag* what is dated from *since* to *until*, both included.

    Where *is_on_behalf*, it speaks for us in what it writes.

    Raises:
        MalformedError: *writer* is no key, the times are none, a collection's name is empty or holds a space, or the
            names are too long for a tag.

    """
    names = " ".join(collections)
    _check(key.public_key, writer, since, until, names)
    signature = key.sign(_digest(room_tag, _terms(writer, since, until, is_on_behalf=is_on_behalf), names))
    grant = Grant(key.public_key, writer, since, until, names, signature, is_on_behalf)
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
    # Another voice than 0 and 1 is written in another form.
    speaks = data[_VOICE:_SIGNATURE] == b"\1"
    grant = Grant(owner, writer, since, until, names, data[_SIGNATURE:_COLLECTIONS], speaks)
    if grant.text != text:
        raise MalformedError("a grant is written in another form")
    return grant


def grant_texts(record: Record) -> list[str]:
    """Give the tokens of *record* that count, whatever is in them; looking at each costs one signature at most."""
    return record.tag_values(GRANT_TAG)[:RECORD_GRANTS_MAX]


def grants_in(record: Record) -> list[Grant]:
    """Give the grants that *record* carries which are of its room and for its author; whatever time and collections.

    Signatures are verified once.
    """
    room_tag = record.room_tag
    known = [] if room_tag is None else [known_grant(text, room_tag) for text in grant_texts(record)]
    return [grant for grant in known if grant is not None and grant.writer == record.author]


def spoken_for(record: Record) -> PublicKey:
    """Give the key for which *record* speaks: by its first grant that says so and covers it; or its own.

    Where that is somebody's heir by what the record carries, it is the first of them.

    Whether readers want to know is said by a collection (`peerset.documents.definition.Definition.is_on_behalf`).
    """
    at, collection = record.created_at, record.tag_value("c")
    meant = (each for each in grants_in(record) if each.is_on_behalf and each.holds_at(at) and each.covers(collection))
    speaking = next(meant, None)
    return first_of(record.author if speaking is None else speaking.owner, record)


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


def _terms(writer: PublicKey, since: int, until: int, *, is_on_behalf: bool) -> bytes:
    return writer + since.to_bytes(_TIME_BYTES) + until.to_bytes(_TIME_BYTES) + bytes([is_on_behalf])


def _digest(room_tag: RoomTag, terms: bytes, collections: str) -> bytes:
    return hashlib.sha256(_DOMAIN + room_tag + terms + collections.encode()).digest()
