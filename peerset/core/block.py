"""A block: up to 256 entries of the index in two flat arrays, and a node of the tree in `peerset.core.avl`."""

import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import islice
from operator import itemgetter, lt
from typing import Final

from peerset.errors import ConfigError

ID_BYTES: Final = 32
BLOCK_ENTRIES_MAX: Final = 256
BLOCK_ENTRIES_MIN: Final = 64
"""A smaller block is dissolved into its neighbours, unless it is the only one."""
U32_MAX: Final = 2**32 - 1
NARROW: Final = "I"
"""The type of arrays of times that take 4 bytes each."""


class Block:
    """Ascending (created_at, id), the blocks below on both sides, and sums over all three.

    It is never empty. Times take 4 bytes each, and 8 in a block that has one past the year 2106.
    """

    __slots__ = ("count", "height", "ids", "left", "right", "times")

    def __init__(self, times: "array[int]", ids: bytearray) -> None:
        self.times = times
        self.ids = ids
        self.left: Block | None = None
        self.right: Block | None = None
        self.count = len(times)
        """The entries of this block and of all below it."""
        self.height = 1

    def refresh(self) -> None:
        """Compute count and height anew after a change of children or entries."""
        left, right = self.left, self.right
        self.count = len(self.times) + (left.count if left else 0) + (right.count if right else 0)
        self.height = 1 + max(left.height if left else 0, right.height if right else 0)

    @property
    def left_count(self) -> int:
        """The entries below on the left side."""
        return self.left.count if self.left else 0

    @property
    def lean(self) -> int:
        """How much higher the left side is than the right one."""
        return (self.left.height if self.left else 0) - (self.right.height if self.right else 0)

    def entry(self, position: int) -> tuple[int, bytes]:
        """Give the entry at *position*."""
        return self.times[position], bytes(self.ids[position * ID_BYTES : (position + 1) * ID_BYTES])

    def starts_after(self, created_at: int, prefix: bytes) -> bool:
        """Say whether even the first entry comes after the bound."""
        first = self.times[0]
        return created_at < first or (created_at == first and prefix < self.ids[:ID_BYTES])

    def ends_before(self, created_at: int, prefix: bytes) -> bool:
        """Say whether even the last entry comes before the bound."""
        last = self.times[-1]
        return created_at > last or (created_at == last and prefix > self.ids[-ID_BYTES:])

    def position(self, created_at: int, prefix: bytes) -> int:
        """Count the entries of this block that come before the bound."""
        low = bisect_left(self.times, created_at)
        if not prefix:
            return low
        high = bisect_right(self.times, created_at, low)
        while low < high:
            middle = (low + high) // 2
            if self.ids[middle * ID_BYTES : (middle + 1) * ID_BYTES] < prefix:
                low = middle + 1
            else:
                high = middle
        return low

    def holds(self, position: int, created_at: int, record_id: bytes) -> bool:
        """Say whether the entry stands at *position*."""
        return (
            position < len(self.times)
            and self.times[position] == created_at
            and self.ids[position * ID_BYTES : (position + 1) * ID_BYTES] == record_id
        )

    def insert(self, position: int, created_at: int, record_id: bytes) -> None:
        """Put an entry at *position*; the sums stay as they were."""
        if created_at > U32_MAX and self.times.typecode == NARROW:
            self.times = array("q", self.times)
        self.times.insert(position, created_at)
        self.ids[position * ID_BYTES : position * ID_BYTES] = record_id

    def remove(self, position: int) -> None:
        """Take the entry at *position* out; the sums stay as they were."""
        del self.times[position]
        del self.ids[position * ID_BYTES : (position + 1) * ID_BYTES]

    def split(self) -> "Block":
        """Move the upper half of the entries into a new block."""
        middle = len(self.times) // 2
        upper = Block(self.times[middle:], self.ids[middle * ID_BYTES :])
        # Slices rather than deletions: a shortened array keeps its memory, a fresh one fits.
        self.times, self.ids = self.times[:middle], self.ids[: middle * ID_BYTES]
        return upper


def sorted_columns(entries: Iterable[tuple[int, bytes]]) -> tuple["array[int]", bytes]:
    """Sort *entries*, drop repeated ones, and give their times and their joined ids.

    Raises:
        ConfigError: an id is not 32 bytes long.

    """
    ordered = list(entries)
    if not all(map(lt, ordered, islice(ordered, 1, None))):
        ordered = sorted(set(ordered))
    ids = list(map(itemgetter(1), ordered))
    for size in sorted(set(map(len, ids))):
        check_id_size(size)
    return array("q", list(map(itemgetter(0), ordered))), b"".join(ids)


def narrowed(times: "array[int]") -> "array[int]":
    """Give ascending *times* in 4 bytes each, as long as these do: until the year 2106."""
    if times.typecode == NARROW or (times and times[-1] > U32_MAX):
        return times
    halves = array(NARROW)
    halves.frombytes(times.tobytes())
    return halves[sys.byteorder == "big" :: 2]


def check_id_size(size: int) -> None:
    """Refuse an id that is not 32 bytes long: it would shift all others.

    Raises:
        ConfigError: *size* is another.

    """
    if size != ID_BYTES:
        raise ConfigError(f"an id of {size} bytes; ids have {ID_BYTES}")
