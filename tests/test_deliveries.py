"""What the room's user waits for."""

from peerset.core.record import RecordId
from peerset.deliveries import Deliveries
from peerset.errors import RejectedError, RoomClosedError, StoreError

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
