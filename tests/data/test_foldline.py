"""Folding over a linear order, beside folding everything anew."""

import itertools
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.core.action import Json
from peerset.core.limits import FOLD_STATE_BYTES_MAX
from peerset.core.record import RecordId
from peerset.data.foldline import CHECKPOINT_ENTRIES, FoldLine, write_state
from peerset.documents.order import Seat
from peerset.errors import ConfigError


def seat(number: int) -> Seat:
    """Give seats of which three share a stamp, and the lowest id comes last."""
    return Seat((), number // 3, RecordId(bytes([9 - number % 3]) * 32))


def append(state: Json, doc: int) -> Json:
    assert isinstance(state, list)
    state.append(doc)
    return state


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 120)), max_size=150))
def test_whatever_comes_late_or_goes_it_is_the_state_over_all(steps: list[tuple[bool, int]]) -> None:
    line: FoldLine[int] = FoldLine([], append)
    here: set[int] = set()
    for comes, number in steps:
        if comes != (number in here):
            here ^= {number}
            line.undo(seat(number).stamp, seat(number).id)
            behind = [each for each in sorted(here) if line.count == 0 or each > order_of(line)]
            line.fold((seat(each), each) for each in behind)
        assert line.state == sorted(here)
        assert line.count == len(here)


def order_of(line: FoldLine[int]) -> int:
    assert isinstance(line.state, list)
    last = line.state[-1]
    assert isinstance(last, int)
    return last


def test_a_moment_without_an_id_takes_back_its_whole_stamp() -> None:
    line: FoldLine[int] = FoldLine([], append)
    line.fold((seat(number), number) for number in range(12))
    line.undo(3, None)
    assert line.state == list(range(CHECKPOINT_ENTRIES))
    assert line.undone == 12 - CHECKPOINT_ENTRIES
    line.undo(9, None)
    assert line.count == CHECKPOINT_ENTRIES


def test_states_are_kept_at_growing_distances() -> None:
    line: FoldLine[int] = FoldLine(0, lambda state, doc: doc)
    line.fold((Seat((), number, RecordId(bytes(32))), number) for number in range(100_000))
    distances = [line.count - count for count in line.checkpoints]
    assert len(distances) < 20
    assert distances[0] == 100_000
    assert all(far <= 4 * near for far, near in itertools.pairwise(distances[1:-1]))
    assert distances[-1] == 0


def test_what_is_kept_is_not_what_the_function_changes() -> None:
    line: FoldLine[int] = FoldLine([], append)
    line.fold((seat(number), number) for number in range(10))
    line.undo(seat(9).stamp, seat(9).id)
    assert line.state == list(range(8))
    line.undo(0, None)
    assert line.state == []


def test_what_a_model_refuses_has_only_a_place() -> None:
    line: FoldLine[int] = FoldLine([], append)
    line.fold((seat(number), number if number % 3 else None) for number in range(10))
    assert (line.state, line.count, line.seat) == ([1, 2, 4, 5, 7, 8], 10, seat(9))


@pytest.mark.parametrize("state", [{1, 2}, float("nan"), 2**53 + 1, "\ud800", "s" * (FOLD_STATE_BYTES_MAX - 1)])
def test_a_state_is_json_of_a_limited_length(state: object) -> None:
    with pytest.raises(ConfigError):
        write_state(state)


LONGEST: Final = "s" * (FOLD_STATE_BYTES_MAX - 2)


def test_a_state_may_be_as_long_as_the_limit() -> None:
    assert len(write_state(LONGEST)) == FOLD_STATE_BYTES_MAX
