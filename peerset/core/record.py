"""Records: signed values in the form of NIP-01 events, and their wire form."""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NewType

import msgpack

from peerset.core.clock import UnixTime
from peerset.core.keys import KEY_BYTES, SIGNATURE_BYTES, PublicKey, SecretKey, verify
from peerset.core.limits import (
    INTEGER_MAX,
    KIND_MAX,
    RECORD_BYTES_MAX,
    RECORD_TAGS_MAX,
    TAG_ELEMENTS_MAX,
    TAG_VALUE_BYTES_MAX,
)
from peerset.core.signal import RoomTag
from peerset.errors import MalformedError

RecordId = NewType("RecordId", bytes)
"""32 bytes: SHA-256 of the record's canonical JSON (NIP-01)."""

Tags = tuple[tuple[str, ...], ...]

KIND_DELETION: Final = 5
KIND_RECORD: Final = 1_078
KIND_KEYED: Final = 30_078
EPHEMERAL_KINDS: Final = range(20_000, 30_000)
KEYED_KINDS: Final = range(30_000, 40_000)

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class Record:
    """A signed record; immutable. Make one with `sign_record`, read one with `decode_record`."""

    id: RecordId
    author: PublicKey
    created_at: UnixTime
    kind: int
    tags: Tags
    content: str
    signature: bytes
    wire: bytes = field(repr=False, compare=False)
    """The wire form: msgpack array ``[author, created_at, kind, tags, content, signature]``."""

    @property
    def is_ephemeral(self) -> bool:
        """Relayed live, never stored."""
        return self.kind in EPHEMERAL_KINDS

    @property
    def room_tag(self) -> RoomTag | None:
        """The room this record belongs to, by its first ``h`` tag."""
        for value in self.tag_values("h"):
            try:
                return RoomTag(bytes.fromhex(value))
            except ValueError:
                return None
        return None

    @property
    def deletes(self) -> tuple[RecordId, ...]:
        """The ids this record asks to delete (kind 5, ``e`` tags; NIP-09)."""
        if self.kind != KIND_DELETION:
            return ()
        return tuple(
            RecordId(bytes.fromhex(value)) for value in self.tag_values("e") if re.fullmatch("[0-9a-f]{64}", value)
        )

    def tag_values(self, name: str) -> list[str]:
        """Give the first value of every tag called *name*."""
        return [tag[1] for tag in self.tags if len(tag) > 1 and tag[0] == name]

    def has_valid_signature(self) -> bool:
        """Say whether the author signed the id (BIP-340)."""
        return verify(self.author, self.id, self.signature)


def sign_record(
    key: SecretKey, *, created_at: UnixTime, kind: int, tags: Iterable[Iterable[str]], content: str
) -> Record:
    """Make a record of *key*.

    Raises:
        MalformedError: what it would hold breaks the limits or the text rules.

    """
    frozen = tuple(tuple(tag) for tag in tags)
    author = key.public_key
    _check_fields(author, created_at, kind, frozen, content)
    record_id = hash_fields(author, created_at, kind, frozen, content)
    signature = key.sign(record_id)
    wire = _pack(author, created_at, kind, frozen, content, signature)
    return Record(record_id, author, created_at, kind, frozen, content, signature, wire)


def decode_record(wire: bytes) -> Record:
    """Read a record from its wire form and compute its id; the signature is not checked.

    Raises:
        MalformedError: the bytes are not the one wire form of a record that keeps the rules.

    """
    if len(wire) > RECORD_BYTES_MAX:
        raise MalformedError(f"a record of {len(wire)} bytes; the limit is {RECORD_BYTES_MAX}")
    try:
        fields = msgpack.unpackb(
            wire,
            raw=False,
            use_list=False,
            strict_map_key=True,
            max_array_len=RECORD_TAGS_MAX,
            max_map_len=0,
            max_ext_len=0,
            max_str_len=RECORD_BYTES_MAX,
            max_bin_len=SIGNATURE_BYTES,
        )
    except (ValueError, TypeError, RecursionError, msgpack.UnpackException) as error:
        raise MalformedError(f"not a msgpack record: {error}") from error
    if not isinstance(fields, tuple) or len(fields) != 6:
        raise MalformedError("a record is an array of 6 fields")
    author, created_at, kind, tags, content, signature = fields
    _check_fields(author, created_at, kind, tags, content)
    if not isinstance(signature, bytes) or len(signature) != SIGNATURE_BYTES:
        raise MalformedError(f"a signature is {SIGNATURE_BYTES} bytes")
    if _pack(author, created_at, kind, tags, content, signature) != wire:
        raise MalformedError("not the shortest msgpack form")
    record_id = hash_fields(author, created_at, kind, tags, content)
    return Record(record_id, author, created_at, kind, tags, content, signature, wire)


def hash_fields(author: PublicKey, created_at: int, kind: int, tags: Tags, content: str) -> RecordId:
    """Compute the id: SHA-256 of the canonical JSON array (NIP-01)."""
    return RecordId(hashlib.sha256(canonical_json(author, created_at, kind, tags, content)).digest())


def canonical_json(author: PublicKey, created_at: int, kind: int, tags: Tags, content: str) -> bytes:
    """Write the bytes that are hashed: ``[0, pubkey, created_at, kind, tags, content]`` (NIP-01)."""
    array = [0, author.hex(), created_at, kind, tags, content]
    return _ENCODER.encode(array).encode()


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


def _pack(author: bytes, created_at: int, kind: int, tags: Tags, content: str, signature: bytes) -> bytes:
    return bytes(msgpack.packb((author, created_at, kind, tags, content, signature), use_bin_type=True))


def _check_fields(author: object, created_at: object, kind: object, tags: object, content: object) -> None:
    if not isinstance(author, bytes) or len(author) != KEY_BYTES:
        raise MalformedError(f"an author is {KEY_BYTES} bytes")
    if type(created_at) is not int or not 0 <= created_at <= INTEGER_MAX:
        raise MalformedError("created_at is a whole number of seconds from 0 to 2^53 - 1")
    if type(kind) is not int or not 0 <= kind <= KIND_MAX:
        raise MalformedError(f"kind is a whole number from 0 to {KIND_MAX}")
    if not isinstance(tags, Sequence) or len(tags) > RECORD_TAGS_MAX:
        raise MalformedError(f"tags are an array of at most {RECORD_TAGS_MAX}")
    for tag in tags:
        _check_tag(tag)
    if not isinstance(content, str):
        raise MalformedError("content is a text")
    _check_text("content", content, RECORD_BYTES_MAX)


def _check_tag(tag: object) -> None:
    if not isinstance(tag, tuple) or not 1 <= len(tag) <= TAG_ELEMENTS_MAX:
        raise MalformedError(f"a tag is an array of 1 to {TAG_ELEMENTS_MAX} texts")
    for element in tag:
        if not isinstance(element, str):
            raise MalformedError("a tag holds texts only")
        _check_text("a tag value", element, TAG_VALUE_BYTES_MAX)


def _check_text(what: str, text: str, bytes_max: int) -> None:
    try:
        size = len(text) if text.isascii() else len(text.encode())
    except UnicodeEncodeError as error:
        raise MalformedError(f"{what} has a lone surrogate") from error
    if size > bytes_max:
        raise MalformedError(f"{what} of {size} bytes; the limit is {bytes_max}")
    if _CONTROL.search(text):
        raise MalformedError(f"{what} has a control character other than tab, line feed and carriage return")
