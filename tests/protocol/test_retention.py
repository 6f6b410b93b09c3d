import itertools
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerset.core.clock import (
    DAY_SECONDS,
    HOUR_SECONDS,
    MINUTE_SECONDS,
    UNIX_MAX,
    Moment,
    Monotonic,
    UnixTime,
    clamped,
)
from peerset.core.limits import (
    COLLECTION_INTERVAL_SECONDS,
    COLLECTION_JITTER_SECONDS,
    FUTURE_SECONDS_MAX,
    RETENTION_MARGIN_SECONDS,
    RETENTION_SECONDS,
    UPTO_LAG_SECONDS,
)
from peerset.core.record import RecordId
from peerset.core.rules import Rules
from peerset.errors import LocalProtocolError
from peerset.protocol.effects import Emit, Expire
from peerset.protocol.events import RecordsExpired
from peerset.protocol.horizon import everything
from peerset.protocol.inputs import Expired
from peerset.protocol.retention import (
    CLOCK_CHECK_SECONDS,
    TRANSITIONS,
    BucketState,
    CollectionState,
    Retention,
    bucket_state,
    window,
)
from peerset.protocol.skew import ClockTrust

NOW = UnixTime(1_790_000_123)
START = Moment(Monotonic(50.0), NOW)
BEFORE = UnixTime(NOW - int(COLLECTION_INTERVAL_SECONDS))
"""What had expired then is swept at the start."""
HONEST_SKEW_SECONDS = 600


def alone(now: Moment) -> None:
    """Have no peers whose clocks could be compared."""


def collecting(seed: int = 1) -> Retention:
    """Make the retention of a room that believes its clock."""
    return Retention(rng=random.Random(seed), trust=ClockTrust(None, alone), rules=Rules())


def later(seconds: float, since: Moment = START) -> Moment:
    return Moment(Monotonic(since.monotonic + seconds), UnixTime(since.unix + int(seconds)))


def test_the_window_is_cut_in_steps_an_hour_apart() -> None:
    current = window(NOW)

    assert current.accepted_from == NOW - RETENTION_SECONDS
    assert current.offered_from == current.accepted_from + HOUR_SECONDS
    assert current.kept_from == current.accepted_from - HOUR_SECONDS
    assert current.accepted_until == NOW + FUTURE_SECONDS_MAX


@given(now=st.integers(91 * DAY_SECONDS, UNIX_MAX).map(UnixTime))
def test_roots_cover_whole_offered_days_up_to_a_whole_minute_that_is_over(now: UnixTime) -> None:
    current = window(now)

    assert 0 <= current.first_day * DAY_SECONDS - current.offered_from < DAY_SECONDS
    assert current.upto % MINUTE_SECONDS == 0
    assert UPTO_LAG_SECONDS <= now - current.upto < UPTO_LAG_SECONDS + MINUTE_SECONDS


def test_a_record_is_accepted_from_the_first_to_the_last_second_of_the_window() -> None:
    current = window(NOW)
    edges = (current.accepted_from - 1, current.accepted_from, current.accepted_until, current.accepted_until + 1)

    assert [current.accepts(edge) for edge in edges] == [False, True, True, False]


@given(skew=st.integers(-RETENTION_MARGIN_SECONDS, RETENTION_MARGIN_SECONDS))
def test_what_is_offered_is_accepted_by_every_clock_within_the_margin(skew: int) -> None:
    other = window(UnixTime(NOW + skew))

    assert other.accepted_from <= window(NOW).offered_from


def test_a_bucket_is_live_then_due_then_dropped() -> None:
    day = NOW // DAY_SECONDS
    end = (day + 1) * DAY_SECONDS
    not_offered_at = end + RETENTION_SECONDS - RETENTION_MARGIN_SECONDS
    dropped_at = end + RETENTION_SECONDS + RETENTION_MARGIN_SECONDS

    states = [
        bucket_state(day, UnixTime(at)) for at in (not_offered_at - 1, not_offered_at, dropped_at - 1, dropped_at)
    ]

    assert states == [BucketState.LIVE, BucketState.DUE, BucketState.DUE, BucketState.DROPPED]


def test_nothing_is_collected_before_the_start() -> None:
    retention = collecting()

    assert retention.deadline is None
    assert retention.tick(later(10 * COLLECTION_INTERVAL_SECONDS)) == []


def test_the_start_collects_at_once() -> None:
    retention = collecting()

    assert retention.start(START) == [Expire(window(NOW).kept_from, NOW, BEFORE)]
    assert retention.deadline is None


def test_one_collection_waits_for_the_other() -> None:
    retention = collecting()
    retention.start(START)

    assert retention.tick(later(10 * COLLECTION_INTERVAL_SECONDS)) == []


@pytest.mark.parametrize("seed", range(5))
def test_collections_come_about_five_minutes_apart(seed: int) -> None:
    retention = collecting(seed)
    retention.start(START)
    retention.receive(Expired(0), START)

    assert retention.deadline is not None
    waited = retention.deadline - START.monotonic
    assert abs(waited - COLLECTION_INTERVAL_SECONDS) <= COLLECTION_JITTER_SECONDS
    assert retention.tick(later(waited - 1)) == []
    then = later(waited + 1)
    assert retention.tick(then) == [Expire(window(then.unix).kept_from, then.unix, NOW)]


def test_what_had_expired_the_last_time_is_swept_a_part_at_a_time_and_a_clock_set_back_sweeps_less() -> None:
    retention = collecting()
    retention.start(START)
    retention.receive(Expired(0), START)
    asked = []
    for seconds, unix, is_partial in ((300, 300, True), (301, 301, False), (601, 200, False), (901, 500, False)):
        now = Moment(Monotonic(START.monotonic + seconds), UnixTime(NOW + unix))
        effects = retention.tick(now)
        asked += [effect.until - NOW for effect in effects if isinstance(effect, Expire)]
        retention.receive(Expired(0, is_partial=is_partial), now)
        assert retention.deadline is not None
        assert (retention.deadline == now.monotonic) == is_partial

    assert asked == [0, 0, 200, 200]


def test_what_was_collected_is_told_and_an_empty_collection_is_not() -> None:
    retention = collecting()
    retention.start(START)

    assert retention.receive(Expired(3), START) == [Emit(RecordsExpired(window(NOW).kept_from, 3))]
    again = later(2 * COLLECTION_INTERVAL_SECONDS)
    retention.tick(again)
    assert retention.receive(Expired(0), again) == []


def test_what_pins_keep_is_told_when_it_changed_and_a_store_that_fails_changes_nothing() -> None:
    retention, kept = collecting(), frozenset([RecordId(bytes(32))])
    retention.start(START)

    assert retention.receive(Expired(0, kept), START) == [Emit(RecordsExpired(window(NOW).kept_from, 0, kept))]
    for times, expired in enumerate((Expired(0, kept), Expired(0, None), Expired(0, kept)), 1):
        again = later(times * 2 * COLLECTION_INTERVAL_SECONDS)
        retention.tick(again)
        assert retention.receive(expired, again) == []


@pytest.mark.parametrize(("state", "kind"), list(itertools.product(CollectionState, [Expired])))
def test_an_answer_nobody_asked_for_is_a_bug_of_ours(state: CollectionState, kind: Callable[[int], Expired]) -> None:
    retention = collecting()
    if state is CollectionState.COLLECTING:
        retention.start(START)
        retention.receive(kind(0), START)
        assert retention.state is TRANSITIONS[state, Expired]
    else:
        with pytest.raises(LocalProtocolError, match="Expired in RESTING"):
            retention.receive(kind(0), START)


def test_a_clock_set_back_opens_the_window_again_so_that_what_is_written_is_accepted() -> None:
    retention = collecting()
    retention.start(later(0, Moment(START.monotonic, UnixTime(NOW + 400 * DAY_SECONDS))))

    assert retention.window(NOW) == window(NOW)
    assert retention.window(NOW).accepts(NOW)


def test_nothing_is_collected_while_the_clock_is_not_believed_and_it_is_asked_again_every_minute() -> None:
    retention = Retention(
        rng=random.Random(1), trust=ClockTrust(UnixTime(NOW - 400 * DAY_SECONDS), alone), rules=Rules()
    )

    assert retention.start(START) == []
    assert retention.deadline == START.monotonic + CLOCK_CHECK_SECONDS
    assert retention.tick(later(CLOCK_CHECK_SECONDS)) == []
    assert retention.tick(later(DAY_SECONDS)) != []


@pytest.mark.parametrize("now", [0, 59, 100, DAY_SECONDS, 89 * DAY_SECONDS, 2**31, 2**32 - 1, 2**32, 2**40])
def test_every_year_has_a_window_that_fits_32_bits_and_accepts_its_own_dates(now: int) -> None:
    current = window(UnixTime(now))
    upto = everything(UnixTime(now))

    assert 0 <= current.first_day * DAY_SECONDS < current.upto < upto <= 2**32 - 1
    assert current.accepts(clamped(now))


def test_a_room_may_keep_records_for_a_shorter_time_and_date_them_otherwise() -> None:
    rules = Rules(retention_seconds=DAY_SECONDS, future_seconds=60)
    retention = Retention(rng=random.Random(1), trust=ClockTrust(None, alone), rules=rules)

    assert retention.start(START) == [Expire(UnixTime(NOW - DAY_SECONDS - HOUR_SECONDS), NOW, BEFORE)]
    current = retention.window(NOW)
    assert current.offered_from == NOW - DAY_SECONDS + HOUR_SECONDS
    assert (current.accepted_from, current.accepted_until) == (NOW - DAY_SECONDS, NOW + 60)


class Keeper:
    """A peer that keeps, offers, takes and collects as the window says, and remembers what it collected."""

    def __init__(self, skew_seconds: int, rng: random.Random) -> None:
        self.skew_seconds = skew_seconds
        self.retention = Retention(rng=rng, trust=ClockTrust(None, alone), rules=Rules())
        self.kept: set[int] = set()
        self.collected: set[int] = set()
        self.refused: set[int] = set()

    def moment(self, true_time: int) -> Moment:
        return Moment(Monotonic(float(true_time)), UnixTime(true_time + self.skew_seconds))

    def collect(self, true_time: int) -> None:
        now = self.moment(true_time)
        for effect in self.retention.tick(now) if self.retention.deadline is not None else self.retention.start(now):
            assert isinstance(effect, Expire)
            gone = {record for record in self.kept if record < effect.before}
            self.kept -= gone
            self.collected |= gone
            self.retention.receive(Expired(len(gone)), now)

    def offered(self, true_time: int) -> set[int]:
        current = self.retention.window(self.moment(true_time).unix)
        return {record for record in self.kept if record >= current.offered_from}

    def take(self, offered: set[int], true_time: int) -> None:
        current = self.retention.window(self.moment(true_time).unix)
        for record in sorted(offered - self.kept):
            if current.accepts(record):
                assert record not in self.collected, "a collected record came back"
                self.kept.add(record)
            elif record < current.accepted_from:
                self.refused.add(record)


@settings(max_examples=10, deadline=None)
@given(
    skews=st.tuples(*[st.integers(-HONEST_SKEW_SECONDS, HONEST_SKEW_SECONDS)] * 2),
    seed=st.integers(0, 2**32),
)
def test_over_180_days_no_collected_record_comes_back_to_peers_with_skewed_clocks(
    skews: tuple[int, int], seed: int
) -> None:
    rng = random.Random(seed)
    peers = [Keeper(skew, rng) for skew in skews]
    end = NOW + 180 * DAY_SECONDS
    true_time: int = NOW

    while true_time < end:
        true_time += rng.choice((700, HOUR_SECONDS, 6 * HOUR_SECONDS, DAY_SECONDS))
        writer = rng.choice(peers)
        writer.kept.add(true_time + writer.skew_seconds)
        rng.shuffle(peers)
        for peer, other in (peers, reversed(peers)):
            if rng.random() < 0.8:
                peer.collect(true_time)
            other.take(peer.offered(true_time), true_time)

    assert any(peer.collected for peer in peers)
    assert all(not peer.refused for peer in peers), "an honest peer offered what another finds too old"
    assert all(min(peer.kept) >= end - 92 * DAY_SECONDS for peer in peers)
