r"""What a record's content holds: JSON, when it is an object or an array, and the texts in it.

Every peer must read the same: nothing here depends on the depth of the stack or the version of Unicode. JSON is read
strictly (RFC 8259): a key said twice, NaN, a number beyond what double precision or 64 digits hold, or nesting beyond
32 levels make it a plain text.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NoReturn

from peerset_moderation.escapes import opens_like_json, places_in, unescape

JSON_DEPTH_MAX: Final = 32

Tree = dict[str, object] | list[object]


@dataclass(frozen=True, slots=True)
class Content:
    """A record's content, read once."""

    raw: str
    tree: Tree | None
    """What the JSON holds; None when the content is plain text."""

    @classmethod
    def read(cls, raw: str) -> "Content":
        """Read *raw*; anything can be read."""
        return cls(raw, _parse(raw) if opens_like_json(raw) else None)

    @property
    def fields(self) -> dict[str, object]:
        """The fields of the outermost object; none when it is anything else."""
        return self.tree if isinstance(self.tree, dict) else {}

    @property
    def texts(self) -> list[str]:
        """Every text a reader may see, keys included; of plain text, the whole."""
        if self.tree is not None:
            return list(texts_of(self.tree))
        # A more lenient reader of JSON may still undo the escapes of what opens like it: they must hide nothing.
        return [unescape(self.raw) if opens_like_json(self.raw) else self.raw]

    def span(self, text: str, start: int, end: int) -> tuple[int, int] | None:
        """Say where in `raw` stand the characters *start* to *end* of *text*, one of `texts`."""
        if self.tree is None:
            return _place(self.raw, 0, start, end) if opens_like_json(self.raw) else (start, end)
        for match in _STRING.finditer(self.raw):
            if len(match[0]) >= len(text) + 2 and json.loads(match[0]) == text:
                return _place(match[0][1:-1], match.start() + 1, start, end)
        return None


def texts_of(value: object) -> Iterator[str]:
    """Iterate the texts in a JSON value of bounded depth, keys included, in their order."""
    match value:
        case str():
            yield value
        case list():
            for inner in value:
                yield from texts_of(inner)
        case dict():
            for key, inner in value.items():
                yield key
                yield from texts_of(inner)
        case _:
            pass


_DIGITS_MAX: Final = 64
_ONE_LEVEL: Final = str.maketrans("{}", "[]")
# No quantifier here can match in two ways, and a text may lack its end: every search is linear.
_STRING: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NO_BRACKET: Final = re.compile(r"[^\[\]{}]+")


def _place(escaped: str, offset: int, start: int, end: int) -> tuple[int, int]:
    """Say where the characters *start* to *end* of what *escaped* means stand, *escaped* itself being at *offset*."""
    places = places_in(escaped)
    return offset + places[start], offset + places[end]


def _parse(raw: str) -> Tree | None:
    if not _is_shallow(raw):
        return None
    try:
        found: Tree = _DECODER.decode(raw)
    except ValueError:
        return None
    return found


def _is_shallow(raw: str) -> bool:
    """Say whether brackets nest at most 32 deep; by passes over the whole in C, never by the stack."""
    if raw.count("{") + raw.count("[") <= JSON_DEPTH_MAX:
        return True
    brackets = _NO_BRACKET.sub("", _STRING.sub("", raw)).translate(_ONE_LEVEL)
    for _ in range(JSON_DEPTH_MAX):
        brackets, before = brackets.replace("[]", ""), brackets
        if len(brackets) == len(before):
            break
    return not brackets


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands there twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _whole(digits: str) -> int:
    # Python's own limit of digits is a setting of the process, and no two peers may read differently.
    if len(digits) > _DIGITS_MAX:
        raise ValueError(f"a whole number of more than {_DIGITS_MAX} digits")
    return int(digits)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number beyond double precision")
    return number


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_without_doubles, parse_constant=_refuse_constant, parse_float=_finite, parse_int=_whole
)
