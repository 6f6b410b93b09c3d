r"""The escapes of JSON text (RFC 8259, section 7) undone: what ``\u0061`` hides, a reader will see."""

import re
from typing import Final


def opens_like_json(raw: str) -> bool:
    """Say whether *raw* begins as an object or an array does."""
    return raw.lstrip(" \t\r\n").startswith(("{", "["))


def unescape(raw: str) -> str:
    """Undo JSON's escapes in *raw*; broken ones are read as they can be."""
    return _ESCAPE.sub(_meaning, raw)


def places_in(raw: str) -> list[int]:
    """Say where in *raw* each character stands that `unescape` gives, and the end of all."""
    return [*(match.start() for match in _UNIT.finditer(raw)), len(raw)]


def unescape_in_place(content: str) -> str:
    """Undo JSON's escapes in *content* without moving anything.

    The length stays: what an escape leaves over is filled with characters that fold to nothing, or with spaces.
    """
    if "\\" not in content or not content.lstrip().startswith(_JSON_OPENS):
        return content
    return _ESCAPED_UNITS.sub(_read_units, _ESCAPED_SPACE.sub("  ", content))


def _read_units(escaped: re.Match[str]) -> str:
    if len(escaped[0]) == _UNIT_LENGTH:
        return chr(int(escaped[0][2:], 16)) + _UNSEEN * (_UNIT_LENGTH - 1)
    units = bytes.fromhex(escaped[0].replace("\\u", ""))
    return units.decode("utf-16-be", "replace").ljust(len(escaped[0]), _UNSEEN)


_SIMPLE: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_ESCAPE: Final = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))", re.DOTALL
)
_UNIT: Final = re.compile(rf"{_ESCAPE.pattern}|.", re.DOTALL)
_JSON_OPENS: Final = ("{", "[", '"')
_ESCAPED_UNITS: Final = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
_ESCAPED_SPACE: Final = re.compile(r"\\[nrtbf]")
_UNIT_LENGTH: Final = 6
_UNSEEN: Final = "\u200b"


def _meaning(escape: re.Match[str]) -> str:
    high, low, code, character = escape.groups()
    if character:
        return _SIMPLE.get(character, character)
    if code:
        return chr(int(code, 16))
    return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + (int(low, 16) - 0xDC00))
