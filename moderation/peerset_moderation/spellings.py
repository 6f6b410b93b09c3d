"""Spellings: the ways in which a listed word is written, and the patterns that tell whether a text spells it.

A word read and a word listed are first compared by their *keys*, in which letters that look alike are one and runs are
single letters. Many words share a key; the pattern decides.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from typing import Final

_ALIKE: Final = {"i": "il", "l": "il", "u": "uv"}
_ALIKE_LETTERS_MIN: Final = 4
"""The letters of the shortest word that may be written with letters alike: in shorter ones they make other words."""

SIGN_BITS: Final = 32
_NOTHING: Final = "\U0010ffff"
_TWO_SPACES: Final = f" {_NOTHING} "

_RUN: Final = re.compile(r"(.)\1*", re.DOTALL)
_RUN_ALIKE: Final = re.compile(r"[il]+|(.)\1*", re.DOTALL)
_VOWEL_INSIDE: Final = re.compile("(?<=.)[aeiou](?=.)")


def key_of(text: str) -> str:
    """Give the key of each word in *text*, between spaces: l is i, v is u, and each run of a sign is a single one."""
    text = text.replace("l", "i").replace("v", "u")
    # Spaces say where words end, and an empty word is one, too: so no two of them are a run.
    text = text.replace("  ", _TWO_SPACES).replace("  ", _TWO_SPACES)
    # Each sign is compared with the one before it, all at once, as parts of two very long numbers.
    signs = int.from_bytes(text.encode("utf-32-le", "surrogatepass"), "little")
    changes = (signs ^ signs << SIGN_BITS).to_bytes((len(text) + 1) * SIGN_BITS // 8, "little")
    return "".join(compress(text, memoryview(changes).cast("I"))).replace(_NOTHING, "")


@dataclass(frozen=True)
class Spelling:
    """One way to write a listed word; letters may be repeated at will."""

    word: str
    """The word as it is listed."""
    text: str
    """The word as it is written."""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The pattern that matches *text* with each run of a letter at least as long as in it.

        It is possessive, and tied to the start of its first run: a search never goes back. Few are ever asked for, and
        to compile those of a long list takes seconds.
        """
        alike = _ALIKE if len(self.text) >= _ALIKE_LETTERS_MIN else {}
        runs = [match[0] for match in (_RUN_ALIKE if alike else _RUN).finditer(self.text)]
        first = re.escape(alike.get(self.text[0], self.text[0]))
        return re.compile(f"(?<![{first}])" + "".join(_write_run(run, alike) for run in runs))


def spell(word: str) -> Iterator[str]:
    """Give *word* and the ways to write it that sound like it or mask it."""
    yield from respell(word)
    if len(word) >= _ALIKE_LETTERS_MIN:
        if word.endswith("s"):
            yield f"{word[:-1]}z"
        # Masked by whoever wrote it: one vowel, all of them, or all between the first and the last letter.
        for match in _VOWEL_INSIDE.finditer(word):
            yield f"{word[: match.start()]}*{word[match.end() :]}"
        yield _VOWEL_INSIDE.sub("*", word)
        yield f"{word[0]}{'*' * (len(word) - 2)}{word[-1]}"


def respell(word: str) -> Iterator[str]:
    """Give *word* itself, and with ph for f."""
    yield word
    if "f" in word:
        yield word.replace("f", "ph")


def spellings_of(words: Iterable[str], spell_all: Callable[[str], Iterable[str]]) -> dict[str, tuple[Spelling, ...]]:
    """Give every spelling of *words*, as *spell_all* makes them, by its key."""
    found: dict[str, dict[str, Spelling]] = {}
    for word in sorted(set(words)):
        for text in spell_all(word):
            spellings = found.setdefault(key_of(text), {})
            if text not in spellings:
                spellings[text] = Spelling(word, text)
    return {key: tuple(spellings.values()) for key, spellings in found.items()}


def _write_run(run: str, alike: Mapping[str, str]) -> str:
    """Write the pattern of a run of one letter, or of neighbours that look *alike*."""
    letters = alike.get(run[0], run[0])
    if len(letters) == 1 or len(run) > 1:
        return f"[{re.escape(letters)}]{{{len(run)},}}+"
    # A single letter is one or the other: in "tilts" no letter of "tits" stands twice.
    return f"(?:{letters[0]}++|{letters[1]}++)"
