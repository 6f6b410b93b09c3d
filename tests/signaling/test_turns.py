"""Rooms of one socket speak one after the other."""

from peerset.core.clock import Monotonic
from peerset.signaling.turns import ANNOUNCES_BURST_MAX, ANNOUNCES_PER_SECOND_MAX, Turns

START = Monotonic(1_000.0)


def test_a_few_speak_at_once_and_the_others_at_a_pace() -> None:
    turns = Turns[str]()
    for number in range(200):
        turns.put(number, f"room {number}")
    assert turns.take(START) == [f"room {number}" for number in range(ANNOUNCES_BURST_MAX)]
    now, said = START, ANNOUNCES_BURST_MAX
    while (deadline := turns.deadline) is not None:
        assert deadline > now
        now = deadline
        said += len(turns.take(now))
    assert said == 200
    assert round(now - START) == (200 - ANNOUNCES_BURST_MAX) / ANNOUNCES_PER_SECOND_MAX
    assert turns.deadline is None


def test_who_says_another_thing_keeps_its_turn_and_says_it_once() -> None:
    turns = Turns[str]()
    for number in range(ANNOUNCES_BURST_MAX):
        turns.put(number, "spent")
    turns.take(START)
    turns.put("a", "old")
    turns.put("b", "hello")
    turns.put("a", "new")
    assert len(turns) == 2
    assert turns.take(Monotonic(START + 60)) == ["new", "hello"]


def test_who_left_says_nothing_and_a_closed_socket_has_no_turns() -> None:
    turns = Turns[str]()
    for number in range(3):
        turns.put(number, f"room {number}")
    turns.forget(1)
    turns.forget("nobody")
    assert turns.take(START) == ["room 0", "room 2"]
    turns.put(0, "again")
    turns.clear()
    assert turns.take(START) == []
