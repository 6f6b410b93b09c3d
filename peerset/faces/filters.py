"""Which records a client of a face wants, as filters of Nostr say it (NIP-01, NIP-50)."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from peerset.core.action import Json
from peerset.core.filter import Filter
from peerset.core.keys import PublicKey
from peerset.core.limits import INTEGER_MAX, KIND_MAX
from peerset.core.record import Record, RecordId
from peerset.core.typed import shown
from peerset.documents.words import Words, has_words, read_words, words_in
from peerset.errors import ConfigError
from peerset.faces.limits import FaceLimits

_HEX: Final = re.compile("[0-9a-f]{64}")
_TAG: Final = re.compile("#[a-zA-Z]")
_EXTENSION: Final = re.compile(r"(?<!\S)\w+:\S+")
"""Of NIP-50, such as ``language:en``: who knows none passes over them."""
_FIELDS: Final = frozenset({"ids", "authors", "kinds", "since", "until", "limit", "search"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """One filter that was read."""

    filter: Filter
    words: Words
    limit: int
    """At most so many of what is here, the newest."""

    def matches(self, record: Record) -> bool:
        """Say whether *record*, as its author signed it, is wanted."""
        if not self.filter.matches(record):
            return False
        return not self.words or has_words(self.words, [word for text in _texts(record) for word in words_in(text)])


def read_filter(given: object, limits: FaceLimits, *, by_default: int = 0) -> Wanted:
    """Read a filter as a JSON parser gives it; one without a limit wants so many, or as many as the limits say.

    Raises:
        ConfigError: it is none, has a field that is not known here, or too many values.

    """
    if not isinstance(given, dict):
        raise ConfigError(f"a filter is an object, not {shown(given)}")
    for name in given:
        if name not in _FIELDS and not _TAG.fullmatch(name):
            raise ConfigError(f"filters have no {shown(name)} here")
    lists = {name: _list(name, value) for name, value in given.items() if name not in _SINGLES}
    if sum(map(len, lists.values())) > limits.filter_values:
        raise ConfigError(f"a filter has at most {limits.filter_values} values")
    if "limit" in given:
        limit = min(_number("limit", given["limit"]), max(limits.records, by_default))
    else:
        limit = by_default or limits.records_by_default
    wanted = Filter(
        ids=frozenset(map(RecordId, _bytes("ids", lists["ids"]))) if "ids" in lists else None,
        authors=frozenset(map(PublicKey, _bytes("authors", lists["authors"]))) if "authors" in lists else None,
        kinds=frozenset(_kinds(lists["kinds"])) if "kinds" in lists else None,
        since=_number("since", given["since"]) if "since" in given else None,
        until=_number("until", given["until"]) if "until" in given else None,
        tags=_tags(lists),
    )
    return Wanted(wanted, _words(given.get("search")), limit)


_SINGLES: Final = frozenset({"since", "until", "limit", "search"})


def _list(name: str, value: object) -> list[object]:
    if not isinstance(value, list):
        raise ConfigError(f"{name} of a filter is a list, not {shown(value)}")
    return value


def _bytes(name: str, values: Iterable[object]) -> Iterator[bytes]:
    for value in values:
        if not isinstance(value, str) or not _HEX.fullmatch(value):
            raise ConfigError(f"{name} of a filter are 64 lower-case hexadecimal digits each, not {shown(value)}")
        yield bytes.fromhex(value)


def _kinds(values: Iterable[object]) -> Iterator[int]:
    for value in values:
        if type(value) is not int or not 0 <= value <= KIND_MAX:
            raise ConfigError(f"kinds of a filter are whole numbers from 0 to {KIND_MAX}, not {shown(value)}")
        yield value


def _tags(lists: Mapping[str, list[object]]) -> dict[str, frozenset[str]]:
    found = dict[str, frozenset[str]]()
    for name, values in lists.items():
        if name.startswith("#"):
            texts = [value for value in values if isinstance(value, str)]
            if len(texts) < len(values):
                raise ConfigError(f"{name} of a filter is a list of texts")
            found[name[1:]] = frozenset(texts)
    return found


def _number(name: str, value: object) -> int:
    if type(value) is not int or not 0 <= value <= INTEGER_MAX:
        raise ConfigError(f"{name} of a filter is a whole number, not {shown(value)}")
    return value


def _words(search: object) -> Words:
    if not isinstance(search, str):
        return read_words(search)
    rest = _EXTENSION.sub("", search).strip()
    return read_words(rest) if rest else ()


def _texts(record: Record) -> Iterator[str]:
    """Give what *record* says to people: its content, or the texts in it where that is JSON."""
    try:
        value: Json = json.loads(record.content)
    except (ValueError, RecursionError):
        value = record.content
    waiting: list[Json] = [value if isinstance(value, dict | list) else record.content]
    while waiting:
        match waiting.pop():
            case str(text):
                yield text
            case list(values):
                waiting += values
            case dict(members):
                waiting += members.values()
            case _:
                pass
