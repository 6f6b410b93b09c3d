"""Limits and tables: the files by which other languages compare theirs."""

import runpy
from pathlib import Path
from typing import Final

import pytest

VECTORS: Final = Path(__file__).parents[1] / "vectors"


@pytest.mark.parametrize("name", ["limits.json", "tables.json"])
def test_the_vectors_are_what_their_script_writes(name: str) -> None:
    made = runpy.run_path(str(VECTORS / "make_tables.py"))["make"]()

    assert made[name] == (VECTORS / name).read_text(encoding="utf-8"), "run python tests/vectors/make_tables.py"
