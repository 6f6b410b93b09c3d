"""Sealed records: an envelope that all may carry, and what those read who have the secret (docs/protocol.md).

The content of an envelope is XChaCha20-Poly1305 of tags and content, padded by ISO/IEC 7816-4; author, time, kind and
room are bound to it, so that nobody can sign another's ciphertext as theirs.
"""

import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import msgpack
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
    sodium_pad,
)
from nacl.exceptions import CryptoError

from peerset.core.clock import UnixTime
from peerset.core.frozen import setters_of
from peerset.core.keys import PublicKey
from peerset.core.limits import RECORD_BYTES_MAX, RECORD_TAGS_MAX, SEAL_PADDING_BYTES
from peerset.core.record import KIND_PIN, Record, Tags, check_fields, recall_record
from peerset.core.seal import SEAL_ID_BYTES, Seal, Seals
from peerset.core.signal import RoomTag
from peerset.errors import MalformedError

SEALED_TAG: Final = "sealed"
VISIBLE_TAGS: Final = frozenset({"h", "us", "e", "a", "expiration", "batch", "grant", "pin", "blob"})
"""What all have to see, to keep a set: these tags stand outside, and no others do."""
HIDDEN_TAGS: Final = ("c", "d")
"""Of these a hash by the secret stands outside, so that all see which belong together."""
NONCE_BYTES: Final = 24

_CIPHER_BYTES: Final = 16
_PADDING: Final = b"\x80"
_LAST_DIGITS: Final = ("", "AQgw", "AEIMQUYcgkosw048")
"""The last digits of base64 that leave no bits over, by how many bytes it has beyond whole threes."""
_SEAL_ID_DIGITS: Final = 2 * SEAL_ID_BYTES
_OWN_TAGS: Final = frozenset({SEALED_TAG, *HIDDEN_TAGS})
_OUTER_ONLY: Final = VISIBLE_TAGS | {SEALED_TAG}


class Closed(Enum):
    """Why a record does not open."""

    UNSEALED = "it is not sealed"
    FOREIGN = "it is sealed by another secret"
    BROKEN = "it does not open by the secret that it names"


@dataclass(frozen=True, slots=True)
class OpenedRecord(Record):
    """A sealed record as those read it who have the secret: tags and content are what its author wrote.

    Id, signature and wire form are those of its envelope, which alone is passed on.
    """

    @property
    def envelope(self) -> Record:
        """What its author signed, and all others see."""
        return recall_record(self.id, self.wire)


@dataclass(frozen=True, slots=True)
class UnreadRecord(Record):
    """A record that says nothing to those who have another secret, or of which nobody can say what it says."""

    why: Closed = Closed.UNSEALED

    @property
    def envelope(self) -> Record:
        """What its author signed, and all others see."""
        return recall_record(self.id, self.wire)


def unread(record: Record, why: Closed) -> UnreadRecord:
    """Give *record* as one that does not open."""
    return UnreadRecord(
        record.id,
        record.author,
        record.created_at,
        record.kind,
        record.tags,
        record.content,
        record.signature,
        record.wire,
        why,
    )


def seal_id_of(tags: Tags) -> bytes | None:
    """Give which secret seals a record of these tags, by its id; None when none does."""
    for tag in tags:
        if tag[0] == SEALED_TAG:
            digits = tag[1] if len(tag) > 1 else ""
            is_id = len(digits) == _SEAL_ID_DIGITS and not digits.strip("0123456789abcdef")
            return bytes.fromhex(digits) if is_id else None
    return None


@dataclass(frozen=True, slots=True)
class Sealed:
    """What an envelope holds, before it is signed."""

    tags: Tags
    content: str
    opened_tags: Tags
    opened_content: str


def seal_fields(
    seal: Seal, *, author: PublicKey, created_at: UnixTime, kind: int, tags: Tags, content: str, nonce: bytes
) -> Sealed:
    """Seal what a record of *author* is to say; *nonce* is 24 bytes, random and fresh.

    Raises:
        MalformedError: what it would hold breaks the limits or the text rules, or it has a tag ``sealed``.

    """
    check_fields(author, created_at, kind, tags, content)
    if any(tag[0] == SEALED_TAG for tag in tags):
        raise MalformedError(f"a record of a sealed room has no tag {SEALED_TAG!r} of its own")
    outside, inside = _parted(tags)
    bound = _bound(author, created_at, kind, seal.room_tag)
    plain = sodium_pad(msgpack.packb((inside, content)), SEAL_PADDING_BYTES)
    cipher = crypto_aead_xchacha20poly1305_ietf_encrypt(plain, bound, nonce, seal.content_key)
    return Sealed(
        (*outside, (SEALED_TAG, seal.text), *_hidden(seal, inside)),
        binascii.b2a_base64(nonce + cipher, newline=False).decode(),
        outside + inside,
        content,
    )


def opened_as(signed: Record, sealed: Sealed) -> OpenedRecord:
    """Give the *signed* envelope as its author reads it."""
    return _opened(signed, sealed.opened_tags, sealed.opened_content)


def open_record(seals: Seals, record: Record) -> Record | Closed:
    """Open an envelope by the secret that it names, or say why it does not open; a pin, which holds one, stays."""
    if record.kind == KIND_PIN:
        return record
    own = [tag for tag in record.tags if tag[0] in _OWN_TAGS]
    outside = [tag for tag in record.tags if tag[0] not in _OWN_TAGS]
    seal = seals.by_text.get(_named_in(own))
    if seal is None:
        return Closed.UNSEALED if seal_id_of(record.tags) is None else Closed.FOREIGN
    found = _said_in(seal, record)
    if found is None:
        return Closed.BROKEN
    inside, content = found
    if len(outside) + len(inside) > RECORD_TAGS_MAX:
        return Closed.BROKEN
    if own != [(SEALED_TAG, seal.text), *_hidden(seal, inside)]:
        return Closed.BROKEN
    try:
        # What stands outside was checked with the envelope.
        check_fields(record.author, record.created_at, record.kind, inside, content)
    except MalformedError:
        return Closed.BROKEN
    return _opened(record, (*outside, *inside), content)


def _named_in(own: Sequence[Sequence[str]]) -> str:
    """Give what the first tag that says so names as the secret."""
    for tag in own:
        if tag[0] == SEALED_TAG:
            return tag[1] if len(tag) > 1 else ""
    return ""


def _said_in(seal: Seal, record: Record) -> tuple[Tags, str] | None:
    """Decrypt and read what is inside; None when it is not whole, or not what sealing makes."""
    data = _bytes_of(record.content)
    if data is None:
        return None
    bound = _bound(record.author, record.created_at, record.kind, seal.room_tag)
    try:
        padded = crypto_aead_xchacha20poly1305_ietf_decrypt(
            data[NONCE_BYTES:], bound, data[:NONCE_BYTES], seal.content_key
        )
    except CryptoError:
        return None
    plain = padded.rstrip(b"\0")
    is_padded = plain.endswith(_PADDING) and len(padded) - len(plain) < SEAL_PADDING_BYTES
    return _unpacked(plain[:-1]) if is_padded else None


def _bytes_of(text: str) -> bytes | None:
    """Read base64 in its one form, of a size that sealing gives."""
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return None
    padded = len(data) - NONCE_BYTES - _CIPHER_BYTES
    if padded <= 0 or padded % SEAL_PADDING_BYTES:
        return None
    # Strict reading lets bits pass that are left over at the end.
    over = len(data) % 3
    return data if not over or text[over - 4] in _LAST_DIGITS[over] else None


def _unpacked(plain: bytes) -> tuple[Tags, str] | None:
    """Read msgpack in its one form; which tags and texts go, the rules of records say."""
    try:
        said: Any = msgpack.unpackb(
            plain,
            raw=False,
            use_list=False,
            max_array_len=RECORD_TAGS_MAX,
            max_map_len=0,
            max_ext_len=0,
            max_bin_len=0,
            max_str_len=RECORD_BYTES_MAX,
        )
    except (ValueError, RecursionError, msgpack.UnpackException):
        return None
    if type(said) is not tuple or len(said) != 2 or type(said[0]) is not tuple:
        return None
    tags, content = said
    if any(type(tag) is not tuple or not tag or tag[0] in _OUTER_ONLY for tag in tags):
        return None
    return (tags, content) if msgpack.packb(said) == plain else None


def _parted(tags: Tags) -> tuple[Tags, Tags]:
    """Part tags into those that stand outside, and those inside."""
    outside = tuple([tag for tag in tags if tag[0] in VISIBLE_TAGS])
    return outside, tuple([tag for tag in tags if tag[0] not in VISIBLE_TAGS])


def _hidden(seal: Seal, tags: Tags) -> list[tuple[str, str]]:
    """Give the tags by which all see what belongs together."""
    found: list[tuple[str, str]] = []
    for name in HIDDEN_TAGS:
        for tag in tags:
            if tag[0] == name and len(tag) > 1:
                found.append((name, seal.hidden(name, tag[1])))
                break
    return found


def _bound(author: PublicKey, created_at: int, kind: int, room_tag: RoomTag) -> bytes:
    return author + created_at.to_bytes(8, "big") + kind.to_bytes(2, "big") + room_tag


_ID, _AUTHOR, _CREATED_AT, _KIND, _TAGS, _CONTENT, _SIGNATURE, _WIRE = setters_of(OpenedRecord)


def _opened(record: Record, tags: Tags, content: str) -> OpenedRecord:
    opened = object.__new__(OpenedRecord)
    _ID(opened, record.id)
    _AUTHOR(opened, record.author)
    _CREATED_AT(opened, record.created_at)
    _KIND(opened, record.kind)
    _TAGS(opened, tags)
    _CONTENT(opened, content)
    _SIGNATURE(opened, record.signature)
    _WIRE(opened, record.wire)
    return opened
