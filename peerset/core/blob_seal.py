"""Sealed blobs: the bytes of a file of a sealed room, as all may keep them who cannot read (docs/protocol.md).

Each has a key of its own, which stands in its sealed record. The bytes, and zeros up to one of few sizes, are encrypted
by AES-256 in counter mode: from any place on, and as long as before. That they are whole shows the tree over what was
encrypted, whose root the record signs.
"""

from dataclasses import dataclass, field
from typing import Final

from peerset.core.blob import Root
from peerset.core.ciphers import Stream, aes_stream

KEY_BYTES: Final = 32
BLOCK_BYTES: Final = 16
"""Of the cipher: the counter counts these."""


@dataclass(frozen=True, slots=True)
class BlobSeal:
    """How a blob is sealed."""

    key: bytes = field(repr=False)
    """32 bytes, of this blob alone."""
    plain: Root
    """The root of the tree over what is sealed."""


def padded_size(size: int) -> int:
    """Give how long the blob is that *size* bytes are sealed in, at most an eighth longer.

    By Padmé (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", 2019): a
    size in binary digits has ones only among the first few. All sizes from 24 KiB to 64 GiB show as one of 792.
    """
    exponent = size.bit_length() - 1
    step = 1 << (exponent - exponent.bit_length()) if size > 1 else 1
    return -(-size // step) * step


def cipher_from(key: bytes, start: int) -> Stream:
    """Give what encrypts, or decrypts, what comes from byte *start* on, which is a multiple of 16."""
    return aes_stream(key, (start // BLOCK_BYTES).to_bytes(BLOCK_BYTES, "big"))
