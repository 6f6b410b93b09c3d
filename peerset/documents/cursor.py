"""Cursors: the place after which a page begins, as an opaque text that stands when its document is gone."""

import hashlib
import struct
from typing import Final

from peerset.core.action import Json
from peerset.core.base64url import decode_base64url, encode_base64url
from peerset.core.limits import INTEGER_MAX, VALUE_DEPTH_MAX
from peerset.core.record import ID_BYTES, RecordId
from peerset.core.typed import shown
from peerset.documents.order import Seat
from peerset.documents.value import canonical, check_json, is_scalar
from peerset.errors import QueryError

DIGEST_BYTES: Final = 8


def write_cursor(digest: bytes, seat: Seat) -> str:
    """Write the place of the last document of a page; *digest* is that of its query."""
    row: list[Json] = [*seat.values, seat.stamp, seat.id.hex()]
    return encode_base64url(digest + canonical(row))


def read_cursor(text: object, digest: bytes, fields: int) -> Seat:
    """Read a cursor of the query of *digest*, whose order has so many *fields* before time.

    Raises:
        QueryError: it is none, or one of another query.

    """
    if not isinstance(text, str):
        raise QueryError(f"a page begins after the `next` of another page, not after {shown(text)}")
    try:
        data = decode_base64url(text)
        row, rest = _read(memoryview(data)[DIGEST_BYTES:], VALUE_DEPTH_MAX)
        check_json(row, VALUE_DEPTH_MAX)
    except (ValueError, struct.error, IndexError) as error:
        raise QueryError(f"{shown(text)} is no cursor") from error
    if data[:DIGEST_BYTES] != digest:
        raise QueryError("this cursor is of another query: collection, where, order and text must be the same")
    match row:
        case [*values, int(stamp), str(record_id)] if (
            not rest
            and len(values) == fields
            and all(map(is_scalar, values))
            and not isinstance(stamp, bool)
            and stamp >= 0
        ):
            return Seat(tuple(values), stamp, _read_id(record_id, text))  # type: ignore[arg-type] # scalars
        case _:
            raise QueryError(f"{shown(text)} is no cursor")


def digest_of(query: Json) -> bytes:
    """Give what tells the queries of cursors apart."""
    return hashlib.sha256(canonical(query)).digest()[:DIGEST_BYTES]


def _read_id(digits: str, text: str) -> RecordId:
    try:
        found = bytes.fromhex(digits)
    except ValueError:
        found = b""
    if len(found) != ID_BYTES or digits != found.hex():
        raise QueryError(f"{shown(text)} is no cursor")
    return RecordId(found)


def _read(data: memoryview, depth: int) -> tuple[Json, memoryview]:
    """Read one value as `canonical` writes it, but for objects, which no cursor holds; give what follows it."""
    sign, data = data[:1].tobytes(), data[1:]
    match sign:
        case b"n":
            return None, data
        case b"f" | b"t":
            return sign == b"t", data
        case b"d":
            (number,) = struct.unpack(">d", data[:8])
            return int(number) if abs(number) <= INTEGER_MAX and number == int(number) else number, data[8:]
        case b"s":
            (size,) = struct.unpack(">I", data[:4])
            if len(data) < 4 + size:
                raise ValueError("cut off")
            return data[4 : 4 + size].tobytes().decode(), data[4 + size :]
        case b"a" if depth:
            (count,) = struct.unpack(">I", data[:4])
            parts: list[Json] = []
            data = data[4:]
            for _ in range(count):
                part, data = _read(data, depth - 1)
                parts.append(part)
            return parts, data
        case _:
            raise ValueError("no value")
