"""The original app's tree over its records: leaves in the order of their uuids, paired from the left up to one root."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

EMPTY: Final = hashlib.sha256(b"").hexdigest()
"""The root of no records."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the tree, over the leaves from *first* up to *end*."""

    hash: str
    first: int
    end: int
    left: "Node | None" = None
    right: "Node | None" = None


class Tree:
    """The tree over *hashes*, by uuid."""

    def __init__(self, hashes: Mapping[str, str]) -> None:
        self._uuids: Sequence[str] = sorted(hashes)
        leaves = [Node(hashes[uuid], place, place + 1) for place, uuid in enumerate(self._uuids)]
        self._root = _grow(leaves) if leaves else Node(EMPTY, 0, 0)

    @property
    def root(self) -> str:
        """What pages compare."""
        return self._root.hash

    def find(self, path: str) -> Node | None:
        """Give the node at *path*, such as ``left.right``; the empty one is the root's."""
        node: Node | None = self._root
        for step in path.split(".") if path else ():
            if node is None or step not in ("left", "right"):
                return None
            node = node.left if step == "left" else node.right
        return node

    def beneath(self, node: Node) -> Sequence[str]:
        """Give the uuids of the leaves beneath *node*, in order."""
        return self._uuids[node.first : node.end]


def children(path: str, node: Node) -> list[tuple[str, Node]]:
    """Give the two nodes beneath *node*, which is at *path*, with theirs; a leaf has none and stands for itself."""
    if node.left is None or node.right is None:
        return [(path, node)]
    above = f"{path}." if path else ""
    return [(f"{above}left", node.left), (f"{above}right", node.right)]


def _grow(nodes: list[Node]) -> Node:
    while len(nodes) > 1:
        pairs = zip(nodes[::2], nodes[1::2], strict=False)
        # The last of an odd number moves up as it is.
        nodes = [_join(*pair) for pair in pairs] + nodes[len(nodes) // 2 * 2 :]
    return nodes[0]


def _join(left: Node, right: Node) -> Node:
    return Node(hashlib.sha256((left.hash + right.hash).encode()).hexdigest(), left.first, right.end, left, right)
