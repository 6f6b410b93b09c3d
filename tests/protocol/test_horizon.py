"""Which days two peers compare."""

import json
import runpy
from pathlib import Path
from typing import Any, Final

import pytest

from peerset.core.clock import DAY_SECONDS, HOUR_SECONDS, UnixTime
from peerset.core.limits import (
    DAY_CELLS_MAX,
    RETENTION_SECONDS,
    RETENTION_SECONDS_MAX,
    WINDOW_DAYS_MAX,
    WINDOW_STEP_SECONDS,
    WINDOW_STEPS_FROM,
)
from peerset.core.message import Root
from peerset.core.window import cell_days, start_of
from peerset.protocol.horizon import Horizon, everything
from peerset.protocol.lightness import Lightness
from peerset.protocol.retention import margin_seconds, window
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
    assert 0 <= start_of(first_day) < upto < 2**32
    assert is_window(first_day, upto)
    days = each["everything"] // DAY_SECONDS - start_of(first_day) // DAY_SECONDS
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
    assert start_of(window(NOW).first_day) <= start_of(first_day) < NOW


def test_a_root_is_taken_over_up_to_a_day_before_our_own_window_and_a_day_after_ours() -> None:
    first_day = window(NOW).first_day
    assert Horizon().answering(root(first_day - 9, NOW), NOW) == (first_day - 1, NOW)
    assert Horizon().answering(root(first_day + 9, NOW), NOW) == (first_day + 9, NOW)
    assert Horizon().answering(root(first_day, NOW + 9 * DAY_SECONDS), NOW) == (first_day, everything(NOW))


@pytest.mark.parametrize("years", [-50, -1, 1, 50])
def test_clocks_that_are_years_apart_have_nothing_in_common(years: int) -> None:
    then = UnixTime(NOW + years * 365 * DAY_SECONDS)
    assert Horizon().answering(root(*Horizon().opening(then, is_full=True)), NOW) is None


def test_just_after_midnight_who_keeps_content_of_today_alone_compares_up_to_the_end_of_tomorrow() -> None:
    midnight = UnixTime(TODAY * DAY_SECONDS + 20)
    light = Lightness(TODAY * DAY_SECONDS, is_shared=False)
    assert Horizon(lightness=light).opening(midnight, is_full=False) == (TODAY, everything(midnight))


@pytest.mark.parametrize("seconds", [HOUR_SECONDS, 5_003, DAY_SECONDS, 7 * DAY_SECONDS - 1])
def test_a_room_that_keeps_records_for_less_than_a_week_compares_from_a_step_on(seconds: int) -> None:
    first_day, upto = Horizon(seconds).opening(NOW, is_full=False)
    offered_from = NOW - seconds + margin_seconds(seconds)
    assert first_day >= WINDOW_STEPS_FROM
    assert 0 <= start_of(first_day) - offered_from < WINDOW_STEP_SECONDS
    assert is_window(first_day, upto)


@pytest.mark.parametrize("seconds", [HOUR_SECONDS, 5_003, DAY_SECONDS, 7 * DAY_SECONDS - 1])
def test_the_root_of_a_clock_that_is_behind_is_taken_over_as_far_as_we_accept_what_it_covers(seconds: int) -> None:
    horizon, margin = Horizon(seconds), margin_seconds(seconds)
    for behind in (0, 1, margin // 2, margin, 2 * margin):
        asked = root(*Horizon(seconds).opening(UnixTime(NOW - behind), is_full=True))
        answered = horizon.answering(asked, NOW)
        assert answered is not None
        assert start_of(answered[0]) >= max(start_of(asked.first_day), NOW - seconds)
        assert answered[0] == asked.first_day or behind > margin


def test_a_step_before_1970_is_the_first_one() -> None:
    first_day, upto = Horizon(7 * DAY_SECONDS - 1).opening(UnixTime(0), is_full=False)
    assert (first_day, is_window(first_day, upto)) == (WINDOW_STEPS_FROM, True)
    assert Horizon(7 * DAY_SECONDS - 1).answering(root(first_day, upto), UnixTime(0)) == (first_day, upto)


def test_a_window_may_begin_with_a_step_in_any_room_and_with_a_day_too() -> None:
    step, _ = Horizon(HOUR_SECONDS).opening(NOW, is_full=True)
    assert Horizon().answering(root(step, NOW), NOW) == (step, NOW)
    assert Horizon(3 * DAY_SECONDS).answering(root(TODAY, NOW), NOW) == (TODAY, NOW)
    assert not is_window(2**32 - 1, NOW)
