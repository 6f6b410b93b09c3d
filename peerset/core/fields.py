"""The kinds of field a message has on the wire: each checks a value on its way out and on its way in.

Both ways raise `WireError` for a value that breaks the field's limits, so what one peer sends the other accepts.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from peerset.core.limits import REASON_BYTES_MAX, RECORD_BYTES_MAX, RECORDS_PER_MESSAGE_MAX
from peerset.core.packing import SHORT_ID_BYTES, pack_ids, unpack_ids
from peerset.errors import WireError

U32_MAX: Final = 2**32 - 1

_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Field:
    """How one field of a message becomes a value that msgpack writes, and back."""

    pack: Callable[[Any], object]
    unpack: Callable[[Any], Any]
    items_max: int = 0
    """How many elements it has at most, for the one field that is an array."""


def whole(most: int = U32_MAX, *, least: int = 0) -> Field:
    """Hold a whole number from *least* to *most*."""

    def check(value: object) -> int:
        if type(value) is not int or not least <= value <= most:
            raise WireError(f"not a whole number from {least} to {most}")
        return value

    return Field(check, check)


def choice(choices: type[IntEnum]) -> Field:
    """Hold one of *choices*, as its number."""
    by_number = {int(member): member for member in choices}

    def unpack(value: object) -> IntEnum:
        if type(value) is not int or value not in by_number:
            raise WireError(f"not one of the numbers of {choices.__name__}")
        return by_number[value]

    return Field(int, unpack)


def flag() -> Field:
    """Hold true or false."""

    def check(value: object) -> bool:
        if not isinstance(value, bool):
            raise WireError("not a boolean")
        return value

    return Field(check, check)


def detail() -> Field:
    """Hold a short text for people: at most 256 bytes of UTF-8 without control characters."""

    def check(value: object) -> str:
        if not isinstance(value, str):
            raise WireError("not a text")
        try:
            size = len(value.encode())
        except UnicodeEncodeError as error:
            raise WireError("a text with a lone surrogate") from error
        if size > REASON_BYTES_MAX:
            raise WireError(f"a text of {size} bytes; the limit is {REASON_BYTES_MAX}")
        # What a stranger says ends up in logs and on terminals.
        if _CONTROL.search(value):
            raise WireError("a text with control characters")
        return value

    return Field(check, check)


def octets(size: int) -> Field:
    """Hold a byte string of exactly *size* bytes."""

    def check(value: object) -> bytes:
        if not isinstance(value, bytes) or len(value) != size:
            raise WireError(f"not a byte string of {size} bytes")
        return value

    return Field(check, check)


def bounded(most: int) -> Field:
    """Hold a byte string of at most *most* bytes."""

    def check(value: object) -> bytes:
        data = _byte_string(value)
        if len(data) > most:
            raise WireError(f"not a byte string of {most} bytes")
        return data

    return Field(check, check)


def short_ids(most: int, size: int = SHORT_ID_BYTES) -> Field:
    """Hold at most *most* ids of *size* bytes, packed into one byte string."""

    def check(count: int) -> None:
        if count > most:
            raise WireError(f"{count} short ids exceed the limit of {most}")

    def pack(ids: tuple[bytes, ...]) -> bytes:
        check(len(ids))
        return pack_ids(ids, size)

    def unpack(value: object) -> tuple[bytes, ...]:
        data = _byte_string(value)
        check(len(data) // size)
        return unpack_ids(data, size)

    return Field(pack, unpack)


def packed(pack: Callable[[Any], bytes], unpack: Callable[[bytes], object]) -> Field:
    """Hold values that *pack* turns into one byte string, and *unpack* reads again."""
    return Field(pack, lambda value: unpack(_byte_string(value)))


def blobs() -> Field:
    """Hold encoded records, each a byte string; what is inside is `peerset.core.record`'s to judge."""

    def check(values: tuple[object, ...]) -> tuple[bytes, ...]:
        if len(values) > RECORDS_PER_MESSAGE_MAX:
            raise WireError(f"{len(values)} records exceed the limit of {RECORDS_PER_MESSAGE_MAX}")
        for value in values:
            if len(_byte_string(value)) > RECORD_BYTES_MAX:
                raise WireError(f"a record exceeds the limit of {RECORD_BYTES_MAX} bytes")
        return values  # type: ignore[return-value]  # each was seen to be a byte string

    return Field(check, check, items_max=RECORDS_PER_MESSAGE_MAX)


def _byte_string(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise WireError("not a byte string")
    return value
