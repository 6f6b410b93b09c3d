"""Skeletons: what a text looks like to a reader, in small ASCII letters, with the way back to the text.

A character is folded by itself, so that neither the Unicode version of the running Python nor the order of marks
matters: compatibility forms and accents are undone (NFKC without the marks), look-alikes become what they look like
(UTS #39, section 4), format characters and marks vanish, letters lose their case. What stays outside ASCII is a letter
that looks like none of ours. The table is made by ``moderation/make_fold.py``.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final, Self

LETTERS: Final = "a-z\x80-\U0010ffff"
"""The letters of a folded text, as the inside of a character class."""

BIDI_CONTROL: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Embeddings, overrides and isolates (UAX #9): they show a text in another order than it has."""

PIECE_CODE_POINTS: Final = 256


@dataclass(frozen=True, slots=True)
class Fold:
    """The table by which texts become skeletons."""

    table: Mapping[int, str]
    """What a code point becomes; those it lacks stay as they are."""
    digest: bytes
    """SHA-256 of the table's file."""

    @classmethod
    def load(cls) -> Self:
        """Read the table that is shipped."""
        data = files("peerset_moderation").joinpath("data/fold.txt").read_bytes()
        table: dict[int, str] = {}
        for line in data.decode().splitlines()[1:]:
            target, _, ranges = line.partition(":")
            for code in _read_ranges(ranges):
                table[code] = _read_target(target, code)
        return cls(table, hashlib.sha256(data).digest())

    def fold(self, text: str) -> str:
        """Give the skeleton of *text*; spaces and punctuation stay."""
        return text.translate(self.table)

    def source_span(self, text: str, start: int, end: int) -> tuple[int, int]:
        """Say where in *text* the code points *start* to *end* of its skeleton come from."""
        first, last = 0, len(text)
        position = 0
        for index, width in self._widths(text, start, end):
            if position <= start:
                first = index
            position += width
            if position >= end:
                last = index + 1
                break
        return first, last

    def _widths(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Give index and width of each character that shows, and of whole pieces with neither *start* nor *end*."""
        position = 0
        for offset in range(0, len(text), PIECE_CODE_POINTS):
            piece = text[offset : offset + PIECE_CODE_POINTS]
            width = len(self.fold(piece))
            before, position = position, position + width
            if position <= start or start < before <= position < end:
                yield offset, width
                continue
            for index, char in enumerate(piece, offset):
                shown = len(self.fold(char))
                if shown:
                    yield index, shown


def _read_ranges(text: str) -> Iterator[int]:
    for part in text.split():
        first, _, last = part.partition("-")
        yield from range(int(first, 16), int(last or first, 16) + 1)


def _read_target(text: str, code: int) -> str:
    if text.startswith(("+", "-")):
        return chr(code + int(text, 16))
    return "".join(chr(int(part, 16)) for part in text.split(".") if part)
