"""Lanes that are served in turn."""

import pytest

from peerset.core.turns import Turns


def emptied(turns: Turns[str, int]) -> list[int]:
    return [turns.take() for _ in range(len(turns))]


def test_one_lane_is_served_in_its_order() -> None:
    turns = Turns[str, int]()
    for number in range(4):
        turns.put("one", number)
    assert list(turns) == emptied(turns) == [0, 1, 2, 3]


def test_who_comes_late_waits_for_one_of_each_lane_and_no_more() -> None:
    turns = Turns[str, int]()
    for number in range(100):
        turns.put("flood", number)
        turns.put("other", 1_000 + number)
    assert [turns.take() for _ in range(4)] == [0, 1_000, 1, 1_001]
    turns.put("late", 7)
    assert [turns.take() for _ in range(4)] == [2, 1_002, 7, 3]
    assert len(turns) == 193


def test_the_lane_of_none_goes_before_all_others() -> None:
    turns = Turns[str, int]()
    turns.put("one", 1)
    turns.put(None, 2)
    turns.put(None, 3)
    assert turns.next == 2
    assert list(turns) == [2, 3, 1]
    assert emptied(turns) == [2, 3, 1]


def test_what_is_next_is_told_without_taking_it() -> None:
    turns = Turns[str, int]()
    assert turns.next is None
    turns.put("one", 1)
    assert turns.next == 1
    assert len(turns) == 1
    assert turns.take() == 1
    assert len(turns) == 0
    with pytest.raises(StopIteration):
        turns.take()


def test_what_came_last_in_the_last_lane_is_given_up_first() -> None:
    turns = Turns[str, int]()
    for key, item in (("one", 1), ("two", 2), ("two", 3), (None, 4), (None, 5)):
        turns.put(key, item)
    assert [turns.give_up() for _ in range(4)] == [3, 2, 1, 5]
    assert list(turns) == [4]
    turns.put("one", 6)
    assert emptied(turns) == [4, 6]
