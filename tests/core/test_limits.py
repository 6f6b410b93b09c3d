"""Limits: the file by which other languages compare theirs; tables.json is compared by tests/test_house.py."""

import runpy
from pathlib import Path
from typing import Final

VECTORS: Final = Path(__file__).parents[1] / "vectors"


def test_the_vectors_are_what_their_script_writes() -> None:
    made = runpy.run_path(str(VECTORS / "make_tables.py"))["make"]()

    assert made["limits.json"] == (VECTORS / "limits.json").read_text(encoding="utf-8")
