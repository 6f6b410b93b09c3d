"""Spellings: the ways in which a listed word is written, and the patterns that tell whether a text spells it."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Final, Self

_RUN: Final = re.compile(r"(.)\1*", re.DOTALL)
_PAIRS: Final = tuple(2 * char for char in f"{ascii_lowercase}*")
_OTHER_RUN: Final = re.compile(r"([^\x00-\x7f])\1+")
_VOWEL_INSIDE: Final = re.compile("(?<=.)[aeiou](?=.)")
_FULL_LETTERS_MIN: Final = 4


def squeeze(text: str) -> str:
    """Write each run of one letter or star in *text* as a single one."""
    # A replacement halves the runs, so a few make the longest short: some ten times faster than an expression.
    for pair in _PAIRS:
        while pair in text:
            text = text.replace(pair, pair[0])
    return text if text.isascii() else _OTHER_RUN.sub(r"\1", text)


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way to write a listed word; letters may be repeated at will."""

    word: str
    """The word as it is listed."""
    text: str
    """How it is written."""
    pattern: re.Pattern[str]
    """Matches *text* with each run of a letter as long as in *text*, or longer."""

    @classmethod
    def of(cls, word: str, text: str) -> Self:
        """Make the pattern: possessive and anchored before each run, so that a search never goes back."""
        runs = [(match[1], len(match[0])) for match in _RUN.finditer(text)]
        first = re.escape(runs[0][0])
        pattern = "".join(f"{re.escape(char)}{{{count},}}+" for char, count in runs)
        return cls(word, text, re.compile(f"(?<!{first}){pattern}"))


def spell(word: str) -> Iterator[str]:
    """Give *word* and the ways to write it that only look or sound like it."""
    yield from respell(word)
    if word.endswith("s"):
        yield f"{word[:-1]}z"
    if len(word) >= _FULL_LETTERS_MIN:
        # Masked by whoever wrote it: one vowel, all of them, or all between the first and the last letter.
        for match in _VOWEL_INSIDE.finditer(word):
            yield f"{word[: match.start()]}*{word[match.end() :]}"
        yield _VOWEL_INSIDE.sub("*", word)
        yield f"{word[0]}{'*' * (len(word) - 2)}{word[-1]}"


def respell(word: str) -> Iterator[str]:
    """Give *word* itself and with look-alike and sound-alike letters: i and l, u and v, f and ph."""
    yield word
    if len(word) >= _FULL_LETTERS_MIN:
        yield word.replace("i", "l")
        yield word.replace("l", "i")
        yield word.replace("u", "v")
        yield word.replace("f", "ph")


def spellings_of(words: Iterable[str], spell_all: Callable[[str], Iterable[str]]) -> dict[str, tuple[Spelling, ...]]:
    """Give every spelling of *words*, as *spell_all* makes them, by its squeezed form."""
    found: dict[str, dict[str, Spelling]] = {}
    for word in sorted(set(words)):
        for text in spell_all(word):
            spellings = found.setdefault(squeeze(text), {})
            if text not in spellings:
                spellings[text] = Spelling.of(word, text)
    return {key: tuple(spellings.values()) for key, spellings in found.items()}
