"""An AVL tree of blocks: a sorted set of (created_at, id) that knows the rank of everything in it.

A node of the tree is a block of up to 256 entries in two flat arrays, so an entry costs little more than its
36 bytes; each node counts the entries below it, so rank and select walk one path. The tree is balanced as in
Adelson-Velsky and Landis (1962): the heights of a node's two sides differ by at most one. Its shape depends on
the order of arrival and therefore never reaches the wire.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import islice
from operator import lt
from typing import Final

from peerset.core.block import (
    BLOCK_ENTRIES_MAX,
    BLOCK_ENTRIES_MIN,
    ID_BYTES,
    Block,
    check_id_size,
    narrowed,
    sorted_columns,
)
from peerset.core.message import Bound

BULK_BLOCK_ENTRIES: Final = 192
"""How full a bulk build leaves its blocks, so that the first inserts split none."""


class BlockTree:
    """A sorted set of (created_at in seconds, 32-byte id); ordered by time, then by id."""

    __slots__ = ("_root",)

    def __init__(self) -> None:
        self._root: Block | None = None

    @classmethod
    def bulk(cls, entries: Iterable[tuple[int, bytes]]) -> "BlockTree":
        """Build a tree of *entries* at once; fastest when they come sorted, repeated ones count once.

        Raises:
            ConfigError: an id is not 32 bytes long.

        """
        return cls.from_columns(*sorted_columns(entries))

    @classmethod
    def from_columns(cls, times: "array[int]", ids: bytes) -> "BlockTree":
        """Build a tree of ascending entries given as an array of times and their joined ids."""
        tree = cls()
        if times:
            blocks = -(-len(times) // BULK_BLOCK_ENTRIES)
            cuts = [len(times) * number // blocks for number in range(blocks + 1)]
            tree._root = _balanced(narrowed(times), ids, cuts)
        return tree

    def __len__(self) -> int:
        return self._root.count if self._root else 0

    def __contains__(self, entry: tuple[int, bytes]) -> bool:
        if self._root is None:
            return False
        block = _path(self._root, *entry)[-1]
        return block.holds(block.position(*entry), *entry)

    def insert(self, created_at: int, record_id: bytes) -> bool:
        """Add an entry; say whether it was new.

        Raises:
            ConfigError: the id is not 32 bytes long.

        """
        check_id_size(len(record_id))
        if self._root is None:
            self._root = Block(narrowed(array("q", (created_at,))), bytearray(record_id))
            return True
        path = _path(self._root, created_at, record_id)
        block = path[-1]
        position = block.position(created_at, record_id)
        if block.holds(position, created_at, record_id):
            return False
        block.insert(position, created_at, record_id)
        for node in path:
            node.count += 1
        if len(block.times) > BLOCK_ENTRIES_MAX:
            block.right = _with_first(block.right, block.split())
            self._root = _replaced(path, _rebalanced(block))
        return True

    def remove(self, created_at: int, record_id: bytes) -> bool:
        """Take an entry out; say whether it was there."""
        if self._root is None:
            return False
        path = _path(self._root, created_at, record_id)
        block = path[-1]
        position = block.position(created_at, record_id)
        if not block.holds(position, created_at, record_id):
            return False
        block.remove(position)
        for node in path:
            node.count -= 1
        is_only = len(block.times) == self._root.count
        if not block.times or (len(block.times) < BLOCK_ENTRIES_MIN and not is_only):
            self._dissolve(path)
        return True

    def rank(self, bound: Bound) -> int:
        """Count the entries that come before *bound*."""
        created_at, prefix = bound
        below = 0
        node = self._root
        while node is not None:
            first, last = node.times[0], node.times[-1]
            # As in `_path`, the times decide nearly always.
            if created_at < first or (created_at == first and node.starts_after(created_at, prefix)):
                node = node.left
                continue
            below += node.left_count
            if created_at < last or (created_at == last and not node.ends_before(created_at, prefix)):
                return below + node.position(created_at, prefix)
            below += len(node.times)
            node = node.right
        return below

    def select(self, index: int) -> tuple[int, bytes]:
        """Give the entry that has *index* others before it.

        Raises:
            IndexError: there are not that many.

        """
        block, position = self._locate(index)
        return block.entry(position)

    def entries(self, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
        """Give the entries with ranks from *start* to *stop* - 1; the tree must not change meanwhile."""
        stop = min(stop, len(self))
        while start < stop:
            block, first = self._locate(start)
            end = min(len(block.times), first + stop - start)
            for position in range(first, end):
                yield block.entry(position)
            start += end - first

    def between(self, lower: Bound, upper: Bound) -> Iterator[tuple[Block, int, int]]:
        """Give the parts of blocks that hold the entries from *lower* up to *upper*, in order; by one way down.

        The tree must not change meanwhile.
        """
        start, stop = lower[0], upper[0]
        above: list[Block] = []
        node = self._root
        while True:
            while node is not None:
                first, last = node.times[0], node.times[-1]
                if last < start or (last == start and node.ends_before(*lower)):
                    node = node.right
                else:
                    above.append(node)
                    # On its left all is earlier than its first.
                    node = node.left if first >= start else None
            if not above:
                return
            node = above.pop()
            begin = 0 if node.times[0] > start else node.position(*lower)
            end = len(node.times) if node.times[-1] < stop else node.position(*upper)
            if begin < end:
                yield node, begin, end
            if end < len(node.times):
                return
            node = node.right

    def stretch(self, start: int, stop: int) -> list[tuple[Block, int, int]]:
        """Give the parts of blocks that hold the entries from the second *start* up to *stop*, as `between` does.

        Of few blocks it takes less time: whole seconds need no look at ids, and a list no steps of a generator.
        """
        found: list[tuple[Block, int, int]] = []
        above: list[Block] = []
        node = self._root
        while True:
            while node is not None:
                times = node.times
                if times[-1] < start:
                    node = node.right
                else:
                    above.append(node)
                    node = node.left if times[0] >= start else None
            if not above:
                return found
            node = above.pop()
            times = node.times
            begin, end = bisect_left(times, start), bisect_left(times, stop)
            if begin < end:
                found.append((node, begin, end))
            if end < len(times):
                return found
            node = node.right

    def _locate(self, index: int) -> tuple[Block, int]:
        node = self._root
        remaining = index
        while node is not None and index >= 0:
            position = remaining - node.left_count
            if position < 0:
                node = node.left
            elif position < len(node.times):
                return node, position
            else:
                remaining = position - len(node.times)
                node = node.right
        raise IndexError(f"entry {index} of {len(self)}")

    def _dissolve(self, path: list[Block]) -> None:
        """Take the block at the end of *path* out of the tree and give its entries to its neighbours."""
        block = path[-1]
        self._root = _replaced(path, _joined(block.left, block.right))
        for position in range(len(block.times)):
            self.insert(*block.entry(position))

    def _check(self) -> None:
        """Verify every invariant in O(n); for tests.

        Raises:
            AssertionError: the tree is broken.

        """
        if self._root is None:
            return
        _check_nodes(self._root, is_only=len(self._root.times) == len(self))
        entries = list(self.entries(0, len(self)))
        if not all(map(lt, entries, islice(entries, 1, None))):
            raise AssertionError("entries are not ascending")


def _path(root: Block, created_at: int, record_id: bytes) -> list[Block]:
    """Give the nodes from *root* to the block that holds, or should hold, the entry."""
    path = []
    node: Block | None = root
    while node is not None:
        path.append(node)
        first, last = node.times[0], node.times[-1]
        # Asked here, as `Block.starts_after` and `Block.ends_before` do: a call each would take longer than the look.
        if created_at < first or (created_at == first and record_id < node.ids[:ID_BYTES]):
            node = node.left
        elif created_at > last or (created_at == last and record_id > node.ids[-ID_BYTES:]):
            node = node.right
        else:
            break
    return path


def _balanced(times: "array[int]", ids: bytes, cuts: list[int]) -> Block | None:
    """Build the midpoint-balanced tree of the blocks between neighbouring *cuts*."""
    if len(cuts) < 2:
        return None
    middle = (len(cuts) - 1) // 2
    start, stop = cuts[middle], cuts[middle + 1]
    block = Block(times[start:stop], bytearray(ids[start * ID_BYTES : stop * ID_BYTES]))
    block.left = _balanced(times, ids, cuts[: middle + 1])
    block.right = _balanced(times, ids, cuts[middle + 1 :])
    block.refresh()
    return block


def _replaced(path: list[Block], subtree: Block | None) -> Block | None:
    """Put *subtree* where the last node of *path* hangs and rebalance upwards; give the new root."""
    child = path[-1]
    for parent in reversed(path[:-1]):
        if parent.left is child:
            parent.left = subtree
        else:
            parent.right = subtree
        child, subtree = parent, _rebalanced(parent)
    return subtree


def _with_first(root: Block | None, block: Block) -> Block:
    """Hang *block* before all nodes of *root*; give the new root. The height bounds the recursion."""
    if root is None:
        return block
    root.left = _with_first(root.left, block)
    return _rebalanced(root)


def _without_first(root: Block) -> tuple[Block, Block | None]:
    """Take the first node out; give it and the new root. The height bounds the recursion."""
    if root.left is None:
        return root, root.right
    first, root.left = _without_first(root.left)
    return first, _rebalanced(root)


def _joined(left: Block | None, right: Block | None) -> Block | None:
    """Join the two sides of a node that is gone: the first node of the right side takes its place."""
    if left is None or right is None:
        return left or right
    top, rest = _without_first(right)
    top.left, top.right = left, rest
    return _rebalanced(top)


def _rebalanced(node: Block) -> Block:
    """Restore the AVL rule at *node*, whose sides keep it; give the node that takes its place."""
    node.refresh()
    left, right, lean = node.left, node.right, node.lean
    if left is not None and lean > 1:
        if left.right is not None and left.lean < 0:
            left = _rotated_left(left, left.right)
        return _rotated_right(node, left)
    if right is not None and lean < -1:
        if right.left is not None and right.lean > 0:
            right = _rotated_right(right, right.left)
        return _rotated_left(node, right)
    return node


def _rotated_right(node: Block, top: Block) -> Block:
    """Let *top*, on the left of *node*, rise above it."""
    node.left, top.right = top.right, node
    node.refresh()
    top.refresh()
    return top


def _rotated_left(node: Block, top: Block) -> Block:
    """Let *top*, on the right of *node*, rise above it."""
    node.right, top.left = top.left, node
    node.refresh()
    top.refresh()
    return top


def _check_nodes(node: Block, *, is_only: bool) -> None:
    """Verify the size, the balance and the sums of *node* and all below it; the height bounds the recursion."""
    for child in (node.left, node.right):
        if child is not None:
            _check_nodes(child, is_only=False)
    size = len(node.times)
    if len(node.ids) != ID_BYTES * size or not (is_only or size >= BLOCK_ENTRIES_MIN) or size > BLOCK_ENTRIES_MAX:
        raise AssertionError(f"a block of {size} times and {len(node.ids)} bytes of ids")
    if abs(node.lean) > 1:
        raise AssertionError(f"one side is higher by {abs(node.lean)}")
    stored = (node.count, node.height)
    node.refresh()
    if stored != (node.count, node.height):
        raise AssertionError(f"count and height are {node.count, node.height}, stored were {stored}")
