"""Word lists: one word a line, in UTF-8; shipped ones are kept in ROT13, so that nobody has to read them.

A line is a word to be refused as a whole word (``bad``), one to be refused inside of others too (``*bad*``), or words
that are innocent (``+badminton``, ``+bad nauheim``). A ``#`` begins a comment.
"""

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final, Self

from peerset import ConfigError
from peerset.files import read_text
from peerset_moderation.manifests import digest_of
from peerset_moderation.skeleton import LETTERS, Fold

LIST_BYTES_MAX: Final = 1_048_576
LIST_WORDS_MAX: Final = 20_000
WORD_LETTERS_MIN: Final = 2
WORD_LETTERS_MAX: Final = 64

LANGUAGES: Final = ("de", "en", "es", "fr", "it", "nl", "pt")

_WORD: Final = re.compile(f"[{LETTERS}]+")
_PHRASE: Final = re.compile(rf"[{LETTERS}0-9]+(?:[ '.-]+[{LETTERS}0-9]+)*")
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class WordList:
    """What is refused and what is innocent, folded."""

    whole: frozenset[str]
    """Refused as whole words."""
    parts: frozenset[str]
    """Refused inside of words too."""
    innocent: frozenset[str]
    """Words and phrases in which nothing is refused."""

    @property
    def digest(self) -> bytes:
        """SHA-256 over the folded lines: equal lists are equal, however they are ordered or encoded."""
        return digest_of([*self.whole, *(f"*{word}*" for word in self.parts), *(f"+{word}" for word in self.innocent)])

    @classmethod
    def shipped(cls, language: str, fold: Fold) -> Self:
        """Read the list of *language*, one of `LANGUAGES`.

        Raises:
            ConfigError: there is none for this language.

        """
        if language not in LANGUAGES:
            raise ConfigError(f"words: no list for {language!r}; there are: {', '.join(LANGUAGES)}")
        data = files("peerset_moderation").joinpath(f"data/words-{language}.txt").read_text("utf-8")
        return cls.read(codecs.decode(data, "rot13"), language, fold)

    @classmethod
    def open(cls, path: Path, fold: Fold) -> Self:
        """Read the user's own list.

        Raises:
            ConfigError: it cannot be read, is too long, is no UTF-8, or a line is no word; the message names the line.

        """
        text = read_text(path, bytes_max=LIST_BYTES_MAX, what=f"words: {path}")
        return cls.read(text, str(path), fold)

    @classmethod
    def read(cls, text: str, name: str, fold: Fold) -> Self:
        """Read *text*, called *name* in errors.

        Raises:
            ConfigError: a line is no word, or there are too many.

        """
        whole: set[str] = set()
        parts: set[str] = set()
        innocent: set[str] = set()
        for number, line in enumerate(text.split("\n"), 1):
            entry = line.partition("#")[0].strip()
            place = f"words: {name}, line {number}"
            if _CONTROL.search(line.removesuffix("\r")):
                raise ConfigError(f"{place}: a control character")
            if entry.startswith("+"):
                innocent.add(_read_phrase(place, entry[1:], fold))
            elif len(entry) > 1 and entry.startswith("*") and entry.endswith("*"):
                parts.add(_read_word(place, entry[1:-1], fold))
            elif entry:
                whole.add(_read_word(place, entry, fold))
        if len(whole) + len(parts) + len(innocent) > LIST_WORDS_MAX:
            raise ConfigError(f"words: {name}: more than {LIST_WORDS_MAX} words")
        return cls(frozenset(whole | parts), frozenset(parts), frozenset(innocent))

    @classmethod
    def union(cls, lists: Iterable["WordList"]) -> Self:
        """Join *lists* into one."""
        found = list(lists)
        return cls(
            frozenset().union(*(each.whole for each in found)),
            frozenset().union(*(each.parts for each in found)),
            frozenset().union(*(each.innocent for each in found)),
        )


def _read_word(place: str, text: str, fold: Fold) -> str:
    word = fold.fold(text.strip())
    if not _WORD.fullmatch(word):
        raise ConfigError(f"{place}: not a single word of letters")
    _check_length(place, word)
    return word


def _read_phrase(place: str, text: str, fold: Fold) -> str:
    phrase = " ".join(fold.fold(text).split())
    if not _PHRASE.fullmatch(phrase):
        raise ConfigError(f"{place}: not words of letters and digits")
    _check_length(place, phrase)
    return phrase


def _check_length(place: str, word: str) -> None:
    if not WORD_LETTERS_MIN <= len(word) <= WORD_LETTERS_MAX:
        raise ConfigError(f"{place}: a word has {WORD_LETTERS_MIN} to {WORD_LETTERS_MAX} letters")
