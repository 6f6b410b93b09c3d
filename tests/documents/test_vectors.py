"""How documents and batches are read is written down in tests/vectors, which pages read as well."""

import runpy
from pathlib import Path

import pytest

VECTORS = Path(__file__).resolve().parents[1] / "vectors"


@pytest.mark.parametrize("name", ["data", "batches", "changes", "diffs"])
def test_the_vectors_are_of_today(name: str) -> None:
    make = runpy.run_path(str(VECTORS / f"make_{name}.py"))["make"]

    assert (VECTORS / f"{name}.json").read_text("utf-8") == make(), f"run python tests/vectors/make_{name}.py"
