"""The trees of blobs: as libtorrent has them, and no piece is taken for another."""

import json
import os
import runpy
from pathlib import Path
from typing import Any, Final

import libtorrent
import pytest

from peerset.core.blob import (
    TOP,
    BlobName,
    Root,
    check_piece,
    grow,
    hash_piece,
    is_of_tree,
    pieces_of,
    read_blob_tag,
    uncles_of,
    width_of,
)
from peerset.core.limits import BLOB_BITS_BYTES_MAX, BLOB_BYTES_MAX, BLOB_PIECE_BYTES, BLOB_PROOF_BYTES_MAX

VECTORS: Final = Path(__file__).parents[1] / "vectors"
MADE: Final = runpy.run_path(str(VECTORS / "make_blobs.py"))
BLOBS: Final = json.loads((VECTORS / "blobs.json").read_text(encoding="utf-8"))


def name_of(blob: dict[str, Any]) -> BlobName:
    return BlobName(Root(bytes.fromhex(blob["root"])), blob["size"])


def piece(data: bytes, number: int) -> bytes:
    return data[number * BLOB_PIECE_BYTES : (number + 1) * BLOB_PIECE_BYTES]


def libtorrent_root(folder: Path, data: bytes) -> bytes:
    """Give the root that BitTorrent v2 has for a file of *data*."""
    (folder / "file").write_bytes(data)
    torrent = libtorrent.create_torrent(
        [libtorrent.create_file_entry("file", len(data))],
        piece_size=BLOB_PIECE_BYTES,
        flags=libtorrent.create_torrent.v2_only,
    )
    libtorrent.set_piece_hashes(torrent, os.fspath(folder))
    root: bytes = libtorrent.bencode(torrent.generate()).split(b"11:pieces root32:")[1][:32]
    return root


def test_the_vectors_are_what_their_script_writes() -> None:
    assert MADE["make"]() == (VECTORS / "blobs.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("blob", BLOBS["blobs"], ids=lambda blob: str(blob["size"]))
def test_roots_are_those_of_bittorrent(blob: dict[str, Any], tmp_path: Path) -> None:
    assert libtorrent_root(tmp_path, MADE["content"](blob["size"])).hex() == blob["root"]


@pytest.mark.parametrize("blob", BLOBS["blobs"], ids=lambda blob: str(blob["size"]))
def test_each_piece_shows_that_it_is_of_its_blob(blob: dict[str, Any]) -> None:
    data, name = MADE["content"](blob["size"]), name_of(blob)
    nodes = MADE["tree_of"](data)

    for number, proof in enumerate(blob["proofs"]):
        found = check_piece(name, number, piece(data, number), bytes.fromhex(proof))
        assert found is not None
        assert all(nodes[each] == node for each, node in found.items())
    assert len(blob["proofs"]) == name.pieces
    assert read_blob_tag([("h", "room"), tuple(blob["tag"])]) == name


@pytest.mark.parametrize("blob", BLOBS["blobs"], ids=lambda blob: str(blob["size"]))
def test_a_piece_shows_that_it_is_of_a_root_whatever_size_is_said(blob: dict[str, Any]) -> None:
    data, root = MADE["content"](blob["size"]), Root(bytes.fromhex(blob["root"]))
    for number, proof in enumerate(blob["proofs"]):
        part, hashes = piece(data, number), bytes.fromhex(proof)
        assert is_of_tree(root, number, part, hashes)
        assert not is_of_tree(root, number, bytes([part[0] ^ 1]) + part[1:], hashes)
        assert not is_of_tree(root, number + 1, part, hashes)
        assert not is_of_tree(root, number, part, hashes + bytes(32))
        assert not is_of_tree(root, number, part, hashes + b"x")
        assert not is_of_tree(root, number, b"", hashes)


def test_two_nodes_of_a_tree_are_no_piece_of_it() -> None:
    nodes = MADE["tree_of"](MADE["content"](3 * BLOB_PIECE_BYTES))
    assert not is_of_tree(Root(nodes[TOP]), 0, nodes[2] + nodes[3], b"")


@pytest.mark.parametrize("refused", BLOBS["refused"], ids=lambda refused: refused["name"])
def test_a_piece_is_not_taken(refused: dict[str, Any]) -> None:
    start, length = refused["from"]["start"], refused["from"]["length"]
    data = bytearray(MADE["content"](refused["size"])[start : start + length])
    data[0] ^= refused["from"]["turned"]

    assert check_piece(name_of(refused), refused["piece"], bytes(data), bytes.fromhex(refused["proof"])) is None


@pytest.mark.parametrize("row", BLOBS["tags"], ids=lambda row: "|".join(row["tag"])[:80])
def test_only_a_tag_of_its_form_names_a_blob(row: dict[str, Any]) -> None:
    assert (read_blob_tag([row["tag"]]) is not None) == row["names"]


def test_a_record_without_such_a_tag_names_none() -> None:
    assert read_blob_tag([("d", "files/a")]) is None


def test_the_first_tag_counts() -> None:
    first, second = (["blob", digit * 64, "1"] for digit in "ab")

    assert read_blob_tag([first, second]) == BlobName(Root(bytes.fromhex("aa" * 32)), 1)
    assert read_blob_tag([["blob", "?"], second]) is None


def test_the_largest_blob_fits_the_limits_of_its_messages() -> None:
    most = pieces_of(BLOB_BYTES_MAX)

    assert len(uncles_of(most - 1, most)) * 32 == BLOB_PROOF_BYTES_MAX
    assert most // 8 == BLOB_BITS_BYTES_MAX


def test_a_blob_of_one_piece_is_its_own_root() -> None:
    assert uncles_of(0, 1) == []
    assert grow([hash_piece(b"x", 1)])[TOP] == hash_piece(b"x", 1)
    assert [width_of(count) for count in (1, 2, 3, 4, 5)] == [1, 2, 4, 4, 8]
