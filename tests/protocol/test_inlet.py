"""What one neighbour may push to us."""

import runpy
from pathlib import Path

from peerset.core.clock import Moment, Monotonic
from peerset.core.limits import (
    ANNOUNCEMENTS_MAX,
    LIVE_BURST_SECONDS,
    LIVE_BYTES_PER_SECOND,
    LIVE_ID_BYTES,
    LIVE_RECORD_BYTES_MIN,
    LIVE_WINDOW_BYTES,
    RECORD_BYTES_MAX,
    REFUSED_CREDIT_SECONDS,
)
from peerset.protocol.inlet import QUARTER, Inlet, cost_of
from tests.protocol.pair import START

VECTORS = Path(__file__).parents[1] / "vectors"
SMALL, LARGE = b"s" * 100, b"l" * RECORD_BYTES_MAX


def at(seconds: float) -> Moment:
    return Moment(Monotonic(seconds), START)


def test_a_live_record_counts_no_less_than_the_least_and_one_of_a_round_what_it_is() -> None:
    assert cost_of(0, SMALL) == LIVE_RECORD_BYTES_MIN
    assert cost_of(0, LARGE) == RECORD_BYTES_MAX
    assert cost_of(7, SMALL) == len(SMALL)


def test_a_fresh_window_grants_64_records_and_256_kib() -> None:
    inlet = Inlet()
    assert inlet.take_records([SMALL] * 64)
    assert not inlet.take_records([SMALL])
    inlet = Inlet()
    assert inlet.take_records([LARGE] * (LIVE_WINDOW_BYTES // RECORD_BYTES_MAX))
    assert not inlet.take_records([SMALL])


def test_what_was_not_granted_is_not_counted() -> None:
    inlet = Inlet()
    assert not inlet.take_records([SMALL] * 65)
    assert inlet.take_records([SMALL] * 64)


def test_the_largest_record_fits_whatever_little_was_not_credited_yet() -> None:
    inlet = Inlet()
    for second in range(100):
        assert inlet.take_records([LARGE[:-1]])
        inlet.dealt(len(LARGE) - 1, 0, at(second))


def test_ids_may_go_a_quarter_of_the_window_further() -> None:
    inlet = Inlet()
    assert inlet.take_records([LARGE] * 4)
    assert inlet.take_ids(ANNOUNCEMENTS_MAX)
    assert not inlet.take_ids(1)
    assert LIVE_ID_BYTES * ANNOUNCEMENTS_MAX == QUARTER


def test_credit_is_the_sum_of_what_was_dealt_with_a_quarter_at_a_time() -> None:
    inlet = Inlet()
    inlet.take_records([LARGE] * 4)
    assert inlet.is_dealing
    assert inlet.dealt(QUARTER - 1, 0, at(0)) is None
    assert inlet.dealt(1, 0, at(0)) == QUARTER
    assert inlet.dealt(3 * QUARTER, 0, at(0)) == 4 * QUARTER
    assert not inlet.is_dealing
    assert inlet.deadline is None


def test_what_was_refused_comes_back_by_a_quarter_after_a_while() -> None:
    inlet = Inlet()
    inlet.take_records([LARGE] * 4)
    assert inlet.dealt(4 * QUARTER, 3 * QUARTER, at(0)) == QUARTER
    assert inlet.deadline == REFUSED_CREDIT_SECONDS
    assert inlet.tick(at(1)) is None
    assert inlet.tick(at(REFUSED_CREDIT_SECONDS)) == 2 * QUARTER
    assert inlet.tick(at(2 * REFUSED_CREDIT_SECONDS)) == 3 * QUARTER
    assert inlet.deadline == 3 * REFUSED_CREDIT_SECONDS
    assert inlet.tick(at(3 * REFUSED_CREDIT_SECONDS)) == 4 * QUARTER
    assert inlet.deadline is None
    assert inlet.tick(at(60)) is None


def test_after_a_burst_a_neighbour_is_credited_no_more_than_so_much_a_second_and_all_in_the_end() -> None:
    inlet, now, told, given = Inlet(), 0.0, 0, 0
    most = int(LIVE_BURST_SECONDS * LIVE_BYTES_PER_SECOND)
    while now < 20:
        while inlet.take_records([LARGE]):
            given += len(LARGE)
            told = inlet.dealt(len(LARGE), 0, at(now)) or told
        assert told <= most + now * LIVE_BYTES_PER_SECOND
        assert inlet.is_slowed
        assert inlet.deadline is not None
        now = inlet.deadline
        told = inlet.tick(at(now)) or told
    assert given >= most + 19 * LIVE_BYTES_PER_SECOND
    while inlet.deadline is not None:
        told = inlet.tick(at(inlet.deadline)) or told
    assert told > given - QUARTER
    assert not inlet.is_slowed


def test_who_keeps_below_that_waits_for_nothing() -> None:
    inlet = Inlet()
    for second in range(100):
        for _ in range(LIVE_BYTES_PER_SECOND // LIVE_RECORD_BYTES_MIN):
            assert inlet.take_records([SMALL])
            inlet.dealt(LIVE_RECORD_BYTES_MIN, 0, at(second))
    assert inlet.deadline is None


def test_what_is_much_work_makes_the_next_credit_come_later_and_is_credited_whole() -> None:
    inlet = Inlet()
    assert inlet.take_records([SMALL] * 32)
    most = int(LIVE_BURST_SECONDS * LIVE_BYTES_PER_SECOND)
    assert inlet.dealt(QUARTER, 0, at(0), toll=most) is None
    assert inlet.tick(at(QUARTER / LIVE_BYTES_PER_SECOND)) == QUARTER
    assert inlet.dealt(QUARTER, 0, at(10)) == 2 * QUARTER


def test_the_vectors_are_those_of_this_machine() -> None:
    make = runpy.run_path(str(VECTORS / "make_credit.py"))["make"]
    for name, text in make().items():
        assert (VECTORS / name).read_text("utf-8") == text
