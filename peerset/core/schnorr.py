"""Schnorr signatures (BIP-340), checked by coincurve. Nothing heavier is imported: a process does this and no more."""

from functools import lru_cache
from typing import Final

from coincurve import PublicKeyXOnly

KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
MESSAGE_BYTES: Final = 32
PARSED_KEYS_CACHED: Final = 4_096


def is_signature(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether *signature* over the 32-byte *message* is *public_key*'s; wrong lengths are not."""
    if len(signature) != SIGNATURE_BYTES or len(message) != MESSAGE_BYTES:
        return False
    parsed = parse(public_key)
    return parsed is not None and parsed.verify(signature, message)


@lru_cache(maxsize=PARSED_KEYS_CACHED)
def parse(public_key: bytes) -> PublicKeyXOnly | None:
    """Give the point of the curve that *public_key* names; None where it names none."""
    # coincurve hands any length to C, which then reads 32 bytes: check first.
    if len(public_key) != KEY_BYTES:
        return None
    try:
        return PublicKeyXOnly(public_key)
    except ValueError:
        return None
