"""The shipped table of folds: as it was made, in its form, and in agreement with the Unicode data that Python has."""

import hashlib
import re
import runpy
import unicodedata
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from peerset_moderation.skeleton import Fold

TEXT: Final = files("peerset_moderation").joinpath("data/fold.txt").read_text("utf-8")
LINES: Final = TEXT.splitlines()
SHA256: Final = "e784861573c06d511b8aee4d70ec2a454413f009acfac41acc6f3f8763939219"
"""Changes only together with the version of `WordPolicy`, for it changes verdicts."""
ASKED: Final = "@"
MAKE: Final[dict[str, Any]] = runpy.run_path(str(Path(__file__).parents[2] / "moderation" / "make_fold.py"))


def test_the_table_is_the_one_that_was_made() -> None:
    assert hashlib.sha256(TEXT.encode()).hexdigest() == SHA256
    assert Fold.load().digest.hex() == SHA256


def test_the_table_names_its_sources() -> None:
    assert LINES[0].startswith("# Unicode 15.0.0 and UTS #39 confusables 13.0.0, (c) Unicode, Inc.")


def test_each_line_gives_a_target_and_ascending_ranges() -> None:
    for line in LINES[1:]:
        target, _, ranges = line.partition(":")
        assert re.fullmatch(r"(?:[0-9a-f]{2}(?:\.[0-9a-f]{2})*)?|[+-][0-9a-f]+", target), line
        bounds = [int(bound, 16) for part in ranges.split(" ") for bound in (part.split("-") * 2)[:2]]
        assert bounds == sorted(bounds), line


def test_no_character_stands_in_two_lines() -> None:
    codes = [code for line in LINES[1:] for code in codes_of(line)]
    assert len(codes) == len(set(codes)) == len(Fold.load().table)


def test_pythons_own_data_agree_wherever_they_decide() -> None:
    table = Fold.load().table
    known = [character for code in table for character in character_of(chr(code))]
    decided = {each.char: MAKE["fold"](each, Asked()) for each in known}
    decided = {char: target for char, target in decided.items() if target != ASKED}
    assert len(decided) > 4_000
    assert {char: target for char, target in decided.items() if target != table[ord(char)]} == {}


class Asked(dict[str, str]):
    """In place of the confusables, which Python does not have: shows that they were asked."""

    def get(self, _key: str, _default: object = None) -> str:
        return ASKED


def codes_of(line: str) -> Iterator[int]:
    for part in line.partition(":")[2].split(" "):
        first, _, last = part.partition("-")
        yield from range(int(first, 16), int(last or first, 16) + 1)


def character_of(char: str) -> Iterator[Any]:
    """Give what Python says of *char*, as a line of the database would, if it knows it."""
    decimal = unicodedata.decimal(char, None)
    if unicodedata.category(char) != "Cn":
        name = unicodedata.name(char, "<control>")
        yield MAKE["Character"](char, name, unicodedata.category(char), "" if decimal is None else str(decimal))
