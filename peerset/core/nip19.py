"""Names of authors, records and addresses as people pass them on: npub, nprofile, note, nevent, naddr (NIP-19).

Before each may stand ``nostr:``, as in links (NIP-21). The longer ones hold a list of fields, each of one byte for its
type, one for its length, and its value; fields of types that NIP-19 does not know are passed over.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from peerset.core import bech32
from peerset.core.deletion import address_text
from peerset.core.keys import KEY_BYTES, PublicKey, is_public_key, npub, parse_npub
from peerset.core.limits import KIND_MAX, POINTER_CHARACTERS_MAX
from peerset.core.record import ID_BYTES, RecordId
from peerset.errors import ConfigError

SCHEME: Final = "nostr:"
FIELD_BYTES_MAX: Final = 255

_SPECIAL: Final = 0
_RELAY: Final = 1
_AUTHOR: Final = 2
_KIND: Final = 3
_KIND_BYTES: Final = 4
_PREFIXES: Final = ("npub", "nprofile", "note", "nevent", "naddr")
_SECRET: Final = ("nsec1", "ncryptsec1")

Fields = dict[int, list[bytes]]
"""Values by their type, in their order."""


@dataclass(frozen=True, slots=True)
class ProfilePointer:
    """Names an author."""

    author: PublicKey
    relays: tuple[str, ...] = ()
    """Where more of it may be found."""


@dataclass(frozen=True, slots=True)
class EventPointer:
    """Names a record."""

    id: RecordId
    relays: tuple[str, ...] = ()
    author: PublicKey | None = None
    kind: int | None = None


@dataclass(frozen=True, slots=True)
class AddressPointer:
    """Names all versions of a record; who follows it wants the current one."""

    kind: int
    author: PublicKey
    key: str
    """Its ``d`` tag; empty for kinds that have none."""
    relays: tuple[str, ...] = ()

    def __str__(self) -> str:
        return address_text(self.kind, self.author, self.key)


Pointer: TypeAlias = ProfilePointer | EventPointer | AddressPointer


def is_pointer(text: str) -> bool:
    """Say whether *text* begins as `decode_nip19` wants it."""
    return bare(text).lower().startswith(tuple(f"{prefix}1" for prefix in _PREFIXES))


def bare(text: str) -> str:
    """Give *text* without white space around it, and without ``nostr:`` before it."""
    text = text.strip()
    return text[len(SCHEME) :] if text[: len(SCHEME)].lower() == SCHEME else text


def decode_nip19(text: str) -> Pointer:
    """Read what npub, nprofile, note, nevent or naddr text names, with or without ``nostr:`` before it.

    Raises:
        ConfigError: it is none of these, is damaged, lacks something or says it twice, or is a secret key, which the
            message does not repeat.

    """
    name = bare(text)
    if name.lower().startswith(_SECRET):
        raise ConfigError("that is a secret key, which names nobody: keep it to yourself, and give the npub1... of it")
    prefix = next((each for each in _PREFIXES if name.lower().startswith(f"{each}1")), "")
    match prefix:
        case "npub":
            return ProfilePointer(parse_npub(name))
        case "note":
            return EventPointer(RecordId(bech32.decode("note", name)))
        case "nprofile":
            return _profile_of(_fields_of(prefix, name))
        case "nevent":
            return _event_of(_fields_of(prefix, name))
        case "naddr":
            return _address_of(_fields_of(prefix, name))
        case _:
            raise ConfigError(f"expected a text that begins with {', '.join(f'{each}1' for each in _PREFIXES)}")


def encode_nip19(pointer: Pointer) -> str:
    """Write *pointer* as text: in the shortest form that says all of it.

    Raises:
        ConfigError: a relay or a key has more than 255 bytes in UTF-8, or all together is too long to be read again.

    """
    match pointer:
        case ProfilePointer(author, ()):
            return npub(author)
        case ProfilePointer(author, relays):
            return _text_of("nprofile", [(_SPECIAL, author), *_relays(relays)])
        case EventPointer(record_id, (), None, None):
            return bech32.encode("note", record_id)
        case EventPointer(record_id, relays, author, kind):
            of_author = [] if author is None else [(_AUTHOR, author)]
            of_kind = [] if kind is None else [(_KIND, kind.to_bytes(_KIND_BYTES, "big"))]
            return _text_of("nevent", [(_SPECIAL, record_id), *_relays(relays), *of_author, *of_kind])
        case AddressPointer(kind, author, key, relays):
            own = [(_AUTHOR, author), (_KIND, kind.to_bytes(_KIND_BYTES, "big"))]
            return _text_of("naddr", [(_SPECIAL, _bytes_of(key)), *_relays(relays), *own])


def _profile_of(fields: Fields) -> ProfilePointer:
    author = _author_in("nprofile", _only("nprofile", fields, _SPECIAL))
    if author is None:
        raise ConfigError("nprofile1... names no author")
    return ProfilePointer(author, _relays_in(fields))


def _event_of(fields: Fields) -> EventPointer:
    record_id = _only("nevent", fields, _SPECIAL)
    if record_id is None or len(record_id) != ID_BYTES:
        raise ConfigError(f"nevent1... holds no id of {ID_BYTES} bytes")
    author = _author_in("nevent", _only("nevent", fields, _AUTHOR))
    return EventPointer(RecordId(record_id), _relays_in(fields), author, _kind_in("nevent", fields))


def _address_of(fields: Fields) -> AddressPointer:
    key, author = _only("naddr", fields, _SPECIAL), _author_in("naddr", _only("naddr", fields, _AUTHOR))
    kind = _kind_in("naddr", fields)
    if key is None or author is None or kind is None:
        raise ConfigError("naddr1... needs a key, an author and a kind")
    try:
        return AddressPointer(kind, author, key.decode(), _relays_in(fields))
    except UnicodeDecodeError as error:
        raise ConfigError("the key in naddr1... is no UTF-8") from error


def _author_in(prefix: str, value: bytes | None) -> PublicKey | None:
    if value is None:
        return None
    if len(value) != KEY_BYTES or not is_public_key(value):
        raise ConfigError(f"the author in {prefix}1... is no public key of secp256k1")
    return PublicKey(value)


def _kind_in(prefix: str, fields: Fields) -> int | None:
    value = _only(prefix, fields, _KIND)
    if value is None:
        return None
    kind = int.from_bytes(value, "big")
    if len(value) != _KIND_BYTES or kind > KIND_MAX:
        raise ConfigError(f"the kind in {prefix}1... is no number from 0 to {KIND_MAX} in {_KIND_BYTES} bytes")
    return kind


def _relays_in(fields: Fields) -> tuple[str, ...]:
    # They are hints: what is none does not spoil the rest.
    return tuple(value.decode() for value in fields.get(_RELAY, ()) if value.isascii())


def _only(prefix: str, fields: Fields, kind: int) -> bytes | None:
    values = fields.get(kind, [])
    if len(values) > 1:
        raise ConfigError(f"{prefix}1... says a field of type {kind} more than once")
    return values[0] if values else None


def _fields_of(prefix: str, text: str) -> Fields:
    data = bech32.decode_any(prefix, text, characters_max=POINTER_CHARACTERS_MAX)
    fields: Fields = {}
    while data:
        length = data[1] if len(data) > 1 else FIELD_BYTES_MAX
        value = data[2 : 2 + length]
        if len(value) < length:
            raise ConfigError(f"{prefix}1... ends in the middle of a field")
        fields.setdefault(data[0], []).append(value)
        data = data[2 + length :]
    return fields


def _relays(relays: Iterable[str]) -> list[tuple[int, bytes]]:
    return [(_RELAY, _bytes_of(relay)) for relay in relays]


def _bytes_of(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise ConfigError("a key or a relay holds half of a surrogate pair") from error


def _text_of(prefix: str, fields: Iterable[tuple[int, bytes]]) -> str:
    data = bytearray()
    for kind, value in fields:
        if len(value) > FIELD_BYTES_MAX:
            raise ConfigError(f"{prefix}1... takes at most {FIELD_BYTES_MAX} bytes a field, not {len(value)}")
        data += bytes([kind, len(value)]) + value
    text = bech32.encode(prefix, bytes(data))
    if len(text) > POINTER_CHARACTERS_MAX:
        raise ConfigError(f"{prefix}1... would have {len(text)} characters; the limit is {POINTER_CHARACTERS_MAX}")
    return text
