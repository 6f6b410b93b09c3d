from array import array

import pytest

from peerset.core.block import Block, check_id_size, sorted_columns
from peerset.errors import ConfigError

LOW, MIDDLE, HIGH = bytes(32), b"\x80" + bytes(31), b"\xff" * 32


def block() -> Block:
    return Block(array("q", (5, 5, 9)), bytearray(LOW + HIGH + MIDDLE))


def test_a_position_counts_the_entries_before_a_bound() -> None:
    bounds = [(4, HIGH), (5, b""), (5, b"\x00"), (5, b"\x80"), (5, HIGH), (5, HIGH + b"x"), (9, MIDDLE), (10, b"")]
    assert [block().position(*bound) for bound in bounds] == [0, 0, 0, 1, 1, 2, 2, 3]


def test_a_block_knows_whether_it_lies_beside_a_bound() -> None:
    assert block().starts_after(4, b"")
    assert block().starts_after(5, b"")
    assert not block().starts_after(5, LOW)
    assert block().ends_before(10, b"")
    assert block().ends_before(9, HIGH)
    assert not block().ends_before(9, MIDDLE)


def test_a_block_holds_an_entry_only_with_time_and_id() -> None:
    assert block().holds(1, 5, HIGH)
    assert not block().holds(1, 5, MIDDLE)
    assert not block().holds(1, 6, HIGH)
    assert not block().holds(3, 9, MIDDLE)


def test_inserting_and_removing_keeps_times_and_ids_side_by_side() -> None:
    changed = block()
    changed.insert(1, 5, MIDDLE)
    assert [changed.entry(position) for position in range(4)] == [(5, LOW), (5, MIDDLE), (5, HIGH), (9, MIDDLE)]
    changed.remove(0)
    assert [changed.entry(position) for position in range(3)] == [(5, MIDDLE), (5, HIGH), (9, MIDDLE)]


def test_a_split_moves_the_upper_half() -> None:
    lower = block()
    upper = lower.split()
    assert [lower.entry(0)] == [(5, LOW)]
    assert [upper.entry(0), upper.entry(1)] == [(5, HIGH), (9, MIDDLE)]


def test_sums_cover_both_sides() -> None:
    node = block()
    node.left, node.right = block(), None
    node.refresh()
    assert (node.count, node.height, node.left_count, node.lean) == (6, 2, 3, 1)
    node.left, node.right = None, block()
    node.refresh()
    assert (node.count, node.height, node.left_count, node.lean) == (6, 2, 0, -1)


def test_columns_are_sorted_and_repeated_entries_count_once() -> None:
    times, ids = sorted_columns([(9, MIDDLE), (5, HIGH), (9, MIDDLE), (5, LOW)])
    assert (times.tolist(), ids) == ([5, 5, 9], LOW + HIGH + MIDDLE)
    assert sorted_columns(iter(())) == (array("q"), b"")


def test_ids_of_another_length_are_refused_even_when_the_sum_is_right() -> None:
    with pytest.raises(ConfigError, match="31 bytes"):
        sorted_columns([(1, bytes(31)), (2, bytes(33))])
    with pytest.raises(ConfigError, match="33 bytes"):
        check_id_size(33)
