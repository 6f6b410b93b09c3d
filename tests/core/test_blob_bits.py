"""Bits of pieces: as whole numbers, and on the wire."""

from hypothesis import given
from hypothesis import strategies as st

from peerset.core.blob_bits import all_of, bits_of, first_run, numbers_of, read_bits, write_bits


def test_the_highest_bit_of_the_first_byte_is_the_first_piece() -> None:
    assert read_bits(b"\xff\x80", 20) == 0b1_1111_1111
    assert write_bits(0b1_1111_1111) == b"\xff\x80"
    assert write_bits(0) == b""
    assert read_bits(b"", 9) == 0


def test_what_is_beyond_the_blob_is_passed_over() -> None:
    assert read_bits(b"\xff" * 100, 3) == all_of(3) == 0b111


@given(st.sets(st.integers(0, 300)))
def test_what_is_written_is_read(pieces: set[int]) -> None:
    bits = bits_of(pieces)
    assert read_bits(write_bits(bits), 301) == bits
    assert bits.bit_count() == len(pieces)


def test_a_run_ends_at_a_gap_or_when_it_is_long_enough() -> None:
    assert first_run(0b1110_1100, 8) == range(2, 4)
    assert first_run(0b1110_0000, 2) == range(5, 7)
    assert first_run(all_of(20), 8) == range(8)


@given(st.sets(st.integers(0, 3_000)))
def test_bits_are_numbers_again(pieces: set[int]) -> None:
    assert numbers_of(bits_of(pieces)) == sorted(pieces)
    assert bits_of(range(5, 5 + len(pieces))) == all_of(len(pieces)) << 5
    assert bits_of(iter(pieces)) == sum(1 << piece for piece in pieces)
