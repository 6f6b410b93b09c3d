"""Sketches: short sums over a whole set, out of which two sides read what differs (docs/protocol.md, "Sketches").

A sketch is a rateless invertible Bloom lookup table: symbol *i* is the sum of the items that the walk of each item
leads to it, 2 in i + 2 of them. The difference of two sketches is the sketch of the difference, and is read off a
symbol at a time, wherever a single item is left. All arithmetic is of whole numbers, the same in every language.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Final

from peerset.core.limits import SKETCH_SYMBOLS_MAX

SYMBOL_BYTES: Final = 13
ITEM_PREFIX_BYTES: Final = 4

_U32: Final = 2**32 - 1
_SYMBOL_MASK: Final = 2 ** (8 * SYMBOL_BYTES) - 1
_COUNT_MASK: Final = 0xFF
_TIME_SHIFT: Final = 72
_PREFIX_SHIFT: Final = 40
_CHECK_SHIFT: Final = 8

_TIME_FACTOR: Final = 0x9E3779B1
_MIX_FACTORS: Final = (0x85EBCA6B, 0xC2B2AE35)
_WALK_FACTOR: Final = 0x915F77F5
_STEPS: Final = tuple([(at + 1) * (at + 2) << 24 for at in range(SKETCH_SYMBOLS_MAX)])

Place = tuple[int, bytes]
"""What is read off a sketch of a record: created_at, and the first bytes of its id."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What two sketches differ by, in the order of the set."""

    ours: tuple[Place, ...]
    """What the other side lacks."""
    theirs: tuple[Place, ...]
    """What we lack."""

    def __len__(self) -> int:
        return len(self.ours) + len(self.theirs)


def item_of(created_at: int, record_id: bytes) -> int:
    """Give the number that a record adds to symbols: its time, the first bytes of its id, a check over both, and 1."""
    created_at &= _U32
    prefix = int.from_bytes(record_id[:ITEM_PREFIX_BYTES], "big")
    check = (_mixed(created_at, prefix) * _WALK_FACTOR + prefix) & _U32
    return created_at << _TIME_SHIFT | prefix << _PREFIX_SHIFT | check << _CHECK_SHIFT | 1


def add_entries(symbols: list[int], entries: Iterable[tuple[int, bytes]], sign: int = 1) -> None:
    """Add *entries* of a set to *symbols*, or take them out with a *sign* of -1."""
    stop = len(symbols)
    for created_at, record_id in entries:
        item = item_of(created_at, record_id)
        signed = sign * item
        for at in walk(item, stop):
            symbols[at] += signed


def walk(item: int, stop: int) -> list[int]:
    """Give the symbols before *stop* that *item* is part of; the first always is.

    From *at* it goes to the first one behind with ``(next + 1)(next + 2) > (at + 1)(at + 2) / r``, for an *r* between
    0 and 1 that looks random.
    """
    prefix = item >> _PREFIX_SHIFT & _U32
    state, step, at = _mixed(item >> _TIME_SHIFT, prefix), prefix | 1, 0
    past = stop * (stop + 1)
    steps, squares = [0], _STEPS
    while True:
        state = (state * _WALK_FACTOR + step) & _U32
        product = squares[at] // ((state >> 8) + 1)
        if product >= past:
            return steps
        at = (isqrt(4 * product + 1) - 1) >> 1
        steps.append(at)


def pack_symbols(symbols: Sequence[int]) -> bytes:
    """Write *symbols* one after the other."""
    return b"".join([(symbol & _SYMBOL_MASK).to_bytes(SYMBOL_BYTES, "big") for symbol in symbols])


def unpack_symbols(data: bytes) -> list[int]:
    """Read as many symbols as *data* has."""
    starts = range(0, len(data) - SYMBOL_BYTES + 1, SYMBOL_BYTES)
    return [int.from_bytes(data[start : start + SYMBOL_BYTES], "big") for start in starts]


def subtract(ours: Sequence[int], theirs: Sequence[int]) -> list[int]:
    """Give the sketch of the difference, as long as the shorter one."""
    return [(our - their) & _SYMBOL_MASK for our, their in zip(ours, theirs, strict=False)]


def solve(symbols: Sequence[int]) -> Difference | None:
    """Read the items off *symbols* of a difference; None when there are too few of them, or they are of no set.

    It takes at most as many items out as there are symbols, whatever they say.
    """
    left, size = list(symbols), len(symbols)
    past, squares = size * (size + 1), _STEPS
    # In a symbol with a count of 1 an item of ours may be left alone, with one of -1 an item of theirs.
    alone = [at for at in range(size) if left[at] & _COUNT_MASK in (1, _COUNT_MASK)]
    found: dict[int, int] = {}
    while alone:
        symbol = left[alone.pop()]
        sign = 1 if symbol & _COUNT_MASK == 1 else -1
        item = symbol * sign & _SYMBOL_MASK
        prefix = item >> _PREFIX_SHIFT & _U32
        state = _mixed(item >> _TIME_SHIFT, prefix)
        if item & _COUNT_MASK != 1 or item >> _CHECK_SHIFT & _U32 != (state * _WALK_FACTOR + prefix) & _U32:
            continue
        if item in found or len(found) == size:
            return None
        found[item] = sign
        signed, step, at = item * sign, prefix | 1, 0
        # As `walk` does it: a list of its steps, and going through them, would take as long as all else.
        while True:
            left[at] = rest = left[at] - signed
            if rest & _COUNT_MASK in (1, _COUNT_MASK):
                alone.append(at)
            state = (state * _WALK_FACTOR + step) & _U32
            product = squares[at] // ((state >> 8) + 1)
            if product >= past:
                break
            at = (isqrt(4 * product + 1) - 1) >> 1
    if any(rest & _SYMBOL_MASK for rest in left):
        return None
    ours, theirs = (tuple([_place(item) for item in sorted(found) if found[item] == sign]) for sign in (1, -1))
    return Difference(ours, theirs)


def guess(symbols: Sequence[int], apart: int) -> int:
    """Guess from how counts scatter how many items *symbols* of a difference have; *apart* more of them are ours."""
    total = 0
    for at in range(1, len(symbols)):
        wide = at + 2
        # An item is in one of `wide / 2` symbols, so that the square of what is off is 2 at / wide^2 an item.
        off = ((symbols[at] - 2 * apart // wide + 128) & _COUNT_MASK) - 128
        total += off * off * wide * wide // (2 * at)
    return max(abs(apart), total // max(len(symbols) - 1, 1))


def _mixed(created_at: int, prefix: int) -> int:
    """Mix both into 32 bits that look random."""
    state = (prefix ^ created_at * _TIME_FACTOR) & _U32
    state = (state ^ state >> 16) * _MIX_FACTORS[0] & _U32
    state = (state ^ state >> 13) * _MIX_FACTORS[1] & _U32
    return state ^ state >> 16


def _place(item: int) -> Place:
    return item >> _TIME_SHIFT, (item >> _PREFIX_SHIFT & _U32).to_bytes(ITEM_PREFIX_BYTES, "big")
