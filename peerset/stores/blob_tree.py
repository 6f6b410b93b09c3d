"""The file that says what is here of a blob: its size, the nodes of its tree that are known, and which pieces.

A head of 32 bytes, then 32 bytes for each node by its number, then a bit for each piece, the highest bit of each byte
first. What is not known yet are holes. A bit is written after the piece it stands for; if the machine fails in between,
or the disk loses something, the piece does not fit its node when it is read, and is fetched again.
"""

import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Final

from peerset.core.blob import HASH_BYTES, BlobName, Root, pieces_of, uncles_of, width_of
from peerset.core.blob_bits import read_bits
from peerset.core.limits import BLOB_BYTES_MAX

_HEAD: Final = struct.Struct(">16sQ8x")
_MAGIC: Final = b"peerset blob 1\n\n"


def begin_tree(file: BinaryIO, name: BlobName) -> None:
    """Write the head of a file that knows nothing else yet."""
    file.write(_HEAD.pack(_MAGIC, name.size))
    file.truncate(_bits_at(name) + -(-name.pieces // 8))


def write_nodes(file: BinaryIO, nodes: Mapping[int, bytes]) -> None:
    """Write what is known of the tree."""
    for number, node in nodes.items():
        file.seek(number * HASH_BYTES)
        file.write(node)


def mark_piece(file: BinaryIO, name: BlobName, piece: int, *, is_here: bool) -> None:
    """Write whether a piece is here."""
    at, bit = _bits_at(name) + piece // 8, 0x80 >> piece % 8
    file.seek(at)
    byte = (file.read(1) or b"\0")[0]
    file.seek(at)
    file.write(bytes([byte | bit if is_here else byte & ~bit]))


def mark_all(file: BinaryIO, name: BlobName) -> None:
    """Write that all pieces are here."""
    whole, rest = divmod(name.pieces, 8)
    file.seek(_bits_at(name))
    file.write(b"\xff" * whole + bytes([0xFF00 >> rest & 0xFF] if rest else []))


def read_proof(file: BinaryIO, name: BlobName, piece: int) -> bytes:
    """Give the hashes beside the way of a piece to the root."""
    found = []
    for number in uncles_of(piece, name.pieces):
        file.seek(number * HASH_BYTES)
        found.append(file.read(HASH_BYTES))
    return b"".join(found)


def read_tree(path: Path) -> tuple[BlobName, int] | None:
    """Read which blob the file at *path* is about, and the bits of what is here; None when it makes no sense."""
    try:
        root = Root(bytes.fromhex(path.stem))
        with path.open("rb") as file:
            magic, size = _HEAD.unpack(file.read(_HEAD.size))
            if magic != _MAGIC or not 0 < size <= BLOB_BYTES_MAX or len(root) != HASH_BYTES:
                return None
            name = BlobName(root, size)
            file.seek(_bits_at(name), os.SEEK_SET)
            return name, read_bits(file.read(-(-name.pieces // 8)), name.pieces)
    except (ValueError, OSError, struct.error):
        return None


def _bits_at(name: BlobName) -> int:
    return 2 * width_of(pieces_of(name.size)) * HASH_BYTES
