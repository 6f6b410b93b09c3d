"""Refused records on their way in: remembered, told of once, and paid for each time."""

from peerset.core.cause import Cause
from peerset.core.limits import LIVE_RECORD_BYTES_MIN, RETENTION_SECONDS
from peerset.core.verdict import Reject
from peerset.protocol.arrivals import work_of
from peerset.protocol.effects import Dealt, Decline, KeepRefused
from peerset.protocol.events import RecordRejected
from peerset.protocol.inputs import Judged, Verified
from tests.protocol.pair import START, make_record
from tests.protocol.test_intake import NOW, OTHER, PEER, RULES, dealt, events, make_intake, strikes


def test_a_refusal_of_a_policy_is_remembered() -> None:
    intake, index = make_intake(has_policies=True)
    record = make_record(1)
    intake.offer(PEER, 0, [record], NOW)
    intake.receive(Verified(1, (True,)), NOW)
    effects = intake.receive(Judged(1, (Reject("words", "a bad word"),)), NOW)
    assert events(effects) == [RecordRejected(record.id, Cause.POLICY, "words", "a bad word", PEER)]
    assert len(index) == 0
    assert KeepRefused(((record.created_at, record.id),), RULES) in effects
    again = intake.offer(OTHER, 0, [record], NOW)
    assert events(again) == []
    assert Decline(OTHER, (record.id,)) in again
    assert [dealt.refused for dealt in again if isinstance(dealt, Dealt)] == [LIVE_RECORD_BYTES_MIN]
    assert strikes(again) == []
    brought = events(intake.bring([record], NOW, is_trusted=False))
    assert [(event.cause, event.peer) for event in brought if isinstance(event, RecordRejected)] == [
        (Cause.REFUSED, None)
    ]


def test_a_record_that_is_too_old_is_told_of_once_and_counted_each_time() -> None:
    intake, _ = make_intake()
    old = make_record(1, at=START - RETENTION_SECONDS - 1)
    first, second = (intake.offer(peer, 0, [old], NOW) for peer in (PEER, OTHER))
    assert [type(event) for event in events(first)] == [RecordRejected]
    assert events(second) == []
    assert [dealt.refused > 0 for dealt in (*first, *second) if isinstance(dealt, Dealt)] == [True, True]


def test_the_sender_of_a_refused_record_is_told_of_so_much_that_was_refused() -> None:
    intake, _ = make_intake(has_policies=True)
    small, large = make_record(1), make_record(2, size=10_000)
    intake.offer(PEER, 0, [small, large], NOW)
    intake.receive(Verified(1, (True, True)), NOW)
    counted = [LIVE_RECORD_BYTES_MIN, len(large.wire)]
    effects = intake.receive(Judged(1, (Reject("words", "a bad word"),) * 2), NOW)
    tolls = [0, work_of(large) * LIVE_RECORD_BYTES_MIN - len(large.wire)]
    assert dealt(effects) == [
        Dealt(PEER, 0, size, 0, refused=size, toll=toll) for size, toll in zip(counted, tolls, strict=True)
    ]
    effects = intake.offer(OTHER, 0, [small, large], NOW)
    assert dealt(effects) == [Dealt(OTHER, 0, sum(counted), 0, refused=sum(counted))]
    effects = intake.offer(OTHER, 3, [small], NOW)
    assert dealt(effects) == [Dealt(OTHER, 3, len(small.wire), 0, refused=len(small.wire))]
