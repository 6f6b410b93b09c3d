"""Readings: the ways in which a reader may take a folded text apart into words.

- *plain*: the runs of letters;
- *leet*: what is written with digits and symbols among letters, taken apart at punctuation (``b4d``);
- *joined*: the same with the punctuation inside left out (``b-a.d``);
- *spaced*: four or more single letters with anything but letters between them (``w o r d``).

A reading lists what was seen and what it is read as, side by side, each once; nearly all of it is done by passes in C
over the whole text, for the text is a stranger's and may be 64 KiB of anything.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from peerset_moderation.skeleton import LETTERS

LEET: Final = str.maketrans("0123456789@$!|+#(<%", "oizeasgtbgasiithcc*")
"""Digits and symbols and the letters they stand for; ``*`` stands for a vowel left out."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a text: three lists side by side."""

    seen: list[str]
    """What stands in the folded text."""
    signs: list[str]
    """The letters, digits and symbols of it that count."""
    words: list[str]
    """What they are read as; no spaces in them."""
    has_parts: bool = True
    """Whether a word may hide inside of a longer one."""

    def __iter__(self) -> Iterator[tuple[str, str, str]]:
        return zip(self.seen, self.signs, self.words, strict=True)


def read_all(folded: str) -> Iterator[Reading]:
    """Give each reading of *folded*, the surest first; those that would be empty are left out."""
    plain = _unique(_WORD.findall(folded))
    if plain:
        yield Reading(plain, plain, plain)
    # Digits and symbols stand for letters of ours: chunks with other letters in them are read as plain words only.
    has_signs = _ANY_SIGN.search(folded) and _SIGN_AMONG_LETTERS.search(folded)
    chunks = _unique(filter(str.isascii, _CHUNK.findall(folded))) if has_signs else []
    # What stands before and behind is punctuation rather than a letter, but a bracket in front may be a c.
    mixed = [chunk.lstrip(_BEFORE).rstrip(_BEHIND) for chunk in chunks]
    mixed = [chunk for chunk in _unique(mixed) if chunk and not chunk.isalpha()]
    if mixed:
        pieces = _unique("\n".join(mixed).translate(_APART).split())
        yield Reading(pieces, pieces, " ".join(pieces).translate(LEET).split())
    bracketed = [chunk.rstrip(_BEHIND) for chunk in chunks if chunk.startswith(_BRACKETS)]
    if mixed or bracketed:
        yield from _read_joined([*mixed, *bracketed])
    spaced = _unique(_read_runs(folded))
    if spaced:
        letters = "\n".join(spaced).translate(_SIGNS_ONLY)
        yield Reading(spaced, letters.split("\n"), letters.translate(LEET).split("\n"))


def level(folded: str) -> str:
    """Give *folded* on one line, with lone signs read as letters: in this, every `Reading.seen` is found."""
    for sign, letter in _LONE_SIGNS:
        folded = folded.replace(sign, letter)
    return folded


_JOINERS: Final = "._'~^`-"
_BEFORE: Final = f"{_JOINERS}*%#(<"
_BEHIND: Final = f"{_JOINERS}*%!"
_BRACKETS: Final = ("(", "<")
_APART: Final = str.maketrans(dict.fromkeys((*_JOINERS, *_BRACKETS), " "))
_TOGETHER: Final = str.maketrans("", "", _JOINERS + "*%")
_WORD: Final = re.compile(f"[{LETTERS}]+")
_CHUNK: Final = re.compile(rf"[{LETTERS}0-9@$!|+#(<%*._'~^`-]+")
_SIGN_AMONG_LETTERS: Final = re.compile(rf"[0-9@$!|+#(<%*._'~^`-][{LETTERS}]|[{LETTERS}](?:[0-9@$]|[!|+#(<]\S)")
_ANY_SIGN: Final = re.compile("[0-9@$!|+#(<%*._'~^`-]")
"""Found or not in a twentieth of the time in which all are looked at with their neighbours."""
_SIGN: Final = f"{LETTERS}0-9@$"
_SIGNS_ONLY: Final = {code: None for code in range(128) if not re.match(rf"[{_SIGN}\n]", chr(code))}
# Every quantifier is possessive, for what follows it cannot match what it takes: no search goes back.
_RUN: Final = re.compile(rf"(?<![{_SIGN}])([{_SIGN}])\1*+(?:[^{_SIGN}]++([{_SIGN}])\2*+(?![{_SIGN}])){{3,}}+")
_WIDE_GAP: Final = re.compile(r"\s{2,}+")
_BEFORE_A_WORD: Final = "aiu0123456789"
_LONE_SIGNS: Final = (("\n", " "), (" ! ", " i "), (" | ", " i "), (" + ", " t "), (" ( ", " c "), (" < ", " c "))


def _read_joined(chunks: list[str]) -> Iterator[Reading]:
    """Give the reading of those of *chunks* that have punctuation inside, or brackets that may be letters."""
    pairs = zip(chunks, "\n".join(chunks).translate(_TOGETHER).split("\n"), strict=True)
    joined = [(chunk, signs) for chunk, signs in pairs if chunk != signs or "(" in chunk or "<" in chunk]
    if joined:
        seen, signs = map(list, zip(*joined, strict=True))
        yield Reading(seen, signs, "\n".join(signs).translate(LEET).split("\n"), has_parts=False)


def _read_runs(folded: str) -> Iterator[str]:
    """Give each run of single letters; also its parts between wide gaps, and without an article or a digit in front."""
    for match in _RUN.finditer(level(folded)):
        run = match[0]
        for part in (run, *_WIDE_GAP.split(run)) if "  " in run else (run,):
            yield part
            if part[:1] in _BEFORE_A_WORD:
                yield part[1:].lstrip()


def _unique(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
