"""What a neighbour passes on without reading it: sealed by the keys of both ends (docs/protocol.md, "Introductions").

A sealed text is the sender's key, a salt, and ChaCha20-Poly1305 of the text under a key that only the two ends can
work out. So it can be opened by whom it is for alone, and only whose key stands in it can have made it.
"""

import hashlib
from typing import Final

from coincurve import PublicKey as Point
from nacl.bindings import crypto_aead_chacha20poly1305_ietf_decrypt, crypto_aead_chacha20poly1305_ietf_encrypt
from nacl.exceptions import CryptoError

from peerset.core.keys import KEY_BYTES, PublicKey, SecretKey, is_public_key
from peerset.errors import LocalProtocolError

SALT_BYTES: Final = 16
DOMAIN: Final = b"peerset/introduce/1"

_NONCE: Final = bytes(12)
"""A salt makes each key one of its own, so that all can have the same."""
_EVEN: Final = b"\x02"


def seal(text: bytes, key: SecretKey, to: PublicKey, *, context: bytes, salt: bytes) -> bytes:
    """Seal *text* by *key* for the owner of *to*; *context* must be the same to open it.

    *salt* is 16 bytes, random and fresh.

    Raises:
        LocalProtocolError: *to* names no point of the curve, or *salt* has another size.

    """
    if not is_public_key(to) or len(salt) != SALT_BYTES:
        raise LocalProtocolError(f"cannot seal for {to.hex()} with a salt of {len(salt)} bytes")
    shared = _agree(key, to)
    sealing = _derive(shared, key.public_key, to, context, salt)
    return key.public_key + salt + crypto_aead_chacha20poly1305_ietf_encrypt(text, b"", _NONCE, sealing)


def unseal(data: bytes, key: SecretKey, *, context: bytes) -> tuple[PublicKey, bytes] | None:
    """Open *data* by *key*; give who sealed it, and the text. None when it was not sealed for us, in this context."""
    sender, salt, sealed = data[:KEY_BYTES], data[KEY_BYTES:][:SALT_BYTES], data[KEY_BYTES + SALT_BYTES :]
    if len(salt) != SALT_BYTES or not is_public_key(sender):
        return None
    source = PublicKey(sender)
    opening = _derive(_agree(key, source), source, key.public_key, context, salt)
    try:
        return source, crypto_aead_chacha20poly1305_ietf_decrypt(sealed, b"", _NONCE, opening)
    except (CryptoError, ValueError):
        return None


def _agree(key: SecretKey, other: PublicKey) -> bytes:
    """Give the x coordinate of the point that the owners of both keys can work out, and nobody else."""
    return Point(_EVEN + other).multiply(key.secret).format()[1:]


def _derive(shared: bytes, source: PublicKey, to: PublicKey, context: bytes, salt: bytes) -> bytes:
    return hashlib.sha256(b"".join((DOMAIN, shared, source, to, salt, context))).digest()
