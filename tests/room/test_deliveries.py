"""What the room's user waits for."""

from peerset.core.cause import Cause
from peerset.core.record import RecordId
from peerset.errors import AgeError, RejectedError, RoomClosedError, SignatureError, StoreError
from peerset.protocol.events import (
    RecordDeleted,
    RecordKnown,
    RecordPostponed,
    RecordRejected,
    RecordsAdded,
    SaveDelayed,
)
from peerset.room.deliveries import Deliveries
from tests.protocol.pair import make_record

ONE, TWO = RecordId(b"1" * 32), RecordId(b"2" * 32)


async def test_a_parcel_is_done_when_its_last_record_is() -> None:
    deliveries = Deliveries()
    done = deliveries.expect([ONE, TWO, TWO])
    deliveries.settle(ONE, None)
    assert not done.done()
    deliveries.settle(TWO, None)
    assert await done == []


async def test_an_empty_parcel_is_done_at_once() -> None:
    assert await Deliveries().expect([]) == []


async def test_errors_are_collected() -> None:
    deliveries = Deliveries()
    done = deliveries.expect([ONE, TWO])
    refused, full = RejectedError("no"), StoreError("full")
    deliveries.settle(TWO, refused)
    deliveries.settle(ONE, full)
    assert await done == [refused, full]


async def test_two_callers_may_wait_for_one_record() -> None:
    deliveries = Deliveries()
    first, second = deliveries.expect([ONE]), deliveries.expect([ONE])
    first.cancel()
    deliveries.settle(ONE, None)
    assert await second == []
    assert first.cancelled()


async def test_failing_ends_every_wait() -> None:
    deliveries = Deliveries()
    done = deliveries.expect([ONE, TWO])
    closed = RoomClosedError("left")
    deliveries.fail(closed)
    assert await done == [closed, closed]
    deliveries.settle(ONE, None)


async def test_events_settle_what_they_decide_about() -> None:
    deliveries, record = Deliveries(), make_record()
    ids = [RecordId(bytes([number]) * 32) for number in range(5)]
    done = deliveries.expect([record.id, *ids])
    events = (
        RecordsAdded(((record, None),)),
        RecordDeleted(ids[0], ids[1]),
        RecordKnown(ids[0]),
        RecordPostponed(ids[1], 9, None),
        RecordRejected(ids[2], Cause.AGE, "age", "too old", None),
        RecordRejected(ids[3], Cause.SIGNATURE, "signature", "forged", None),
        RecordRejected(ids[3], Cause.POLICY, "words", "never asked", None),
        SaveDelayed("full", (ids[4],)),
    )
    for event in events:
        assert not done.done()
        deliveries.take(event)
    assert [type(error) for error in await done] == [AgeError, SignatureError, StoreError]


async def test_a_policy_named_like_a_cause_refuses_by_the_error_of_policies() -> None:
    deliveries, ids = Deliveries(), [RecordId(bytes([number]) * 32) for number in range(2)]
    done = deliveries.expect(ids)
    deliveries.take(RecordRejected(ids[0], Cause.POLICY, "age", "too old", None))
    deliveries.take(RecordRejected(ids[1], Cause.POLICY, "signature", "not pretty", None))
    assert [type(error) for error in await done] == [RejectedError, RejectedError]
