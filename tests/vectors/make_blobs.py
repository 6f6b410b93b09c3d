"""Writes blobs.json: blobs with their trees, pieces with their proofs, and proofs that show nothing.

tests/core/test_blob.py compares the roots with those that libtorrent gives the same bytes.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from peerset.core.blob import BlobName, Root, grow, hash_piece, pieces_of, uncles_of
from peerset.core.blob_seal import KEY_BYTES, cipher_from, padded_size
from peerset.core.limits import BLOB_BLOCK_BYTES as BLOCK
from peerset.core.limits import BLOB_BYTES_MAX
from peerset.core.limits import BLOB_PIECE_BYTES as PIECE

SIZES: Final = (
    1,
    BLOCK - 1,
    BLOCK,
    BLOCK + 1,
    3 * BLOCK,
    5 * BLOCK,
    PIECE,
    PIECE + 1,
    3 * PIECE - 7,
    9 * PIECE + BLOCK,
)


def content(size: int) -> bytes:
    """Give so many bytes that every language can make: SHA-256 of "0", of "1", and so on, joined and cut off."""
    return b"".join(hashlib.sha256(str(number).encode()).digest() for number in range(-(-size // 32)))[:size]


def piece_of(data: bytes, piece: int) -> bytes:
    """Give one piece of *data*."""
    return data[piece * PIECE : (piece + 1) * PIECE]


def tree_of(data: bytes) -> list[bytes]:
    """Give the nodes of *data*."""
    return grow([hash_piece(piece_of(data, each), len(data)) for each in range(pieces_of(len(data)))])


def proof_of(nodes: list[bytes], piece: int, pieces: int) -> bytes:
    """Give the proof of one piece out of a tree."""
    return b"".join(nodes[number] for number in uncles_of(piece, pieces))


def _blobs() -> Iterator[dict[str, Any]]:
    for size in SIZES:
        data = content(size)
        nodes, count = tree_of(data), pieces_of(size)
        yield {
            "size": size,
            "root": nodes[1].hex(),
            "tag": list(BlobName(Root(nodes[1]), size).tag),
            "proofs": [proof_of(nodes, piece, count).hex() for piece in range(count)],
        }


def _refused() -> Iterator[dict[str, Any]]:
    size = 3 * PIECE - 7
    data = content(size)
    nodes = tree_of(data)
    good = proof_of(nodes, 1, 3)
    for name, piece, proof, part in (
        ("of another piece", 0, good, piece_of(data, 1)),
        ("with one bit turned", 1, good, bytes([data[PIECE] ^ 1]) + piece_of(data, 1)[1:]),
        ("cut off", 1, good, piece_of(data, 1)[:-1]),
        ("with a proof cut off", 1, good[:-32], piece_of(data, 1)),
        ("with a longer proof", 1, good + bytes(32), piece_of(data, 1)),
        ("with its proof turned round", 1, good[32:] + good[:32], piece_of(data, 1)),
    ):
        yield {
            "name": name,
            "size": size,
            "root": nodes[1].hex(),
            "piece": piece,
            "proof": proof.hex(),
            "sha256": hashlib.sha256(part).hexdigest(),
            "from": {"start": PIECE, "length": len(part), "turned": name == "with one bit turned"},
        }


_DIGITS: Final = "ab" * 32
TAGS: Final = (
    (["blob", _DIGITS, "1"], True),
    (["blob", _DIGITS, "68719476736", "more"], True),
    (["blob", _DIGITS, "68719476737"], False),
    (["blob", _DIGITS, "0"], False),
    (["blob", _DIGITS, "01"], False),
    (["blob", _DIGITS, "1.0"], False),
    (["blob", _DIGITS, "-1"], False),
    (["blob", _DIGITS], False),
    (["blob"], False),
    (["blob", _DIGITS.upper(), "1"], False),
    (["blob", _DIGITS[2:], "1"], False),
    (["blobs", _DIGITS, "1"], False),
)


PADDED: Final = (
    *(1, 2, 8, 9, 255, 256, 257, 24_577, 25_600, 25_601, 100_000, PIECE, PIECE + 1, 700_001),
    *(2**30, 2**30 + 1, 2**31 + 1, 2**32 + 1, 2**36 - 1, BLOB_BYTES_MAX),
)


def _sealed() -> Iterator[dict[str, Any]]:
    for size in (BLOCK + 1, PIECE, PIECE + 1, 3 * PIECE - 7):
        data, key = content(size), hashlib.sha256(f"key {size}".encode()).digest()
        assert len(key) == KEY_BYTES
        sealed = cipher_from(key, 0).update(data + bytes(padded_size(size) - size))
        root = tree_of(sealed)[1]
        yield {
            "value": {"size": size, "blob": root.hex(), "key": key.hex(), "plain": tree_of(data)[1].hex()},
            "tag": list(BlobName(Root(root), len(sealed)).tag),
            "sha256": hashlib.sha256(sealed).hexdigest(),
        }


def make() -> str:
    """Give the text of blobs.json."""
    note = (
        "See README.md: what is here are blobs, parts that are not of them, and tags. Each proof in blobs is that of "
        "the piece of its place. refused: this part of the content (with the lowest bit of its first byte turned, "
        "where that is said) and this proof are not that piece. tags: whether a tag names a blob. sizes: how long the "
        "blob is that so many bytes are sealed in. sealed: blobs that are sealed by a key, and what their records say."
    )
    parts: dict[str, Any] = {
        "note": note,
        "blobs": list(_blobs()),
        "refused": list(_refused()),
        "tags": [{"tag": tag, "names": names} for tag, names in TAGS],
        "sizes": [[size, padded_size(size)] for size in PADDED],
        "sealed": list(_sealed()),
    }
    return json.dumps(parts, indent=1) + "\n"


if __name__ == "__main__":
    Path(__file__).with_name("blobs.json").write_text(make(), encoding="utf-8")
