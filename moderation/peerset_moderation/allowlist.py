"""Which links are allowed: hosts with their subdomains, and globs over their paths. No regular expressions.

``zoom.us`` allows zoom.us and every host below it, ``*.zoom.us`` only those below, and ``zoom.us/j/*`` paths that
begin with /j/; in a path each ``*`` stands for any characters, and the query counts as part of the path.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from encodings.idna import ToASCII, nameprep
from typing import Final, Self

from peerset import ConfigError

PATTERNS_MAX: Final = 10_000
PATTERN_CHARACTERS_MAX: Final = 512
PATH_STARS_MAX: Final = 4
LINK_CHARACTERS_MAX: Final = 2_048


@dataclass(frozen=True, slots=True)
class Link:
    """An http or https link that every reader takes apart in the same way (RFC 3986)."""

    host: str
    """In lower case, ASCII (Punycode where it is written in another script), without a final dot."""
    path: str
    """With query and fragment; at least ``/``."""

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read *text*; None when it is anything else, or written so that readers could differ about its host."""
        match = _LINK.fullmatch(text) if len(text) <= LINK_CHARACTERS_MAX else None
        host = _coded(match[1].rstrip(".")) if match else None
        if match is None or host is None:
            return None
        path = match[2] or "/"
        return cls(host, path if path[0] == "/" else f"/{path}")

    @property
    def has_dot_segments(self) -> bool:
        """Whether the path holds ``.`` or ``..``, which browsers take out before they ask for it."""
        return _DOT_SEGMENT.search(self.path) is not None


@dataclass(frozen=True, slots=True)
class LinkPattern:
    """One line of an allow-list."""

    host: str
    below_only: bool
    pieces: tuple[str, ...]
    """The path between its stars; empty when every path is allowed."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a pattern such as ``zoom.us``, ``*.zoom.us`` or ``zoom.us/j/*``; ``bücher.de`` means its Punycode.

        Raises:
            ConfigError: it names no host, or has more than four stars in its path.

        """
        host, slash, path = text.partition("/")
        name = _coded(host.removeprefix("*.")) if len(text) <= PATTERN_CHARACTERS_MAX else None
        if name is None:
            raise ConfigError(f"links: allow: {text[:80]!r} is not of the form host, *.host or host/path*")
        if path.count("*") > PATH_STARS_MAX:
            raise ConfigError(f"links: allow: {text[:80]!r} has more than {PATH_STARS_MAX} stars in its path")
        return cls(name, host.startswith("*."), tuple(f"/{path}".split("*")) if slash else ())

    @property
    def text(self) -> str:
        """Write it in the one way that all spellings of it share."""
        return ("*." if self.below_only else "") + self.host + "*".join(self.pieces)

    def matches(self, link: Link) -> bool:
        """Say whether *link*, whose host is ours or below it, is allowed."""
        if self.below_only and link.host == self.host:
            return False
        return not self.pieces or (not link.has_dot_segments and _fits(self.pieces, link.path))


class AllowList:
    """Patterns, looked up by host; immutable."""

    def __init__(self, patterns: Iterable[str]) -> None:
        read = {pattern.text: pattern for pattern in map(LinkPattern.parse, set(patterns))}
        if len(read) > PATTERNS_MAX:
            raise ConfigError(f"links: allow: more than {PATTERNS_MAX} patterns")
        self.patterns: tuple[str, ...] = tuple(sorted(read))
        self._by_host: dict[str, list[LinkPattern]] = {}
        for text in self.patterns:
            self._by_host.setdefault(read[text].host, []).append(read[text])

    def allows(self, link: Link) -> bool:
        """Say whether a pattern fits *link*."""
        labels = link.host.split(".")
        above = (".".join(labels[place:]) for place in range(len(labels)))
        return any(pattern.matches(link) for host in above for pattern in self._by_host.get(host, ()))


def _coded(host: str) -> str | None:
    """Give *host* in ASCII and lower case; None when it is no host name, or one that readers code differently.

    Labels beyond ASCII become Punycode (RFC 3490) only where they stand already as they would be prepared: what
    preparation changes, such as ``ß``, is another host to some (RFC 5894, 7.2). Python's tables of that are those of
    Unicode 3.2 for ever, so every peer says the same.
    """
    try:
        labels = [label if label.isascii() else _coded_label(label) for label in host.lower().split(".")]
    except UnicodeError:
        return None
    name = ".".join(labels)
    return name if _is_host_name(name) else None


def _coded_label(label: str) -> str:
    if nameprep(label) != label:
        raise UnicodeError(f"{label!r} is written otherwise once it is prepared")
    return ToASCII(label).decode("ascii")


def _is_host_name(name: str) -> bool:
    # The last label of a name is never a number: that would be an address, in one of many forms.
    return _HOST.fullmatch(name) is not None and not name.rpartition(".")[2].isdigit()


def _fits(pieces: tuple[str, ...], path: str) -> bool:
    """Match a glob: its first piece at the start, its last at the end, the others in order between them."""
    first, *middle, last = pieces if len(pieces) > 1 else (pieces[0], "")
    if len(pieces) == 1:
        return path == first
    if not path.startswith(first):
        return False
    place = len(first)
    for piece in middle:
        found = path.find(piece, place)
        if found < 0:
            return False
        place = found + len(piece)
    return len(path) - len(last) >= place and path.endswith(last)


# No user names, backslashes, spaces or invisible characters: readers differ about the host behind them.
_LINK: Final = re.compile(
    r"(?i:https?)://([A-Za-z0-9.\-\xaa-\U000dffff]{1,254})(?::[0-9]{1,5})?"
    '([/?#][^\x00-\x20\x7f-\xa0\u00ad\u034f\u061c\u2000-\u206f\u3000\ufe00-\ufe0f\ufeff\\\\<>"]*)?'
)
_HOST: Final = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+"
)
_DOT_SEGMENT: Final = re.compile(r"/(?:\.|%2e){1,2}(?:[/?#]|\Z)", re.IGNORECASE)
