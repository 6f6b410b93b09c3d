"""Words of documents: what a search by text finds, alike in every language.

A word is a run of letters and digits of a text that was brought to NFKC and case-folded (Unicode's own tables).
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from peerset.core.action import Json
from peerset.core.limits import DOCUMENT_WORDS_MAX, QUERY_WORDS_MAX
from peerset.core.typed import shown
from peerset.documents.value import value_at
from peerset.errors import QueryError

WORDS_VERSION: Final = 1
"""Another one rebuilds what stores have."""

_WORD: Final = re.compile(r"[^\W_]+")
_ASKED: Final = re.compile(r"[^\W_]+\*?")


@dataclass(frozen=True, slots=True)
class Word:
    """A word that must occur, or its beginning."""

    text: str
    is_beginning: bool


Words = tuple[Word, ...]


def words_in(text: str) -> list[str]:
    """Give the words of *text*, in order."""
    return _WORD.findall(fold(text))


def words_of(value: Json, fields: Iterable[str]) -> list[str]:
    """Give the different words of the texts, and lists of texts, at *fields*; at most `DOCUMENT_WORDS_MAX`."""
    found: dict[str, None] = {}
    for field in fields:
        part = value_at(value, field)
        for text in part if isinstance(part, list) else [part]:
            if isinstance(text, str):
                found |= dict.fromkeys(words_in(text))
    return list(found)[:DOCUMENT_WORDS_MAX]


def read_words(given: object) -> Words:
    """Read what is searched for: words, of which ``*`` ends a beginning.

    Raises:
        QueryError: it is no text, has no word, or too many.

    """
    if given is None:
        return ()
    if not isinstance(given, str):
        raise QueryError(f"a text to search for is words such as 'vegan breakf*', not {shown(given)}")
    found = tuple(Word(each.rstrip("*"), each.endswith("*")) for each in _ASKED.findall(fold(given)))
    if not 1 <= len(found) <= QUERY_WORDS_MAX:
        raise QueryError(f"a text to search for has 1 to {QUERY_WORDS_MAX} words, not {len(found)}")
    return found


def fold(text: str) -> str:
    """Bring *text* to the one form in which words are compared."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def has_words(wanted: Words, found: Iterable[str]) -> bool:
    """Say whether all *wanted* occur among *found*."""
    here = set(found)
    return all(
        any(each.startswith(word.text) for each in here) if word.is_beginning else word.text in here for word in wanted
    )
