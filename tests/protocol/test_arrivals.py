"""The checks that need nothing but a record and the clock, and reading blobs."""

import pytest

from peerset.core.clock import DAY_SECONDS, Moment, Monotonic
from peerset.core.limits import EPHEMERAL_AGE_MAX_SECONDS, FUTURE_SECONDS_MAX, POSTPONED_SECONDS_MAX, RETENTION_SECONDS
from peerset.core.record import Record, sign_record
from peerset.core.signal import PeerId
from peerset.protocol.arrivals import Arrival, Screen, read_blobs
from peerset.protocol.effects import Emit, Request, Strike
from peerset.protocol.events import RecordRejected
from peerset.protocol.retention import window
from peerset.protocol.strikes import Fault
from tests.protocol.pair import ROOM, START, key, make_record

PEER = PeerId("0000peer")
NOW = Moment(Monotonic(0.0), START)


def refuse(record: Record, peer: PeerId | None = PEER) -> list[Request]:
    screen = Screen(ROOM.tag, window)
    return screen.refuse(Arrival(record, peer, 0), NOW)


@pytest.mark.parametrize(
    "record",
    [
        make_record(1, at=START - RETENTION_SECONDS),
        make_record(2, at=START + FUTURE_SECONDS_MAX),
        make_record(3, at=START + POSTPONED_SECONDS_MAX),
        make_record(4, at=START - EPHEMERAL_AGE_MAX_SECONDS, kind=20_000),
        make_record(5, at=START + EPHEMERAL_AGE_MAX_SECONDS, kind=29_999),
    ],
    ids=["oldest", "newest", "postponed", "ephemeral of the past", "ephemeral of the future"],
)
def test_the_edges_themselves_are_inside(record: Record) -> None:
    assert refuse(record) == []


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        (make_record(1, at=START - RETENTION_SECONDS - 1), None),
        (make_record(2, at=START - RETENTION_SECONDS - DAY_SECONDS), None),
        (make_record(3, at=START - RETENTION_SECONDS - DAY_SECONDS - 1), None),
        (make_record(4, at=START + POSTPONED_SECONDS_MAX + 1), None),
        (make_record(5, at=START - EPHEMERAL_AGE_MAX_SECONDS - 1, kind=20_000), None),
        (make_record(6, at=START + EPHEMERAL_AGE_MAX_SECONDS + 1, kind=20_000), None),
    ],
)
def test_a_second_past_the_edge_is_refused_and_only_a_day_past_it_is_a_fault(
    record: Record, fault: Fault | None
) -> None:
    emit, *strikes = refuse(record)
    assert isinstance(emit, Emit)
    assert isinstance(emit.event, RecordRejected)
    assert (emit.event.id, emit.event.source, emit.event.peer) == (record.id, "age", PEER)
    assert [strike.fault for strike in strikes if isinstance(strike, Strike)] == ([] if fault is None else [fault])


def test_our_own_user_is_never_struck() -> None:
    elsewhere = sign_record(key(1), created_at=START, kind=1, tags=[["h", "00" * 16]], content="")
    assert [type(effect) for effect in refuse(elsewhere, None)] == [Emit]


def test_blobs_are_read_one_by_one_and_bad_ones_spoil_nothing() -> None:
    one, two = make_record(1), make_record(2)
    records, malformed = read_blobs([one.wire, b"nonsense", two.wire, two.wire + b"\0"])
    assert records == [one, two]
    assert [blob for blob, _ in malformed] == [b"nonsense", two.wire + b"\0"]
    assert all(reason for _, reason in malformed)
