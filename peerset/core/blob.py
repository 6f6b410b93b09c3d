"""Blobs by their trees: the hashes of BitTorrent v2 (BEP 52), so that each piece of a file can be checked by itself.

A blob is cut into blocks of 16 KiB, the last of which may be shorter. The leaves of a binary tree are their SHA-256, up
to the next power of two followed by leaves of 32 zero bytes; a node is the SHA-256 of its two children. The root names
the blob. Peers ask for pieces, which are 8 blocks (BEP 52's piece length of 128 KiB), each with the hashes beside its
way to the root.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NewType

from peerset.core.limits import BLOB_BLOCK_BYTES, BLOB_BYTES_MAX, BLOB_PIECE_BYTES

Root = NewType("Root", bytes)
"""The 32 bytes that name a blob: BEP 52's "pieces root"."""

HASH_BYTES: Final = 32
BLOB_TAG: Final = "blob"
"""The tag of a record that names a blob: ``["blob", root in hex, size in bytes]``."""
PIECE_BLOCKS: Final = BLOB_PIECE_BYTES // BLOB_BLOCK_BYTES
TOP: Final = 1
"""The number of the root among the nodes of a tree: the children of node n are 2 n and 2 n + 1."""

_NOTHING: Final = bytes(HASH_BYTES)
_ROOT_TEXT: Final = re.compile(f"[0-9a-f]{{{2 * HASH_BYTES}}}")
_SIZE_TEXT: Final = re.compile("[1-9][0-9]{0,10}")


@dataclass(frozen=True, slots=True)
class BlobName:
    """A blob as records name it."""

    root: Root
    size: int
    """In bytes, from 1 to `BLOB_BYTES_MAX`."""

    @property
    def pieces(self) -> int:
        """How many pieces it has."""
        return pieces_of(self.size)

    def piece_bytes(self, piece: int) -> int:
        """Give how long the piece with this number is."""
        return min(BLOB_PIECE_BYTES, self.size - piece * BLOB_PIECE_BYTES)

    @property
    def tag(self) -> tuple[str, str, str]:
        """The tag that names it."""
        return (BLOB_TAG, self.root.hex(), str(self.size))


def read_blob_tag(tags: Iterable[Sequence[str]]) -> BlobName | None:
    """Read the first tag ``blob`` of a record; None without one, and when that names no blob."""
    tag = next((tag for tag in tags if tag[0] == BLOB_TAG), None)
    if tag is None or len(tag) < 3 or not _ROOT_TEXT.fullmatch(tag[1]) or not _SIZE_TEXT.fullmatch(tag[2]):
        return None
    size = int(tag[2])
    return BlobName(Root(bytes.fromhex(tag[1])), size) if size <= BLOB_BYTES_MAX else None


def pieces_of(size: int) -> int:
    """Give of how many pieces a blob of *size* bytes is."""
    return -(-size // BLOB_PIECE_BYTES)


def width_of(pieces: int) -> int:
    """Give how many pieces the tree of so many has room for: the next power of two."""
    return 1 << (pieces - 1).bit_length()


def hash_piece(data: bytes | memoryview, size: int) -> bytes:
    """Give the node of a piece of a blob of *size* bytes: 32 bytes."""
    view = memoryview(data)
    level = [
        hashlib.sha256(view[start : start + BLOB_BLOCK_BYTES]).digest()
        for start in range(0, len(view), BLOB_BLOCK_BYTES)
    ]
    # A blob of less than a piece has no more leaves than it needs.
    blocks = PIECE_BLOCKS if size > BLOB_PIECE_BYTES else width_of(len(level))
    level += [_NOTHING] * (blocks - len(level))
    while len(level) > 1:
        level = _parents(level)
    return level[0]


def grow(hashes: Sequence[bytes]) -> list[bytes]:
    """Give all nodes over the nodes of a blob's pieces, by their numbers; the first is of no use."""
    width = width_of(len(hashes))
    levels = [[*hashes, *[_PADDING] * (width - len(hashes))]]
    while len(levels[-1]) > 1:
        levels.append(_parents(levels[-1]))
    return [_NOTHING, *(node for level in reversed(levels) for node in level)]


class BlobDigest:
    """The root over pieces that come one after the other."""

    def __init__(self) -> None:
        self._hashes: list[bytes] = []

    def add(self, piece: bytes) -> None:
        """Take the next piece; only the last may be shorter than `BLOB_PIECE_BYTES`."""
        # A first piece that is short is the only one.
        self._hashes.append(hash_piece(piece, BLOB_BYTES_MAX if self._hashes else len(piece)))

    @property
    def root(self) -> Root:
        """The root over all that came, at least one piece."""
        return Root(grow(self._hashes)[TOP])


def uncles_of(piece: int, pieces: int) -> list[int]:
    """Give the numbers of the nodes beside the way of a piece to the root, from the bottom."""
    node, found = width_of(pieces) + piece, []
    while node > TOP:
        found.append(node ^ 1)
        node //= 2
    return found


def check_piece(name: BlobName, piece: int, data: bytes, proof: bytes) -> Mapping[int, bytes] | None:
    """Give the nodes, by number, that *data* and *proof* show to be of the blob; None when they are not of it.

    *proof* is the uncles of the piece from the bottom, 32 bytes each.
    """
    uncles = uncles_of(piece, name.pieces)
    if len(proof) != len(uncles) * HASH_BYTES or len(data) != name.piece_bytes(piece):
        return None
    node, here = hash_piece(data, name.size), width_of(name.pieces) + piece
    found = {here: node}
    for depth, number in enumerate(uncles):
        uncle = found[number] = proof[depth * HASH_BYTES : (depth + 1) * HASH_BYTES]
        node = hashlib.sha256(uncle + node if here & 1 else node + uncle).digest()
        here //= 2
    return found if node == name.root else None


def is_of_tree(root: Root, piece: int, data: bytes, proof: bytes) -> bool:
    """Say whether *data* and *proof* show a piece of a blob of this *root*, how long that ever is.

    A blob has one size, and its root does not say which: where a record says a wrong one, who gives a piece is no liar.
    """
    depth, left_over = divmod(len(proof), HASH_BYTES)
    # 64 bytes alone may be two nodes of a tree, which show nothing.
    is_shown = bool(data) and not left_over and piece >> depth == 0 and (depth > 0 or len(data) != 2 * HASH_BYTES)
    if not is_shown:
        return False
    node, here = hash_piece(data, BLOB_BYTES_MAX if depth else len(data)), piece
    for start in range(0, len(proof), HASH_BYTES):
        uncle = proof[start : start + HASH_BYTES]
        node = hashlib.sha256(uncle + node if here & 1 else node + uncle).digest()
        here //= 2
    return node == root


def _parents(level: Sequence[bytes]) -> list[bytes]:
    return [hashlib.sha256(level[at] + level[at + 1]).digest() for at in range(0, len(level), 2)]


def _padding() -> bytes:
    level = [_NOTHING] * PIECE_BLOCKS
    while len(level) > 1:
        level = _parents(level)
    return level[0]


_PADDING: Final = _padding()
"""The node of a piece beyond the end of the blob."""
