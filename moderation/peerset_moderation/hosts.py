"""Host names in texts that people wrote: which dots make a link, and which only end a sentence.

A text is taken as `peerset_moderation.folding.fold` gives it. Top-level domains come from IANA's list. Some of them
are also words that begin sentences ("done.it works") or ends of file names ("setup.py"); those are marked in the
list, and count only beside further evidence. Every search here is linear in the text.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from importlib import resources
from typing import Final

from peerset_moderation.folding import fold_lookalikes

DOUBTFUL_HOSTS_MAX: Final = 4_096


class Mark(Enum):
    """How far a top-level domain can be trusted to be one."""

    PLAIN = ""
    """Nothing else is written like it."""
    WORD = "word"
    """Also begins sentences, so it may follow a full stop that lacks its space."""
    FILE = "file"
    """Also ends names of files or of fields in programs."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A host name in a text."""

    start: int
    end: int
    is_address: bool = False
    """Whether it is the host of a mail address."""


@dataclass(frozen=True, slots=True)
class HostFinder:
    """Finds host names by a list of top-level domains."""

    marks: Mapping[str, Mark]
    """Each top-level domain, in lower case and its own script, and its mark."""
    digest: bytes
    """SHA-256 of the list's file."""

    @classmethod
    def load(cls) -> "HostFinder":
        """Read the list shipped with the package."""
        data = resources.files("peerset_moderation").joinpath("data", "tlds.txt").read_bytes()
        lines = [line.partition(" ") for line in data.decode().splitlines() if not line.startswith("#")]
        marks = {domain: Mark(mark) for domain, _, mark in lines}
        # Domains beyond ASCII are also written in Punycode (RFC 5891, 4.4).
        coded = {f"xn--{domain.encode('punycode').decode()}": Mark.PLAIN for domain in marks if not domain.isascii()}
        return cls(marks | coded, hashlib.sha256(data).digest())

    def find(self, text: str) -> Sighting | None:
        """Give the first host name of *text*; None when there is none.

        After 4,096 that could be one but need not, the next is taken for one: that bounds the time a text takes.
        """
        doubtful = 0
        for match in _ENDING.finditer(text):
            domain = match[1] or match[2]
            mark = self._mark(text, match.start(), domain)
            if mark is None:
                continue
            doubtful += 1
            if doubtful > DOUBTFUL_HOSTS_MAX or self._is_host(text, match.start(), match.end(), mark):
                start = _start(text, match.start())
                is_address = text[start - 1 : start] == "@" and text[start - 2 : start - 1].isalnum()
                return Sighting(start, match.end(), is_address=is_address)
        return None

    def is_domain(self, label: str, *, marks: frozenset[Mark] = frozenset(Mark)) -> bool:
        """Say whether *label* is a top-level domain with one of *marks*; case does not matter."""
        return self.marks.get(label.lower()) in marks

    def _mark(self, text: str, dot: int, domain: str) -> Mark | None:
        """Give the mark of the *domain* after *dot*; None when it is no top-level domain, or not written as one."""
        mark = self.marks.get(domain)
        if mark is not None or domain.islower():
            return mark if mark or domain.isascii() else self._mark_of_lookalike(domain)
        lower = domain.lower()
        if lower in _CORE:
            return None if _label(text, dot) + "." + domain in _PRODUCTS else Mark.PLAIN
        # "Great.Games" begins a sentence; a host all in capitals does not.
        is_plain = domain.isupper() and self.marks.get(lower) is Mark.PLAIN
        return Mark.PLAIN if is_plain and _label(text, dot).isupper() else None

    def _mark_of_lookalike(self, domain: str) -> Mark | None:
        # Only a mixture of scripts: a word wholly in Cyrillic is a word, whatever it looks like.
        return self.marks.get(fold_lookalikes(domain)) if any(map(str.isascii, domain)) else None

    def _is_host(self, text: str, dot: int, end: int, mark: Mark) -> bool:
        label = _label(text, dot)
        if _PATH.match(text, end):
            return mark is not Mark.FILE or not _is_in_path(text, dot)
        # Abbreviations: "e.g", "U.S", "p.m".
        if len(label) == 1 and end - dot == 3:
            return False
        if mark is Mark.PLAIN:
            return text[dot + 1 : end].lower() in _CORE or not (label.isdigit() or text[end : end + 1] in _CALLS)
        return mark is Mark.WORD and _has_evidence(text, dot, end, label)


def _label(text: str, dot: int) -> str:
    """Give the label that ends at *dot*; empty when there is none."""
    match = _LABEL.match(text[dot - 1 : dot - 1 - _LABEL_CHARACTERS_MAX if dot > _LABEL_CHARACTERS_MAX else None : -1])
    return match[0][::-1] if match and dot else ""


def _start(text: str, dot: int) -> int:
    """Say where the host begins whose last dot is at *dot*."""
    backwards = text[max(0, dot - _HOST_CHARACTERS_MAX) : dot][::-1]
    match = (_ASCII_LABELS if backwards[:1].isascii() else _LABELS).match(backwards)
    return dot - len(match[0]) if match else dot


def _is_in_path(text: str, dot: int) -> bool:
    start = _start(text, dot)
    return start > 0 and text[start - 1] in _PATH_SIGNS


def _has_evidence(text: str, dot: int, end: int, label: str) -> bool:
    """Say whether a dotted pair of words is a host, though the second may be the start of a sentence."""
    if len(label) >= _LONG_LABEL or label in _SECOND_LEVEL or (_TELLING.search(label) and not label.isdigit()):
        return text[end : end + 1] not in _CALLS and not _is_in_path(text, dot)
    start = dot - len(label)
    before = text[max(0, start - _CUE_CHARACTERS) : start]
    is_alone = before[-1:] in _LINE_ENDS and text[end : end + 1] in _LINE_ENDS
    return is_alone or (before[-1:] in _CUE_ENDS and before.lower().endswith(_CUES))


_LONG_LABEL: Final = 12
_LABEL_CHARACTERS_MAX: Final = 63
_HOST_CHARACTERS_MAX: Final = 253
_CUE_CHARACTERS: Final = 12
_LINE_ENDS: Final = ("", "\n")
# Nothing else is meant by these after a full stop, whatever their case.
_CORE: Final = frozenset(("com", "net", "org", "info", "biz", "xyz", "io", "ru"))
_SECOND_LEVEL: Final = frozenset(("ac", "co", "com", "edu", "gov", "net", "org"))
_PRODUCTS: Final = frozenset(("ASP.NET", "ADO.NET", "VB.NET", "ML.NET"))
_PATH_SIGNS: Final = tuple("/\\~._$")
_CALLS: Final = ("(", "[", "=")
_CUES: Final = tuple(
    f"{word}{end}"
    for word in ("visit", "browse", "join", "link", "url", "site", "website", "go to", "goto", "check out")
    for end in (" ", ": ", ":")
)
_CUE_ENDS: Final = (" ", ":")
# What may stand in a label: in ASCII letters, digits and hyphens, beyond it all but punctuation and symbols.
_FOREIGN: Final = (
    "\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u060b\u060d-\u061a\u0620-\u06d3\u06d5-\u0963\u0966-\u1fff"
    "\u2c00-\u2dff\u3005-\u3007\u3021-\u302f\u3031-\u303c\u3041-\ufe0f\ufe70-\ufefe\uff66-\uffdc\U00010000-\U000dffff"
)
# Scripts that set spaces between words: there a letter goes on with the word, so no domain ended before it.
_LETTERS: Final = "\u00aa-\u0dff\u1e00-\u1fff"
_ANY: Final = f"{_FOREIGN}A-Za-z0-9"
# The dot stands first, where the search for it is a search for one character.
_ENDING: Final = re.compile(
    rf"\.(?<=[{_ANY}]\.)(?:((?i:xn--[a-z0-9-]{{2,59}}+)|[A-Za-z]{{2,63}}+)(?!-*[A-Za-z0-9{_LETTERS}]|\.[{_ANY}])"
    rf"|([{_FOREIGN}A-Za-z]{{2,63}}+)(?!-*[{_ANY}]|\.[{_ANY}]))"
)
_LABEL: Final = re.compile(f"[{_ANY}-]+")
_LABELS: Final = re.compile(rf"[{_ANY}-]+(?:\.[{_ANY}-]+)*")
_ASCII_LABELS: Final = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_PATH: Final = re.compile(r":[0-9]{2,5}(?![0-9])|[/?#][^\s/]")
_TELLING: Final = re.compile("[0-9-]")
