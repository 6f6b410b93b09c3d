"""npub and nsec: 32-byte keys in bech32 (NIP-19, BIP-173)."""

from typing import Final

import bech32 as codec

from peerset.errors import ConfigError

DATA_BYTES: Final = 32


def encode(prefix: str, data: bytes) -> str:
    """Write *data* under *prefix* ("npub", "nsec")."""
    words = codec.convertbits(data, 8, 5) or []
    return str(codec.bech32_encode(prefix, words))


def decode(prefix: str, text: str) -> bytes:
    """Read the 32 bytes of *text*, which must begin with *prefix*.

    Raises:
        ConfigError: another prefix, a wrong checksum or length.

    """
    found, words = codec.bech32_decode(text)
    if found is None or words is None:
        raise ConfigError(f"not valid bech32: expected {prefix}1... with a correct checksum")
    if found != prefix:
        raise ConfigError(f"expected {prefix}1..., got {found}1...")
    data = codec.convertbits(words, 5, 8, False)
    if data is None or len(data) != DATA_BYTES:
        raise ConfigError(f"{prefix}1... must hold {DATA_BYTES} bytes")
    return bytes(data)
