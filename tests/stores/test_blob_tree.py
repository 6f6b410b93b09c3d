"""The file that says what is here of a blob is read as it was written, and nothing else is taken for one."""

from pathlib import Path

import pytest

from peerset.core.blob import BlobName, Root
from peerset.core.limits import BLOB_PIECE_BYTES
from peerset.stores.blob_tree import begin_tree, mark_all, mark_pieces, read_proofs, read_tree, runs_of, write_nodes

ROOT = Root(bytes(range(32)))
NAME = BlobName(ROOT, 10 * BLOB_PIECE_BYTES)


def begin(folder: Path) -> Path:
    path = folder / f"{ROOT.hex()}.tree"
    with path.open("w+b") as file:
        begin_tree(file, NAME)
    return path


def test_pieces_come_and_go(tmp_path: Path) -> None:
    path = begin(tmp_path)
    assert read_tree(path) == (NAME, 0)
    with path.open("r+b") as file:
        mark_pieces(file, NAME, [9, 0, 8], is_here=True)
        mark_pieces(file, NAME, [8], is_here=False)
    assert read_tree(path) == (NAME, 0b10_0000_0001)
    with path.open("r+b") as file:
        mark_all(file, NAME)
    assert read_tree(path) == (NAME, 0b11_1111_1111)


def test_a_proof_is_the_nodes_beside_the_way(tmp_path: Path) -> None:
    path = begin(tmp_path)
    with path.open("r+b") as file:
        write_nodes(file, {17: b"a" * 32, 9: b"b" * 32, 5: b"c" * 32, 3: b"d" * 32})
        write_nodes(file, {16: b"e" * 32})
        [zero, one] = read_proofs(file, NAME, [0, 1])
    assert zero == b"a" * 32 + b"b" * 32 + b"c" * 32 + b"d" * 32
    assert one == b"e" * 32 + zero[32:]


def test_runs_are_what_follows_without_a_gap() -> None:
    assert runs_of([]) == []
    assert runs_of({5, 3, 4, 9, 1}) == [range(1, 2), range(3, 6), range(9, 10)]


@pytest.mark.parametrize("data", [b"", b"short", bytes(1_000), b"peerset blob 1\n\n" + b"\xff" * 16])
def test_what_makes_no_sense_is_no_tree(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / f"{ROOT.hex()}.tree"
    path.write_bytes(data)
    assert read_tree(path) is None
    assert read_tree(tmp_path / "not hex.tree") is None
