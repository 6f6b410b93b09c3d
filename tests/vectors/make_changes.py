"""Writes changes.json: the keys of views and the bookmarks of logs of changes. Run it after a change of either."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from peerset.documents.change import read_bookmark
from peerset.documents.keys import encode_key
from peerset.errors import ConfigError, CursorError

FILE: Final = Path(__file__).with_name("changes.json")
NOTE: Final = "Keys of views as bytes, in order, and bookmarks of logs of changes; null where something is refused."
KEYS: Final[tuple[Any, ...]] = (
    *([], [None], [None, None], [False], [True], [True, "a"], [-1e300], [-2], [-1.5], [0], [5e-324], [1.5]),
    *([2**53 - 1], [1e300], [""], ["", 1], ["a"], ["a", None], ["a", 5], ["a", "a"], ["a\0"], ["a\0b"], ["a\x01"]),
    *(["ab"], ["k" * 1022], ["\ufeffa"], ["\uffff"], ["\U0001f30d"]),
)
NO_KEYS: Final[tuple[Any, ...]] = ("a", 5, None, {}, [[]], [{}], ["k" * 1023])
BOOKMARKS: Final = (
    *("00000000-0-0", "ffffffff-5-9007199254740991", "0000abcd-7-7", "", "5", "00000000-1", "0000000-1-1"),
    *("0000000G-1-1", "00000000-2-1", "00000000-1-9007199254740992", "00000000-1-1\n", "00000000-\u0661-\u0661"),
)


def make() -> str:
    """Give the text of the file."""
    parts = {
        "note": NOTE,
        "keys": [{"key": key, "bytes": encode_key(key).hex()} for key in KEYS],
        "no_keys": [key for key in NO_KEYS if _is_refused(key)],
        "bookmarks": [{"text": text, "read": _read(text)} for text in BOOKMARKS],
    }
    return json.dumps(parts, indent=1) + "\n"


def _is_refused(key: object) -> bool:
    try:
        encode_key(key)
    except ConfigError:
        return True
    return False


def _read(text: str) -> dict[str, int] | None:
    try:
        return asdict(read_bookmark(text))
    except CursorError:
        return None


if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
