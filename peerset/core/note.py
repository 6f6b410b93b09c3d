"""Notes: small facts that a store keeps for this peer alone, by kind and key; they never travel."""

import re
from typing import Final

from peerset.errors import ConfigError

NOTES_PER_KIND_MAX: Final = 100_000
NOTE_KEY_BYTES_MAX: Final = 256
NOTE_TEXT_BYTES_MAX: Final = 4_096

_KIND: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")


def check_note(kind: str, key: bytes, text: str | None) -> None:
    """Check that a store may keep this note; *text* None asks for its removal.

    Raises:
        ConfigError: its kind, key or text has no legal form, or is too long.

    """
    if not _KIND.fullmatch(kind):
        raise ConfigError(f"the kind of a note is up to 32 lower-case letters, digits and hyphens, not {kind!r}")
    if not 0 < len(key) <= NOTE_KEY_BYTES_MAX:
        raise ConfigError(f"the key of a note has 1 to {NOTE_KEY_BYTES_MAX} bytes, not {len(key)}")
    try:
        size_bytes = len((text or "").encode())
    except UnicodeEncodeError as error:
        raise ConfigError("the text of a note holds half of a surrogate pair") from error
    if size_bytes > NOTE_TEXT_BYTES_MAX:
        raise ConfigError(f"the text of a note has at most {NOTE_TEXT_BYTES_MAX} bytes, not {size_bytes}")
