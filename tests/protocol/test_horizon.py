"""Which days two peers compare."""

import json
import runpy
from pathlib import Path
from typing import Any, Final

import pytest

from peerset.core.bucket import cell_days
from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.limits import DAY_CELLS_MAX, RETENTION_SECONDS, RETENTION_SECONDS_MAX, WINDOW_DAYS_MAX
from peerset.core.message import Root
from peerset.protocol.horizon import Horizon, everything
from peerset.protocol.retention import window
from peerset.protocol.round import is_window

VECTORS: Final = Path(__file__).parents[1] / "vectors"
NOW = UnixTime(1_790_000_123)
TODAY = NOW // DAY_SECONDS
MADE = runpy.run_path(str(VECTORS / "make_windows.py"))


def root(first_day: int, upto: int) -> Root:
    return Root(1, first_day, UnixTime(upto), 0, bytes(16))


def test_the_vectors_are_what_their_script_writes() -> None:
    assert MADE["dump"](MADE["make"]()) == (VECTORS / "windows.json").read_text("utf-8")


@pytest.mark.parametrize("each", json.loads((VECTORS / "windows.json").read_text("utf-8"))["windows"])
def test_every_window_can_be_compared_in_at_most_96_cells(each: dict[str, Any]) -> None:
    first_day, upto = Horizon(each["retention_seconds"], RETENTION_SECONDS_MAX).opening(each["now"], is_full=False)
    assert (first_day, each["everything"]) == (each["first_day"], everything(each["now"]))
    assert 0 <= first_day * DAY_SECONDS < upto < 2**32
    assert is_window(first_day, upto)
    days = each["everything"] // DAY_SECONDS - first_day
    assert days <= WINDOW_DAYS_MAX
    assert -(-days // cell_days(first_day, each["everything"])) <= DAY_CELLS_MAX


@pytest.mark.parametrize(("ours", "theirs"), [(30, 90), (90, 30), (3_700, 30)])
def test_peers_compare_what_both_keep(ours: int, theirs: int) -> None:
    horizon = Horizon(ours * DAY_SECONDS, theirs * DAY_SECONDS)
    first_day, _ = horizon.opening(NOW, is_full=True)
    assert first_day == window(NOW, retention_seconds=30 * DAY_SECONDS).first_day


@pytest.mark.parametrize("theirs", [-1, 0, 1, 2**53 - 1])
def test_a_hello_may_name_any_retention(theirs: int) -> None:
    first_day, _ = Horizon(RETENTION_SECONDS, theirs).opening(NOW, is_full=True)
    assert window(NOW).first_day <= first_day <= TODAY


def test_a_root_is_taken_over_up_to_a_day_before_our_own_window_and_a_day_after_ours() -> None:
    first_day = window(NOW).first_day
    assert Horizon().answering(root(first_day - 9, NOW), NOW) == (first_day - 1, NOW)
    assert Horizon().answering(root(first_day + 9, NOW), NOW) == (first_day + 9, NOW)
    assert Horizon().answering(root(first_day, NOW + 9 * DAY_SECONDS), NOW) == (first_day, everything(NOW))


@pytest.mark.parametrize("years", [-50, -1, 1, 50])
def test_clocks_that_are_years_apart_have_nothing_in_common(years: int) -> None:
    then = UnixTime(NOW + years * 365 * DAY_SECONDS)
    assert Horizon().answering(root(*Horizon().opening(then, is_full=True)), NOW) is None


def test_just_after_midnight_a_room_of_one_day_compares_up_to_the_end_of_tomorrow() -> None:
    midnight = UnixTime(TODAY * DAY_SECONDS + 20)
    assert Horizon(DAY_SECONDS).opening(midnight, is_full=False) == (TODAY, everything(midnight))
