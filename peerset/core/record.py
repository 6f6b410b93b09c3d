"""Records: signed values in the form of NIP-01 events, and their wire form.

What a record must be, beyond NIP-01, so that every language computes the same id from it:

- texts hold no lone surrogates and no control characters (U+0000 to U+001F) but tab, line feed and carriage
  return; everything else, U+007F, U+2028 and text that is not in NFC included, is signed and kept as it is;
- whole numbers only, ``created_at`` from 0 to 2^53 - 1 and ``kind`` from 0 to 65535;
- there may be no tags, but a tag has 1 to 16 texts (NIP-01: "one or more"); a text may be empty;
- the value of an ``h`` tag is 32, of an ``e`` tag 64 lower-case hexadecimal digits;
- one wire form: msgpack in its shortest encoding, without maps, floats and extension types.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, field
from itertools import chain
from json.encoder import encode_basestring
from typing import Any, Final, NewType

import msgpack

from peerset.core.clock import UnixTime
from peerset.core.frozen import setters_of
from peerset.core.keys import AUX_ZERO, KEY_BYTES, SIGNATURE_BYTES, PublicKey, SecretKey, verify
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
KIND_COMMIT: Final = 1_080
KIND_PIN: Final = 1_081
KIND_KEYED: Final = 30_078
EPHEMERAL_KINDS: Final = range(20_000, 30_000)
KEYED_KINDS: Final = range(30_000, 40_000)
"""Of what has an author and a key: NIP-01 calls it addressable."""
REPLACEABLE_KINDS: Final = range(10_000, 20_000)
"""Of what each author has one of, beside profiles and follows."""
KIND_PROFILE: Final = 0
KIND_FOLLOWS: Final = 3

ID_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Record:
    """A signed record; immutable. Make one with `sign_record`, read one with `decode_record` or `record_of`."""

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
    def envelope(self) -> "Record":
        """What its author signed and all see: itself, unless it was sealed and is open here."""
        return self

    @property
    def is_ephemeral(self) -> bool:
        """Relayed live, never stored."""
        return self.kind in EPHEMERAL_KINDS

    @property
    def is_versioned(self) -> bool:
        """One of the versions of what its author, its kind and, of a keyed one, its first ``d`` tag name."""
        return is_versioned(self.kind)

    @property
    def room_tag(self) -> RoomTag | None:
        """The room this record belongs to, by its first ``h`` tag; further ones count for nothing."""
        value = self.tag_value("h")
        return None if value is None else RoomTag(bytes.fromhex(value))

    def tag_value(self, name: str) -> str | None:
        """Give the first value of the first tag called *name* that has one; None without any."""
        for tag in self.tags:
            if tag[0] == name and len(tag) > 1:
                return tag[1]
        return None

    def tag_values(self, name: str) -> list[str]:
        """Give the first value of every tag called *name*."""
        return [tag[1] for tag in self.tags if len(tag) > 1 and tag[0] == name]

    def has_tag(self, name: str, values: Set[str]) -> bool:
        """Say whether the first value of a tag called *name* is among *values*."""
        return not values.isdisjoint(self.tag_values(name))

    def has_valid_signature(self) -> bool:
        """Say whether the author signed the id (BIP-340)."""
        return verify(self.author, self.id, self.signature)


def is_versioned(kind: int) -> bool:
    """Say whether readers see the newest of an author's records of *kind* alone, of keyed ones that of each key."""
    return kind in KEYED_KINDS or kind in REPLACEABLE_KINDS or kind in (KIND_PROFILE, KIND_FOLLOWS)


def sign_record(
    key: SecretKey,
    *,
    created_at: UnixTime,
    kind: int,
    tags: Iterable[Iterable[str]],
    content: str,
    aux: bytes = AUX_ZERO,
) -> Record:
    """Make a record of *key*; the same arguments give the same signature (*aux* as in `SecretKey.sign`).

    Raises:
        MalformedError: what it would hold breaks the limits or the text rules.

    """
    # A tag given as one text would fall apart into its characters, so it stays whole and is refused below.
    frozen: Any = tuple([tag if isinstance(tag, str) else tuple(tag) for tag in tags])
    author = key.public_key
    check_fields(author, created_at, kind, frozen, content)
    record_id = hash_fields(author, created_at, kind, frozen, content)
    signature = key.sign(record_id, aux)
    wire = _pack(author, created_at, kind, frozen, content, signature)
    return _made(record_id, author, created_at, kind, frozen, content, signature, wire)


def shell_of(record_id: RecordId, author: PublicKey, created_at: UnixTime, kind: int) -> Record:
    """Make what is left of a purged record: tags, content, signature and wire form are empty."""
    return Record(record_id, author, created_at, kind, (), "", b"", b"")


def decode_record(wire: bytes) -> Record:
    """Read a record from its wire form and compute its id; the signature is not checked.

    Raises:
        MalformedError: the bytes are not the one wire form of a record that keeps the rules.

    """
    if len(wire) > RECORD_BYTES_MAX:
        raise MalformedError(f"a record of {len(wire)} bytes; the limit is {RECORD_BYTES_MAX}")
    fields = _unpack(wire)
    if type(fields) is not tuple or len(fields) != 6:
        raise MalformedError("a record is an array of 6 fields")
    author, created_at, kind, tags, content, signature = fields
    _check_bytes("author", author, KEY_BYTES)
    _check_bytes("signature", signature, SIGNATURE_BYTES)
    check_fields(author, created_at, kind, tags, content)
    if _pack(author, created_at, kind, tags, content, signature) != wire:
        raise MalformedError("not the shortest msgpack form")
    record_id = hash_fields(author, created_at, kind, tags, content)
    return _made(record_id, author, created_at, kind, tags, content, signature, wire)


def recall_record(record_id: RecordId, wire: bytes) -> Record:
    """Read a record from a wire form that was checked before, and is known to have this id; hardly anything is checked.

    Raises:
        MalformedError: the bytes are not the wire form of a record.

    """
    fields = _unpack(wire)
    if type(fields) is not tuple or len(fields) != 6:
        raise MalformedError("a record is an array of 6 fields")
    author, created_at, kind, tags, content, signature = fields
    if type(author) is not bytes or type(created_at) is not int or type(tags) is not tuple or type(content) is not str:
        raise MalformedError("a field of a record is of another type")
    return _made(record_id, author, created_at, kind, tags, content, signature, wire)


def record_of(event: object) -> Record:
    """Read a record from a NIP-01 event as a JSON parser gives it; the signature is not checked.

    Members beyond the seven of NIP-01, which some relays and signers add, are signed by nobody and left out.

    Raises:
        MalformedError: it lacks one of the seven fields, in lower-case hexadecimal where they are bytes, it breaks the
            rules of records, or its id is not its hash.

    """
    if not isinstance(event, dict) or not event.keys() >= _EVENT_FIELDS:
        raise MalformedError("an event is an object of id, pubkey, created_at, kind, tags, content and sig")
    author = PublicKey(_parse_hex("pubkey", event["pubkey"], KEY_BYTES))
    signature = _parse_hex("sig", event["sig"], SIGNATURE_BYTES)
    claimed_id = _parse_hex("id", event["id"], ID_BYTES)
    created_at, kind, tags, content = event["created_at"], event["kind"], event["tags"], event["content"]
    if isinstance(tags, list):
        tags = tuple(tuple(tag) if isinstance(tag, list) else tag for tag in tags)
    record = record_from(author, created_at, kind, tags, content, signature)
    if record.id != claimed_id:
        raise MalformedError(f"the event claims the id {claimed_id.hex()}, its hash is {record.id.hex()}")
    return record


def record_from(author: bytes, created_at: int, kind: int, tags: Tags, content: str, signature: bytes) -> Record:
    """Make a record of its fields, such as a table holds them, and compute its id; the signature is not checked.

    Raises:
        MalformedError: it breaks the rules of records.

    """
    _check_bytes("author", author, KEY_BYTES)
    _check_bytes("signature", signature, SIGNATURE_BYTES)
    check_fields(PublicKey(author), created_at, kind, tags, content)
    record_id = hash_fields(PublicKey(author), created_at, kind, tags, content)
    wire = _pack(author, created_at, kind, tags, content, signature)
    return _made(record_id, author, created_at, kind, tags, content, signature, wire)


def event_of(record: Record) -> dict[str, object]:
    """Give *record* as a NIP-01 event, ready for any JSON writer or Nostr library."""
    return {
        "id": record.id.hex(),
        "pubkey": record.author.hex(),
        "created_at": record.created_at,
        "kind": record.kind,
        "tags": [list(tag) for tag in record.tags],
        "content": record.content,
        "sig": record.signature.hex(),
    }


def hash_fields(author: PublicKey, created_at: int, kind: int, tags: Tags, content: str) -> RecordId:
    """Compute the id: SHA-256 of the canonical JSON array (NIP-01)."""
    return RecordId(hashlib.sha256(canonical_json(author, created_at, kind, tags, content)).digest())


def canonical_json(author: PublicKey, created_at: int, kind: int, tags: Tags, content: str) -> bytes:
    r"""Write the bytes that are hashed: ``[0, pubkey, created_at, kind, tags, content]`` (NIP-01).

    No white space; in texts that keep the rules of records only ``\n``, ``\r``, ``\t``, ``\"`` and ``\\`` are escaped.
    """
    # Twice as fast as a JSONEncoder, which sets itself up anew for every call.
    arrays = ",".join([f"[{','.join(map(encode_basestring, tag))}]" for tag in tags])
    return f'[0,"{author.hex()}",{created_at},{kind},[{arrays}],{encode_basestring(content)}]'.encode()


_ID, _AUTHOR, _CREATED_AT, _KIND, _TAGS, _CONTENT, _SIGNATURE, _WIRE = setters_of(Record)


def _made(
    record_id: bytes, author: bytes, created_at: int, kind: int, tags: Tags, content: str, signature: bytes, wire: bytes
) -> Record:
    """Make a record in half the time that a frozen class takes, which looks up each field by its name."""
    record = object.__new__(Record)
    _ID(record, record_id)
    _AUTHOR(record, author)
    _CREATED_AT(record, created_at)
    _KIND(record, kind)
    _TAGS(record, tags)
    _CONTENT(record, content)
    _SIGNATURE(record, signature)
    _WIRE(record, wire)
    return record


_PACK: Final[Callable[[object], bytes]] = (
    # One that is kept has its buffer already, half of what packing takes. That written in C is never left half way
    # for another thread; that in Python may be.
    msgpack.Packer().pack if msgpack.Packer.__module__ == "msgpack._cmsgpack" else msgpack.packb
)
_EVENT_FIELDS: Final = frozenset({"id", "pubkey", "created_at", "kind", "tags", "content", "sig"})
_HEX_DIGITS_OF_TAG: Final = {"h": 32, "e": 64}
_LOWER_HEX: Final = re.compile("[0-9a-f]*")
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


def _unpack(wire: bytes) -> object:
    try:
        fields: object = msgpack.unpackb(
            wire,
            raw=False,
            use_list=False,
            max_array_len=RECORD_TAGS_MAX,
            max_map_len=0,
            max_ext_len=0,
            max_str_len=RECORD_BYTES_MAX,
            max_bin_len=SIGNATURE_BYTES,
        )
    except (ValueError, RecursionError, msgpack.UnpackException) as error:
        # In words of our own, because it may be sent: every language says the same of the same bytes.
        raise MalformedError("not a msgpack record") from error
    return fields


def _pack(author: bytes, created_at: int, kind: int, tags: Tags, content: str, signature: bytes) -> bytes:
    wire: bytes = _PACK((author, created_at, kind, tags, content, signature))
    if len(wire) > RECORD_BYTES_MAX:
        raise MalformedError(f"a record of {len(wire)} bytes; the limit is {RECORD_BYTES_MAX}")
    return wire


def _parse_hex(name: str, text: object, size: int) -> bytes:
    if not isinstance(text, str) or len(text) != 2 * size or not _LOWER_HEX.fullmatch(text):
        raise MalformedError(f"{name} must be {2 * size} lower-case hexadecimal digits")
    return bytes.fromhex(text)


def _check_bytes(name: str, value: object, size: int) -> None:
    if type(value) is not bytes or len(value) != size:
        raise MalformedError(f"{name} must be {size} bytes")


def check_fields(author: PublicKey, created_at: object, kind: object, tags: object, content: object) -> None:
    """Refuse what a record cannot hold.

    Raises:
        MalformedError: it breaks the limits or the text rules of records.

    """
    # `type` rather than `isinstance`: True and False are whole numbers to Python, but not to JSON.
    if type(created_at) is not int or not 0 <= created_at <= INTEGER_MAX:
        raise MalformedError("created_at must be a whole number of seconds from 0 to 2^53 - 1")
    if type(kind) is not int or not 0 <= kind <= KIND_MAX:
        raise MalformedError(f"kind must be a whole number from 0 to {KIND_MAX}")
    if type(tags) is not tuple or len(tags) > RECORD_TAGS_MAX:
        raise MalformedError(f"tags must be an array of at most {RECORD_TAGS_MAX}")
    for tag in tags:
        if type(tag) is not tuple or not 1 <= len(tag) <= TAG_ELEMENTS_MAX:
            raise MalformedError(f"a tag must be an array of 1 to {TAG_ELEMENTS_MAX} texts")
    _check_texts(tags, content)
    for tag in tags:
        if tag[0] in _HEX_DIGITS_OF_TAG:
            _check_hex_tag(tag)


def _check_texts(tags: tuple[tuple[Any, ...], ...], content: object) -> None:
    # All texts at once, by loops that run in C: one by one they would cost more than the hash.
    try:
        texts: list[Any] = [*map("".join, tags), content]
        joined = "".join(texts)
    except TypeError as error:
        raise MalformedError("tags and content must hold texts only") from error
    found = None if joined.isprintable() else _FORBIDDEN.search(joined)
    if found:
        raise MalformedError(f"U+{ord(found[0]):04X} in a text: lone surrogates and control characters are refused")
    if len(joined) > TAG_VALUE_BYTES_MAX or not joined.isascii():
        _check_sizes(tags)


def _check_sizes(tags: Tags) -> None:
    longest = max((len(text.encode()) for text in chain.from_iterable(tags)), default=0)
    if longest > TAG_VALUE_BYTES_MAX:
        raise MalformedError(f"a tag value of {longest} bytes; the limit is {TAG_VALUE_BYTES_MAX}")


def _check_hex_tag(tag: tuple[str, ...]) -> None:
    digits = _HEX_DIGITS_OF_TAG[tag[0]]
    if len(tag) == 1 or len(tag[1]) != digits or not _LOWER_HEX.fullmatch(tag[1]):
        raise MalformedError(f"the value of a tag {tag[0]!r} must be {digits} lower-case hexadecimal digits")
