"""Keys of views: arrays of scalars, as bytes that sort as the order of documents has it, in every language.

Each part is a byte that says what it is (1 null, 2 false, 3 true, 4 a number, 5 a text) and what it says: a number as a
big-endian double whose bits are all turned round when it is below zero, and the first of them otherwise; a text as
UTF-8, in which each zero byte is followed by 255, and a zero byte at its end.
"""

import math
import struct
from collections.abc import Sequence
from typing import Final, TypeAlias

from peerset.core.limits import INTEGER_MAX, VIEW_KEY_BYTES_MAX
from peerset.core.typed import shown
from peerset.documents.value import Scalar
from peerset.errors import ConfigError

ViewKey: TypeAlias = list[Scalar]

_NULL, _FALSE, _TRUE, _NUMBER, _TEXT = range(1, 6)
_ALL_BITS: Final = 2**64 - 1
_FIRST_BIT: Final = 2**63


def encode_key(parts: object) -> bytes:
    """Write a key as bytes; the bytes of its first parts are the beginning of those of all.

    Raises:
        ConfigError: it is no list of scalars, or longer than `VIEW_KEY_BYTES_MAX`.

    """
    if isinstance(parts, str) or not isinstance(parts, Sequence):
        raise ConfigError(f"a key of a view is a list such as ['tag', 'red'], not {shown(parts)}")
    data = b"".join(map(_encode, parts))
    if len(data) > VIEW_KEY_BYTES_MAX:
        raise ConfigError(f"a key of {len(data)} bytes; the limit of a view is {VIEW_KEY_BYTES_MAX}")
    return data


def decode_key(data: bytes) -> ViewKey:
    """Read a key that `encode_key` wrote."""
    parts: ViewKey = []
    place = 0
    while place < len(data):
        sign, place = data[place], place + 1
        match sign:
            case 4:
                parts.append(_number(data[place : place + 8]))
                place += 8
            case 5:
                end = _end_of_text(data, place)
                parts.append(data[place:end].replace(b"\0\xff", b"\0").decode())
                place = end + 1
            case _:
                parts.append((None, False, True)[sign - 1])
    return parts


def end_of(prefix: bytes) -> bytes:
    """Give what stands behind all keys that begin with the parts of *prefix*."""
    # No part begins with so high a byte.
    return prefix + b"\xff"


def _encode(part: object) -> bytes:
    match part:
        case None:
            return bytes([_NULL])
        case bool():
            return bytes([_TRUE if part else _FALSE])
        case int() | float() if math.isfinite(part) and (isinstance(part, float) or abs(part) <= INTEGER_MAX):
            (bits,) = struct.unpack(">Q", struct.pack(">d", part or 0))
            return bytes([_NUMBER]) + struct.pack(">Q", bits ^ (_ALL_BITS if bits & _FIRST_BIT else _FIRST_BIT))
        case str():
            try:
                return bytes([_TEXT]) + part.encode().replace(b"\0", b"\0\xff") + b"\0"
            except UnicodeEncodeError as error:
                raise ConfigError(f"a key of a view holds a lone surrogate: {shown(part)}") from error
        case _:
            raise ConfigError(f"a key of a view holds null, booleans, finite numbers and texts, not {shown(part)}")


def _number(data: bytes) -> Scalar:
    (bits,) = struct.unpack(">Q", data)
    bits ^= _FIRST_BIT if bits & _FIRST_BIT else _ALL_BITS
    (number,) = struct.unpack(">d", struct.pack(">Q", bits))
    return int(number) if number == int(number) and abs(number) <= INTEGER_MAX else number


def _end_of_text(data: bytes, place: int) -> int:
    end = data.index(b"\0", place)
    while data[end + 1 : end + 2] == b"\xff":
        end = data.index(b"\0", end + 2)
    return end
