"""Limits: the file by which other languages compare theirs."""

import runpy
from pathlib import Path
from typing import Final

VECTORS: Final = Path(__file__).parents[1] / "vectors"


def test_the_vectors_are_what_their_script_writes() -> None:
    make = runpy.run_path(str(VECTORS / "make_limits.py"))["make"]

    assert make() == (VECTORS / "limits.json").read_text(encoding="utf-8")
