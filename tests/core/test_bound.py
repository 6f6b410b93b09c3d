"""Rooms whose name ends in a hash of their rules."""

import json
import runpy
from pathlib import Path
from typing import Any, Final

import pytest

from peerset.core.bound import bind, check_bound, is_bound
from peerset.core.rules import Manifest, Rules
from peerset.errors import ConfigError

FOLDER: Final = Path(__file__).parents[1] / "vectors"
MADE: Final = runpy.run_path(str(FOLDER / "make_bound.py"))
VECTORS: Final = json.loads((FOLDER / "bound.json").read_text(encoding="utf-8"))


def test_the_vectors_are_what_their_script_writes() -> None:
    assert MADE["make"]() == (FOLDER / "bound.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("row", VECTORS["rooms"], ids=lambda row: row["name"])
def test_a_room_is_named_by_its_rules(row: dict[str, Any]) -> None:
    manifests = [
        Manifest(name, version, parameters, tuple(map(bytes.fromhex, hashes)))
        for name, version, parameters, hashes in row["manifests"]
    ]
    rules = Rules(retention_seconds=row["retention"], policies=tuple(manifests))
    assert bind(row["room"], rules) == row["name"]
    check_bound(row["name"], rules)
    check_bound(row["room"], rules)
    with pytest.raises(ConfigError, match="says which rules it has, and ours are others"):
        check_bound(row["name"], Rules(retention_seconds=row["retention"] + 1, policies=tuple(manifests)))


@pytest.mark.parametrize("row", VECTORS["names"], ids=lambda row: row["name"])
def test_only_a_hash_at_the_end_says_rules(row: dict[str, Any]) -> None:
    assert is_bound(row["name"]) == row["is_bound"]
