"""Texts between two keys (NIP-44, version 2): ChaCha20 by what only these two can work out, then HMAC-SHA-256."""

import binascii
import hmac
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import Final

from coincurve import PublicKey as Point

from peerset.core.ciphers import Stream, chacha_stream
from peerset.core.keys import PublicKey, SecretKey, is_public_key
from peerset.errors import ConfigError, MalformedError

NONCE_BYTES: Final = 32
SEALED_TEXT_BYTES_MAX: Final = 65_535
PAYLOAD_CHARACTERS_MIN: Final = 132
PAYLOAD_CHARACTERS_MAX: Final = 87_472

_VERSION: Final = b"\x02"
_SALT: Final = b"nip44-v2"
_MAC_BYTES: Final = 32
_KEYS_BYTES: Final = 76
_CHUNK_BYTES_MIN: Final = 32
_COUNTER: Final = bytes(4)


def conversation_key(key: SecretKey, other: PublicKey) -> bytes:
    """Give the 32 bytes that *key* and *other* share: the same at both ends.

    Raises:
        ConfigError: *other* names no point of the curve.

    """
    if not is_public_key(other):
        raise ConfigError(f"{other.hex()} is no public key of secp256k1")
    shared = Point(_VERSION + other).multiply(key.secret).format()[1:]
    return hmac.digest(_SALT, shared, sha256)


def seal_text(text: str, conversation: bytes, *, nonce: bytes) -> str:
    """Seal *text* for who shares *conversation*; *nonce* is 32 random bytes, fresh.

    Raises:
        ConfigError: the text is empty, or longer than 65,535 bytes of UTF-8.

    """
    data = text.encode()
    if not 1 <= len(data) <= SEALED_TEXT_BYTES_MAX:
        raise ConfigError(f"what is sealed has 1 to {SEALED_TEXT_BYTES_MAX} bytes, not {len(data)}")
    padded = len(data).to_bytes(2, "big") + data + bytes(padded_bytes(len(data)) - len(data))
    cipher, mac = _keys(conversation, nonce)
    sealed = cipher.update(padded)
    return b64encode(_VERSION + nonce + sealed + hmac.digest(mac, nonce + sealed, sha256)).decode()


def open_text(payload: str, conversation: bytes) -> str:
    """Open what `seal_text` made of a text.

    Raises:
        MalformedError: it was not sealed for us, is damaged, or of another version.

    """
    if not PAYLOAD_CHARACTERS_MIN <= len(payload) <= PAYLOAD_CHARACTERS_MAX:
        raise MalformedError("no sealed text of version 2 (NIP-44)")
    try:
        data = b64decode(payload, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedError("a sealed text that is no base64") from error
    nonce, sealed, mac = data[1:][:NONCE_BYTES], data[1 + NONCE_BYTES : -_MAC_BYTES], data[-_MAC_BYTES:]
    if data[:1] != _VERSION:
        raise MalformedError("a sealed text of another version than 2 (NIP-44)")
    cipher, mac_key = _keys(conversation, nonce)
    if not hmac.compare_digest(mac, hmac.digest(mac_key, nonce + sealed, sha256)):
        raise MalformedError("a sealed text that is damaged, or for somebody else")
    return _unpad(cipher.update(sealed))


def padded_bytes(size: int) -> int:
    """Say how long a text of *size* bytes is made, so that its length tells less."""
    if size <= _CHUNK_BYTES_MIN:
        return _CHUNK_BYTES_MIN
    power = 1 << (size - 1).bit_length()
    chunk = max(_CHUNK_BYTES_MIN, power // 8)
    return chunk * ((size - 1) // chunk + 1)


def _unpad(padded: bytes) -> str:
    size = int.from_bytes(padded[:2], "big")
    data = padded[2 : 2 + size]
    if not size or len(data) != size or len(padded) != 2 + padded_bytes(size):
        raise MalformedError("a sealed text with wrong padding")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise MalformedError("a sealed text that is no UTF-8") from error


def _keys(conversation: bytes, nonce: bytes) -> tuple[Stream, bytes]:
    """Give what seals one text, and the key of its checksum: HKDF's second step (RFC 5869)."""
    keys, block = b"", b""
    for number in range(1, 4):
        block = hmac.digest(conversation, block + nonce + bytes([number]), sha256)
        keys += block
    keys = keys[:_KEYS_BYTES]
    return chacha_stream(keys[:32], _COUNTER + keys[32:44]), keys[44:]
