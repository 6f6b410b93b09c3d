"""Streams of events: bounded, and subscribed from the moment they are made."""

import asyncio

import pytest

import peerset
from peerset.core.limits import EVENTS_BUFFERED_BYTES_MAX
from peerset.core.record import RecordId
from peerset.core.signal import PeerId
from peerset.room.stream import EventStream, Lagged
from tests.protocol.pair import make_record

PEER = PeerId("0000peer")


def event(number: int) -> peerset.RecordKnown:
    return peerset.RecordKnown(RecordId(number.to_bytes(32, "big")))


def other(number: int) -> peerset.RecordDeleted:
    record_id = RecordId(number.to_bytes(32, "big"))
    return peerset.RecordDeleted(record_id, record_id)


async def test_what_happens_before_the_first_read_is_kept() -> None:
    stream = EventStream()
    stream.push(event(1))
    assert await anext(stream) == event(1)


async def test_a_reader_waits_for_the_next_event() -> None:
    stream = EventStream()
    reading = asyncio.create_task(stream.__anext__())
    await asyncio.sleep(1)
    assert not reading.done()
    stream.push(event(1))
    assert await reading == event(1)


async def test_a_slow_reader_loses_the_oldest_and_is_told_once() -> None:
    stream = EventStream(size=3)
    for number in range(5):
        stream.push(event(number))
    assert [await anext(stream) for _ in range(4)] == [Lagged(2), event(2), event(3), event(4)]


async def test_our_own_records_are_not_lost_behind_others_and_stay_in_order() -> None:
    stream = EventStream(size=3)
    stream.push(event(0))
    for number in range(5):
        stream.push(other(number))
    stream.push(event(1))
    stream.push(other(5))
    found = [await anext(stream) for _ in range(6)]
    assert found == [Lagged(3), event(0), other(3), other(4), event(1), other(5)]


async def test_what_records_of_others_take_is_bounded_and_costs_our_own_none() -> None:
    big = make_record(1, size=60_000)
    stream = EventStream()
    stream.push(peerset.RecordAdded(big, None))
    dropped = [stream.push(peerset.RecordAdded(big, PEER)) for _ in range(200)]
    assert (dropped[0], dropped[-1]) == (0, 1)
    assert sum(dropped) == 200 - EVENTS_BUFFERED_BYTES_MAX // len(big.wire)
    assert await anext(stream) == Lagged(sum(dropped))
    assert await anext(stream) == peerset.RecordAdded(big, None)
    while len(stream):
        await anext(stream)
    assert [stream.push(peerset.RecordAdded(big, PEER)) for _ in range(100)] == [0] * 100, "what was read takes nothing"


async def test_what_of_our_own_nobody_reads_is_bounded_too() -> None:
    stream = EventStream(size=3)
    assert [stream.push(event(number)) for number in range(5)] == [0, 0, 0, 1, 1]
    assert [await anext(stream) for _ in range(4)] == [Lagged(2), event(2), event(3), event(4)]


async def test_a_closed_stream_gives_what_it_holds_and_ends() -> None:
    stream = EventStream()
    stream.push(event(1))
    stream.close()
    stream.push(event(2))
    assert [found async for found in stream] == [event(1)]
    assert stream.is_ended


async def test_closing_wakes_who_waits() -> None:
    stream = EventStream()
    reading = asyncio.create_task(stream.__anext__())
    await asyncio.sleep(1)
    stream.close()
    with pytest.raises(StopAsyncIteration):
        await reading


async def test_a_failed_stream_raises_after_what_it_holds() -> None:
    stream = EventStream()
    stream.push(event(1))
    stream.fail(peerset.RoomClosedError("broken"))
    assert await anext(stream) == event(1)
    with pytest.raises(peerset.RoomClosedError, match="broken"):
        await anext(stream)


async def test_a_cancelled_reader_leaves_the_others_waiting() -> None:
    stream = EventStream()
    readers = [asyncio.create_task(stream.__anext__()) for _ in range(2)]
    await asyncio.sleep(1)
    readers[0].cancel()
    await asyncio.wait(readers[:1])
    stream.push(event(1))
    assert await readers[1] == event(1)
