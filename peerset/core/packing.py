"""Numbers, ids, day cells and ranges packed into one byte string each (docs/protocol.md, "Packed fields").

Each value has exactly one packed form, and every count is checked against what is left of the bytes before
anything is made from it, so hostile bytes cost no more than their own length.

Raises, in every function here:
    WireError: the value breaks a limit, or the bytes are no packed form.
"""

from typing import Final

from peerset.core.limits import DAY_CELLS_MAX, INTEGER_MAX, RANGE_ITEMS_MAX
from peerset.core.message import Bound, Fingerprint, IdList, RangeItem, Skip
from peerset.errors import WireError

SHORT_ID_BYTES: Final = 8
LISTED_ID_BYTES: Final = 5
"""Of the short ids of a list, and of those wanted of it: they are told from the ids of one range only."""
FINGERPRINT_BYTES: Final = 8
PREFIX_BYTES_MAX: Final = 32
COUNT_MAX: Final = 2**32 - 1

# The upper two bits of a range's second part are its mode, the lower six the length of the bound's prefix.
_SKIP: Final = 0
_FINGERPRINT: Final = 1
_ID_LIST: Final = 2
_MODE_SHIFT: Final = 6
_LENGTH_MASK: Final = 0x3F


def pack_varint(value: int) -> bytes:
    """Write *value*, 0 to 2^53 - 1, seven bits a byte, the lowest first; a set high bit says that more follow."""
    if not 0 <= value <= INTEGER_MAX:
        raise WireError(f"the number {value} is outside 0 to 2^53 - 1")
    packed = bytearray()
    while value > 0x7F:
        packed.append(value & 0x7F | 0x80)
        value >>= 7
    packed.append(value)
    return bytes(packed)


def read_varint(data: bytes, offset: int) -> tuple[int, int]:
    """Read the number at *offset*; give it and the offset behind it."""
    value = shift = 0
    for position in range(offset, len(data)):
        byte = data[position]
        value |= (byte & 0x7F) << shift
        if value > INTEGER_MAX:
            raise WireError("a packed number exceeds the limit of 2^53 - 1")
        if byte < 0x80:
            if byte == 0 and shift:
                raise WireError("a packed number is not in its shortest form")
            return value, position + 1
        shift += 7
        if shift > 49:
            raise WireError("a packed number exceeds the limit of 8 bytes")
    raise WireError("a packed number is cut off")


def pack_ids(ids: tuple[bytes, ...], size: int) -> bytes:
    """Write ids of *size* bytes one after the other."""
    if any(len(short_id) != size for short_id in ids):
        raise WireError(f"a short id is {size} bytes")
    return b"".join(ids)


def unpack_ids(data: bytes, size: int) -> tuple[bytes, ...]:
    """Read ids of *size* bytes up to the end of *data*."""
    if len(data) % size:
        raise WireError(f"{len(data)} bytes are no whole number of {size}-byte ids")
    return tuple([data[start : start + size] for start in range(0, len(data), size)])


def pack_cells(cells: tuple[tuple[int, bytes], ...]) -> bytes:
    """Write for each cell its count and, unless that is 0, its fingerprint."""
    if len(cells) > DAY_CELLS_MAX:
        raise WireError(f"{len(cells)} cells exceed the limit of {DAY_CELLS_MAX}")
    packed = bytearray()
    for count, fingerprint in cells:
        if count > COUNT_MAX:
            raise WireError(f"a cell's count of {count} exceeds the limit of 2^32 - 1")
        if len(fingerprint) != (FINGERPRINT_BYTES if count else 0):
            raise WireError(f"a fingerprint of {len(fingerprint)} bytes beside a count of {count}")
        packed += pack_varint(count) + fingerprint
    return bytes(packed)


def unpack_cells(data: bytes) -> tuple[tuple[int, bytes], ...]:
    """Read cells up to the end of *data*."""
    cells: list[tuple[int, bytes]] = []
    offset = 0
    while offset < len(data):
        if len(cells) == DAY_CELLS_MAX:
            raise WireError(f"the cells exceed the limit of {DAY_CELLS_MAX}")
        count, offset = read_varint(data, offset)
        if count > COUNT_MAX:
            raise WireError(f"a cell's count of {count} exceeds the limit of 2^32 - 1")
        fingerprint, offset = _read(data, offset, FINGERPRINT_BYTES if count else 0)
        cells.append((count, fingerprint))
    return tuple(cells)


def pack_ranges(items: tuple[RangeItem, ...]) -> bytes:
    """Write for each range the step to its upper bound, its mode and what it says."""
    if len(items) > RANGE_ITEMS_MAX:
        raise WireError(f"{len(items)} ranges exceed the limit of {RANGE_ITEMS_MAX}")
    packed = bytearray()
    lower: Bound | None = None
    for item in items:
        _check_order(lower, item.upper)
        created_at, prefix = item.upper
        if len(prefix) > PREFIX_BYTES_MAX:
            raise WireError(f"a bound's prefix of {len(prefix)} bytes exceeds the limit of {PREFIX_BYTES_MAX}")
        mode, payload = _pack_payload(item)
        # The first step starts at 0, so that the bytes can be read without knowing the round.
        packed += pack_varint(created_at - (lower[0] if lower else 0))
        packed.append(mode << _MODE_SHIFT | len(prefix))
        packed += prefix + payload
        lower = item.upper
    return bytes(packed)


def unpack_ranges(data: bytes) -> tuple[RangeItem, ...]:
    """Read ranges up to the end of *data*; their bounds ascend strictly."""
    items: list[RangeItem] = []
    lower: Bound | None = None
    offset = 0
    while offset < len(data):
        if len(items) == RANGE_ITEMS_MAX:
            raise WireError(f"the ranges exceed the limit of {RANGE_ITEMS_MAX}")
        step, offset = read_varint(data, offset)
        mode, prefix, offset = _read_mode(data, offset)
        upper = ((lower[0] if lower else 0) + step, prefix)
        _check_order(lower, upper)
        item, offset = _read_payload(data, offset, mode=mode, upper=upper)
        items.append(item)
        lower = upper
    return tuple(items)


def _check_order(lower: Bound | None, upper: Bound) -> None:
    if upper[0] > INTEGER_MAX:
        raise WireError(f"a bound at {upper[0]} exceeds the limit of 2^53 - 1")
    if lower is not None and upper <= lower:
        raise WireError("the bounds of ranges do not ascend")


def _pack_payload(item: RangeItem) -> tuple[int, bytes]:
    if isinstance(item, Skip):
        return _SKIP, b""
    if isinstance(item, IdList):
        return _ID_LIST, pack_varint(len(item.short_ids)) + pack_ids(item.short_ids, LISTED_ID_BYTES)
    if len(item.fingerprint) != FINGERPRINT_BYTES:
        raise WireError(f"a fingerprint is {FINGERPRINT_BYTES} bytes, not {len(item.fingerprint)}")
    return _FINGERPRINT, item.fingerprint


def _read_mode(data: bytes, offset: int) -> tuple[int, bytes, int]:
    head, offset = _read(data, offset, 1)
    length = head[0] & _LENGTH_MASK
    if length > PREFIX_BYTES_MAX:
        raise WireError(f"a bound's prefix of {length} bytes exceeds the limit of {PREFIX_BYTES_MAX}")
    prefix, offset = _read(data, offset, length)
    return head[0] >> _MODE_SHIFT, prefix, offset


def _read_payload(data: bytes, offset: int, *, mode: int, upper: Bound) -> tuple[RangeItem, int]:
    if mode == _SKIP:
        return Skip(upper), offset
    if mode == _FINGERPRINT:
        fingerprint, offset = _read(data, offset, FINGERPRINT_BYTES)
        return Fingerprint(upper, fingerprint), offset
    if mode == _ID_LIST:
        count, offset = read_varint(data, offset)
        packed, offset = _read(data, offset, count * LISTED_ID_BYTES)
        return IdList(upper, unpack_ids(packed, LISTED_ID_BYTES)), offset
    raise WireError(f"no range has mode {mode}")


def _read(data: bytes, offset: int, length: int) -> tuple[bytes, int]:
    end = offset + length
    if end > len(data):
        raise WireError("a packed field is cut off")
    return data[offset:end], end
