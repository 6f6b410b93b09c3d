"""Keys and names as text: bech32 with a prefix that says what it holds (BIP-173, NIP-19)."""

from typing import Final

import bech32 as codec

from peerset.errors import ConfigError

DATA_BYTES: Final = 32
"""The size of what npub and nsec hold."""

CHECKSUM_CHARACTERS: Final = 6


def encode(prefix: str, data: bytes) -> str:
    """Write *data* under *prefix* ("npub", "nsec", "ncryptsec")."""
    words = codec.convertbits(data, 8, 5) or []
    return str(codec.bech32_encode(prefix, words))


def decode(prefix: str, text: str, *, size: int = DATA_BYTES) -> bytes:
    """Read the *size* bytes that *text* holds under *prefix*; lower or upper case, not mixed (BIP-173).

    Raises:
        ConfigError: another prefix, length or checksum. The message never repeats *text*: it may be a secret.

    """
    if not text.lower().startswith(prefix + "1"):
        raise ConfigError(f"expected a text that begins with {prefix}1")
    # The length is known beforehand, so a checksum is never worked out over an endless text.
    length = len(prefix) + 1 + -(-8 * size // 5) + CHECKSUM_CHARACTERS
    if len(text) != length:
        raise ConfigError(f"{prefix}1... must have {length} characters, not {len(text)}")
    return _data_of(prefix, text)


def decode_any(prefix: str, text: str, *, characters_max: int) -> bytes:
    """Read what *text* holds under *prefix*, however long; it has at most *characters_max* characters.

    Raises:
        ConfigError: another prefix or checksum, or too many characters. The message never repeats *text*.

    """
    if not text.lower().startswith(prefix + "1"):
        raise ConfigError(f"expected a text that begins with {prefix}1")
    if len(text) > characters_max:
        raise ConfigError(f"{prefix}1... has {len(text)} characters; the limit is {characters_max}")
    return _data_of(prefix, text)


def _data_of(prefix: str, text: str) -> bytes:
    found, words = codec.bech32_decode(text)
    if found != prefix or words is None:
        raise ConfigError(f"{prefix}1... has a wrong character or checksum: was it copied whole?")
    data = codec.convertbits(words, 5, 8, False)
    if data is None:
        raise ConfigError(f"{prefix}1... does not hold whole bytes")
    return bytes(data)
