"""Links in texts that people wrote: addresses with a scheme, bare hosts, and the ways of writing round a filter.

Hand-written because linkify-it-py, measured on the bench's record of 300 bytes, took 325 microseconds a record and up
to 485 milliseconds for 64 KiB, and knows none of the disguises.
"""

import re
from dataclasses import dataclass
from typing import Final

from peerset_moderation.folding import fold, unfold_span
from peerset_moderation.hosts import HostFinder, Mark


@dataclass(frozen=True, slots=True)
class LinkFound:
    """A link in a text."""

    rule: str
    """How it was written: scheme, www, address, numbers, domain or disguised."""
    start: int
    end: int


class LinkFinder:
    """Finds the first link of a text; immutable."""

    def __init__(self, hosts: HostFinder) -> None:
        self._hosts = hosts

    def find(self, text: str) -> LinkFound | None:
        """Give the first link of the kind most easily told; None when *text* has none."""
        # In Chinese and Japanese it ends a sentence, unless a Latin letter or digit follows.
        folded = fold(text if text.isascii() else _SENTENCE_END.sub(" ", text))
        found = self._find(folded, folded.lower())
        if found is None or text.isascii():
            return found
        return LinkFound(found.rule, *unfold_span(text, found.start, found.end))

    def _find(self, text: str, lower: str) -> LinkFound | None:
        found = None
        if ":" in text and any(sign in lower for sign in _SCHEME_SIGNS):
            found = _find_scheme(text) or _match("disguised", text, _DISGUISED_SCHEME.search(text))
        if found is None and "www" in lower:
            found = _match("www", text, _WWW.search(text))
        if found is None and "." in text:
            found = _find_numbers(text) or self._find_host(text)
        if found is None and any(sign in lower for sign in _DOT_SIGNS):
            found = self._find_disguised(text)
        return found

    def _find_host(self, text: str) -> LinkFound | None:
        sighting = self._hosts.find(text)
        if sighting is None:
            return None
        return LinkFound("address" if sighting.is_address else "domain", sighting.start, sighting.end)

    def _find_disguised(self, text: str) -> LinkFound | None:
        for match in _BRACKETED_DOT.finditer(text):
            # "polka (dot) to": with spaces around, a word needs to be nothing but a domain.
            marks = _NO_WORDS if " " in match[0] else _ANY_MARK
            start = _word_start(text, match.start())
            if start < match.start() and self._hosts.is_domain(match[1], marks=marks):
                return LinkFound("disguised", start, match.end(1))
        for match in _SPACED_DOT.finditer(text):
            start = _word_start(text, match.start())
            if text[start : match.start()].strip().lower() not in _NO_LABELS:
                return LinkFound("disguised", start, match.end())
        return None


def _find_scheme(text: str) -> LinkFound | None:
    match = _SCHEME.search(text)
    return LinkFound("scheme", _word_start(text, match.start()), _word_end(text, match.end())) if match else None


def _find_numbers(text: str) -> LinkFound | None:
    match = _NUMBERS.search(text)
    return LinkFound("numbers", _word_start(text, match.start()), match.end()) if match else None


def _match(rule: str, text: str, match: re.Match[str] | None) -> LinkFound | None:
    return LinkFound(rule, match.start(), _word_end(text, match.end())) if match else None


def _word_start(text: str, end: int) -> int:
    """Say where the word begins that ends at *end*, or at spaces before it; at most 63 characters before."""
    first = max(0, end - _WORD_CHARACTERS_MAX)
    return first + text[first:end].replace("\n", " ").rstrip(" ").rfind(" ") + 1


def _word_end(text: str, start: int) -> int:
    """Say where the word ends that *start* lies in; at most 63 characters after."""
    match = _WORD_REST.match(text, start, start + _WORD_CHARACTERS_MAX)
    return match.end() if match else start


_WORD_CHARACTERS_MAX: Final = 63
_WORD_REST: Final = re.compile(r"[^\s<>\"]*")
_ANY_MARK: Final = frozenset(Mark)
_NO_WORDS: Final = frozenset({Mark.PLAIN, Mark.FILE})
_NO_LABELS: Final = frozenset(("", "a", "an", "and", "every", "first", "my", "of", "or", "that", "the", "this", "your"))

_SENTENCE_END: Final = re.compile("[\u3002\uff61](?![A-Za-z0-9\uff10-\uff19\uff21-\uff3a\uff41-\uff5a])")
# Looking for these first spares nearly every text the searches below.
_SCHEME_SIGNS: Final = (":/", ":\\", "hxx", "h**p", "http", "mailto:", "magnet:", "javascript:", "data:")
_DOT_SIGNS: Final = ("dot", "[.", "(.", "{.", "<.", "[ .", "( .", " . ", " .  ")

# No search goes back further than a few characters, so each is linear. Schemes as in RFC 3986, 3.1.
_SCHEME: Final = re.compile(
    r":(?:(?<=[A-Za-z0-9]:)[/\\]{2}[^\s/\\]"
    r"|(?i:(?<=(?<![a-z0-9])mailto:)|(?<=(?<![a-z0-9])javascript:)|(?<=(?<![a-z0-9])magnet:)(?=\?)|"
    r"(?<=(?<![a-z0-9])data:)(?=[a-z]{4,11}/))[^\s])"
)
_DISGUISED_SCHEME: Final = re.compile(
    r"(?i:(?<![a-z0-9])(?:h(?:tt|xx|\*\*|\+\+|__)ps?"
    r"(?:\s{0,2}[\[({]?:[\])}]?\s{0,2}[/\\]|\s{0,2}[\[({]:(?://)?[\])}])|h(?:xx|\*\*)ps?:))"
)
_WWW: Final = re.compile(
    r"(?i:www(?<![a-z0-9.-]www)[0-9]?(?:\.|\s?[\[({](?:\.|dot)[\])}]\s?)"
    r"[a-z0-9\xaa-\U000dffff][a-z0-9\xaa-\U000dffff-])"
)
_NUMBERS: Final = re.compile(r"\.(?<=[0-9]\.)[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}(?::[0-9]{2,5}(?![0-9.])|/[A-Za-z~?_])")
_BRACKETED_DOT: Final = re.compile(r"(?i:[\[({<]\s{0,2}(?:\.|dot)\s{0,2}[\])}>]\s{0,2}(?=([a-z]{2,63})))")
_SPACED_DOT: Final = re.compile(
    r" (?:dot|DOT|Dot|\.) {1,2}(?:com|net|org|ru|xyz|info|io)(?![A-Za-z0-9])"
    r"(?! (?:boom|bubble|burst|bust|companies|company|craze|crash|days|era|firm|firms|startup|startups|world|worth|"
    r"years)\b)"
)
