"""When records expire, as their authors say by a tag ``expiration`` (NIP-40; docs/protocol.md, "Expiration")."""

from typing import Final

from peerset.core.limits import INTEGER_MAX
from peerset.core.record import Record

EXPIRATION_TAG: Final = "expiration"

_NAME: Final = EXPIRATION_TAG.encode()
_DIGITS_MAX: Final = 16


def expires_at(record: Record) -> int | None:
    """Give the Unix second from which on readers do not see *record*; None when it never expires."""
    # Few records have such a tag: whether one may is told by the bytes, without looking at each tag.
    text = record.tag_value(EXPIRATION_TAG) if _NAME in record.wire else None
    return None if text is None else read_expiration(text)


def has_expired(record: Record, now: int) -> bool:
    """Say whether readers do not see *record* any more; a shell has nothing to be seen."""
    at = expires_at(record)
    return at is not None and at <= now


def read_expiration(text: str) -> int | None:
    """Read what a tag ``expiration`` says; None where that is no whole number from 0 to 2^53 - 1."""
    is_number = text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX
    return int(text) if is_number and int(text) <= INTEGER_MAX else None
