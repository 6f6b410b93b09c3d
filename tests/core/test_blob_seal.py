"""Sealed blobs: as the vectors have them, and of few sizes."""

import hashlib
import json
import runpy
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.core.blob import BlobDigest
from peerset.core.blob_seal import BlobSeal, cipher_from, padded_size
from peerset.core.limits import BLOB_BYTES_MAX, BLOB_INLINE_BYTES_MAX, BLOB_PIECE_BYTES

VECTORS: Final = Path(__file__).parents[1] / "vectors"
MADE: Final = runpy.run_path(str(VECTORS / "make_blobs.py"))
BLOBS: Final = json.loads((VECTORS / "blobs.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", BLOBS["sealed"], ids=lambda case: str(case["value"]["size"]))
def test_a_blob_is_sealed_as_in_the_vector_and_opened_from_any_block(case: dict[str, Any]) -> None:
    value = case["value"]
    data, key = MADE["content"](value["size"]), bytes.fromhex(value["key"])
    sealed = cipher_from(key, 0).update(data + bytes(padded_size(len(data)) - len(data)))
    assert hashlib.sha256(sealed).hexdigest() == case["sha256"]
    assert case["tag"] == ["blob", value["blob"], str(len(sealed))]
    assert cipher_from(key, 4_096).update(sealed[4_096:5_000]) == data[4_096:5_000]


@pytest.mark.parametrize(("size", "padded"), BLOBS["sizes"])
def test_sizes_are_those_of_the_vector(size: int, padded: int) -> None:
    assert padded_size(size) == padded


@given(st.integers(1, BLOB_BYTES_MAX))
def test_a_size_grows_by_an_eighth_at_most_and_once(size: int) -> None:
    padded = padded_size(size)
    assert size <= padded <= min(size * 9 / 8, BLOB_BYTES_MAX)
    assert padded_size(padded) == padded


def test_the_sizes_of_blobs_are_few() -> None:
    size, seen = BLOB_INLINE_BYTES_MAX + 1, 0
    while size <= BLOB_BYTES_MAX:
        size = padded_size(size) + 1
        seen += 1
    assert seen == 792


@pytest.mark.parametrize("size", [1, 20_000, BLOB_PIECE_BYTES, BLOB_PIECE_BYTES + 1, 700_001])
def test_the_digest_of_what_comes_is_its_root(size: int) -> None:
    data, digest = MADE["content"](size), BlobDigest()
    for start in range(0, size, BLOB_PIECE_BYTES):
        digest.add(data[start : start + BLOB_PIECE_BYTES])
    assert digest.root == MADE["tree_of"](data)[1]


def test_a_key_is_not_shown() -> None:
    assert "aa" not in repr(BlobSeal(b"\xaa" * 32, BLOBS["blobs"][0]["root"]))
