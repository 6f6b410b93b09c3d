"""The file that says what is here of a blob: its size, the nodes of its tree that are known, and which pieces.

A head of 32 bytes, then 32 bytes for each node by its number, then a bit for each piece, the highest bit of each byte
first. What is not known yet are holes. A bit is written after the piece it stands for; if the machine fails in between,
or the disk loses something, the piece does not fit its node when it is read, and is fetched again.
"""

import os
import struct
from collections.abc import Iterable, Mapping, Sequence
from io import FileIO
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


def write_at(file: BinaryIO | FileIO, start: int, *parts: bytes) -> None:
    """Write all of *parts*, one behind the other: a disk that is nearly full takes some before it says so."""
    file.seek(start)
    for part in parts:
        left = memoryview(part)
        while left:
            left = left[file.write(left) :]


def write_nodes(file: BinaryIO | FileIO, nodes: Mapping[int, bytes]) -> None:
    """Write what is known of the tree: what lies together at once."""
    for run in runs_of(nodes):
        write_at(file, run.start * HASH_BYTES, b"".join([nodes[number] for number in run]))


def mark_pieces(file: BinaryIO | FileIO, name: BlobName, pieces: Sequence[int], *, is_here: bool) -> None:
    """Write whether pieces are here."""
    start, end = min(pieces) // 8, max(pieces) // 8 + 1
    file.seek(_bits_at(name) + start)
    bits = bytearray(file.read(end - start).ljust(end - start, b"\0"))
    for piece in pieces:
        bit = 0x80 >> piece % 8
        bits[piece // 8 - start] = bits[piece // 8 - start] & ~bit | (bit if is_here else 0)
    write_at(file, _bits_at(name) + start, bytes(bits))


def mark_all(file: BinaryIO, name: BlobName) -> None:
    """Write that all pieces are here."""
    whole, rest = divmod(name.pieces, 8)
    file.seek(_bits_at(name))
    file.write(b"\xff" * whole + bytes([0xFF00 >> rest & 0xFF] if rest else []))


def read_proofs(
    file: BinaryIO | FileIO, name: BlobName, pieces: Iterable[int], known: Mapping[int, bytes] | None = None
) -> list[bytes]:
    """Give of each piece the hashes beside its way to the root; of those that are *known* nothing is read."""
    ways = [uncles_of(piece, name.pieces) for piece in pieces]
    nodes = dict(known or {})
    for run in runs_of({number for way in ways for number in way if number not in nodes}):
        file.seek(run.start * HASH_BYTES)
        read = file.read(len(run) * HASH_BYTES) or b""
        nodes |= {number: read[at * HASH_BYTES : (at + 1) * HASH_BYTES] for at, number in enumerate(run)}
    return [b"".join(nodes[number] for number in way) for way in ways]


def runs_of(numbers: Iterable[int]) -> list[range]:
    """Give which of *numbers* follow each other without a gap."""
    runs: list[range] = []
    for number in sorted(numbers):
        if runs and runs[-1].stop == number:
            runs[-1] = range(runs[-1].start, number + 1)
        else:
            runs.append(range(number, number + 1))
    return runs


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
