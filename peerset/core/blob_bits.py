"""Which pieces of a blob somebody has: a whole number whose bit n stands for piece n, and its form on the wire."""

from collections.abc import Iterable
from typing import Final

_TURNED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
"""Each byte with its bits in the other order."""


def all_of(pieces: int) -> int:
    """Give the bits of a blob of so many *pieces* that is whole."""
    return (1 << pieces) - 1


def read_bits(data: bytes, pieces: int) -> int:
    """Read what a `BlobHave` says; what is beyond the blob is passed over."""
    return int.from_bytes(data.translate(_TURNED), "little") & all_of(pieces)


def write_bits(bits: int) -> bytes:
    """Write *bits* for a `BlobHave`, without zeros at the end."""
    return bits.to_bytes(-(-bits.bit_length() // 8), "little").translate(_TURNED)


def first_run(bits: int, most: int) -> range:
    """Give the lowest bits that are set without a gap, at most so many."""
    first = (bits & -bits).bit_length() - 1
    rest = bits >> first
    return range(first, first + min(most, (~rest & (rest + 1)).bit_length() - 1))


def bits_of(pieces: Iterable[int]) -> int:
    """Give the bits of *pieces*."""
    if isinstance(pieces, range) and pieces.step == 1:
        return all_of(len(pieces)) << pieces.start
    bits = bytearray()
    for piece in pieces:
        at = piece >> 3
        if at >= len(bits):
            bits += bytes(at + 1 - len(bits))
        bits[at] |= 1 << (piece & 7)
    return int.from_bytes(bits, "little")


def numbers_of(bits: int) -> list[int]:
    """Give the pieces that *bits* stand for, ascending."""
    # Bit by bit a long number would be written anew for each.
    return [piece for piece, digit in enumerate(reversed(f"{bits:b}")) if digit == "1"]
