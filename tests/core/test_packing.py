import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.core.limits import DAY_CELLS_MAX, INTEGER_MAX, RANGE_ITEMS_MAX
from peerset.core.message import Fingerprint, IdList, RangeItem, Skip
from peerset.core.packing import (
    pack_cells,
    pack_ids,
    pack_ranges,
    pack_varint,
    read_varint,
    unpack_cells,
    unpack_ids,
    unpack_ranges,
)
from peerset.errors import WireError

HALVES = Fingerprint((1_000, b""), b"12345678")


@given(st.integers(0, INTEGER_MAX), st.binary(max_size=4))
def test_a_number_is_read_where_it_was_written(value: int, before: bytes) -> None:
    packed = before + pack_varint(value)
    assert read_varint(packed + b"rest", len(before)) == (value, len(packed))


@pytest.mark.parametrize(
    ("value", "packed"),
    [
        (0, "00"),
        (127, "7f"),
        (128, "8001"),
        (300, "ac02"),
        (16_383, "ff7f"),
        (16_384, "808001"),
        (1_792_195_200, "80f5cad606"),
        (INTEGER_MAX, "ffffffffffffff0f"),
    ],
)
def test_a_number_takes_seven_bits_a_byte(value: int, packed: str) -> None:
    assert pack_varint(value).hex() == packed


@pytest.mark.parametrize("value", [-1, INTEGER_MAX + 1])
def test_a_number_outside_the_limits_is_not_packed(value: int) -> None:
    with pytest.raises(WireError, match="outside 0 to 2\\^53 - 1"):
        pack_varint(value)


@given(st.binary(max_size=12))
def test_every_number_has_one_form(data: bytes) -> None:
    try:
        value, end = read_varint(data, 0)
    except WireError:
        return
    assert pack_varint(value) == data[:end]


@given(st.binary(max_size=64))
def test_ids_fill_their_bytes(data: bytes) -> None:
    try:
        ids = unpack_ids(data, 8)
    except WireError:
        assert len(data) % 8
    else:
        assert pack_ids(ids, 8) == data


def test_an_id_of_another_size_is_not_packed() -> None:
    with pytest.raises(WireError, match="8 bytes"):
        pack_ids((bytes(8), bytes(7)), 8)


@given(st.binary(max_size=200))
def test_any_bytes_are_cells_in_their_one_form_or_refused(data: bytes) -> None:
    try:
        cells = unpack_cells(data)
    except WireError:
        return
    assert pack_cells(cells) == data


@pytest.mark.parametrize(
    "cells",
    [
        ((0, b""),) * (DAY_CELLS_MAX + 1),
        ((2**32, bytes(8)),),
        ((-1, bytes(8)),),
        ((0, bytes(8)),),
        ((1, b""),),
        ((1, bytes(9)),),
    ],
    ids=["too many", "too large", "negative", "none with a fingerprint", "no fingerprint", "a long fingerprint"],
)
def test_wrong_cells_are_not_packed(cells: tuple[tuple[int, bytes], ...]) -> None:
    with pytest.raises(WireError):
        pack_cells(cells)


def test_as_many_cells_as_the_window_has_days_are_packed() -> None:
    cells = ((0, b""),) * DAY_CELLS_MAX
    assert unpack_cells(pack_cells(cells)) == cells


@given(st.binary(max_size=200))
def test_any_bytes_are_ranges_in_their_one_form_or_refused(data: bytes) -> None:
    try:
        items = unpack_ranges(data)
    except WireError:
        return
    assert pack_ranges(items) == data
    uppers = [item.upper for item in items]
    assert uppers == sorted(set(uppers))


def test_a_step_counts_from_the_bound_before() -> None:
    items = (HALVES, IdList((1_000, b"\x80"), (b"abcde",)), Skip((1_127, b"")))
    packed = pack_ranges(items)
    assert packed.hex(" ") == "e8 07 40 31 32 33 34 35 36 37 38 00 81 80 01 61 62 63 64 65 7f 00"
    assert unpack_ranges(packed) == items


@pytest.mark.parametrize(
    "items",
    [
        (HALVES, HALVES),
        (HALVES, Skip((999, b"\xff"))),
        (Skip((5, b"\x80")), Skip((5, b"\x7f\xff"))),
        (Skip((-1, b"")),),
        (Skip((INTEGER_MAX + 1, b"")),),
        (Skip((0, bytes(33))),),
        (Fingerprint((0, b""), bytes(7)),),
        (IdList((0, b""), (bytes(7),)),),
        tuple(Skip((number, b"")) for number in range(RANGE_ITEMS_MAX + 1)),
    ],
    ids=[
        "a bound twice",
        "an earlier second",
        "a smaller prefix",
        "below 0",
        "too large",
        "a long prefix",
        "a short fingerprint",
        "a short id",
        "too many",
    ],
)
def test_wrong_ranges_are_not_packed(items: tuple[RangeItem, ...]) -> None:
    with pytest.raises(WireError):
        pack_ranges(items)


def test_as_many_ranges_as_allowed_are_packed() -> None:
    items = tuple(Skip((number, b"")) for number in range(RANGE_ITEMS_MAX))
    assert unpack_ranges(pack_ranges(items)) == items
