from typing import Any

import pytest

from peerset.core.fields import Field, blobs, choice, detail, flag, octets, packed, short_ids, whole
from peerset.core.limits import REASON_BYTES_MAX, RECORD_BYTES_MAX, RECORDS_PER_MESSAGE_MAX
from peerset.core.message import Role
from peerset.core.packing import pack_cells, unpack_cells
from peerset.errors import WireError


@pytest.mark.parametrize(
    ("field", "value", "wire"),
    [
        (whole(), 2**32 - 1, 2**32 - 1),
        (whole(9, least=1), 1, 1),
        (choice(Role), Role.SEEDER, 1),
        (flag(), True, True),
        (detail(), "zoë", "zoë"),
        (octets(2), b"ab", b"ab"),
        (short_ids(2), (b"12345678", b"abcdefgh"), b"12345678abcdefgh"),
        (packed(pack_cells, unpack_cells), ((0, b""),), b"\x00"),
        (blobs(), (b"", bytes(RECORD_BYTES_MAX)), (b"", bytes(RECORD_BYTES_MAX))),
    ],
)
def test_a_field_survives_the_wire(field: Field, value: object, wire: object) -> None:
    assert field.pack(value) == wire
    assert field.unpack(wire) == value


@pytest.mark.parametrize(
    ("field", "wire"),
    [
        (whole(), 2**32),
        (whole(), -1),
        (whole(), True),
        (whole(), 1.0),
        (whole(9, least=1), 0),
        (choice(Role), 2),
        (choice(Role), True),
        (choice(Role), "0"),
        (choice(Role), []),
        (flag(), 1),
        (detail(), b"bytes"),
        (detail(), "x" * (REASON_BYTES_MAX + 1)),
        (detail(), "\udfff"),
        (detail(), "\x1b[2J"),
        (detail(), "\x7f"),
        (detail(), "\x9b"),
        (octets(2), b"abc"),
        (octets(2), "ab"),
        (short_ids(1), bytes(16)),
        (short_ids(1), bytes(9)),
        (short_ids(1), "12345678"),
        (packed(pack_cells, unpack_cells), "\x00"),
        (blobs(), ("text",)),
        (blobs(), (bytes(RECORD_BYTES_MAX + 1),)),
        (blobs(), (b"",) * (RECORDS_PER_MESSAGE_MAX + 1)),
    ],
)
def test_a_field_refuses_what_breaks_its_limits(field: Field, wire: Any) -> None:
    with pytest.raises(WireError):
        field.unpack(wire)


def test_only_records_may_be_an_array() -> None:
    assert [field.items_max for field in (whole(), flag(), octets(1), short_ids(1), blobs())] == [0, 0, 0, 0, 1_024]
