"""How documents are read is written down in tests/vectors/data.json, which pages read as well."""

import runpy
from pathlib import Path

VECTORS = Path(__file__).resolve().parents[1] / "vectors"


def test_the_vectors_are_of_today() -> None:
    make = runpy.run_path(str(VECTORS / "make_data.py"))["make"]

    assert (VECTORS / "data.json").read_text("utf-8") == make(), "run python tests/vectors/make_data.py"
