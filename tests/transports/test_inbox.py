import asyncio

from peerset.core.limits import RECEIVE_QUEUE_BYTES_PER_PEER_MAX, UNREAD_BYTES_HIGH, UNREAD_BYTES_LOW
from peerset.core.signal import OfferId, PeerId
from peerset.protocol.inputs import Closed, OfferLost, Received
from peerset.transports.inbox import Inbox

ONE, OTHER = PeerId("0000" + "1" * 16), PeerId("0000" + "2" * 16)


async def test_inputs_are_read_in_order_and_end_after_the_close() -> None:
    inbox = Inbox()
    inbox.post(OfferLost(OfferId("a")))
    assert inbox.post_from(ONE, Received(ONE, b"b"), size_bytes=1)
    inbox.close()
    inbox.post(OfferLost(OfferId("after the close")))
    assert [event async for event in inbox.read()] == [OfferLost(OfferId("a")), Received(ONE, b"b")]


async def test_what_a_peer_leaves_unread_is_bounded_and_reading_makes_room() -> None:
    inbox = Inbox()
    half = RECEIVE_QUEUE_BYTES_PER_PEER_MAX // 2
    assert inbox.post_from(ONE, Received(ONE, b""), size_bytes=half)
    assert not inbox.post_from(ONE, Received(ONE, b""), size_bytes=half)
    assert inbox.post_from(OTHER, Received(OTHER, b""), size_bytes=half)
    events = inbox.read()
    await anext(events)
    assert inbox.post_from(ONE, Received(ONE, b"now"), size_bytes=half)


async def test_who_sends_much_is_read_in_turn_with_the_others() -> None:
    inbox = Inbox()
    for number in range(3):
        inbox.post_from(ONE, Received(ONE, bytes([number])))
    inbox.post(Closed(ONE, "gone"))
    inbox.post_from(OTHER, Received(OTHER, b"late"))
    inbox.close()
    first, *rest = [Received(ONE, b"\0"), Received(ONE, b"\1"), Received(ONE, b"\2"), Closed(ONE, "gone")]
    assert [event async for event in inbox.read()] == [first, Received(OTHER, b"late"), *rest]


async def test_empty_inputs_have_a_price_too() -> None:
    inbox = Inbox()
    count = 0
    while inbox.post_from(ONE, Received(ONE, b"")):
        count += 1
    assert count == RECEIVE_QUEUE_BYTES_PER_PEER_MAX // 256


async def test_a_waiting_reader_wakes_up() -> None:
    inbox = Inbox()
    asyncio.get_running_loop().call_later(60, inbox.post, OfferLost(OfferId("a")))
    assert await anext(inbox.read()) == OfferLost(OfferId("a"))


async def test_a_peer_is_behind_from_the_high_mark_until_the_low_one() -> None:
    caught_up: list[PeerId] = []
    inbox = Inbox(caught_up.append)
    size = UNREAD_BYTES_LOW // 2 - 256
    count = 0
    while not inbox.is_behind(ONE):
        assert inbox.post_from(ONE, Received(ONE, b""), size_bytes=size)
        count += 1
    assert count == UNREAD_BYTES_HIGH // (size + 256) + 1
    assert not inbox.is_behind(OTHER)
    events = inbox.read()
    for _ in range(count - 2):
        assert inbox.is_behind(ONE)
        await anext(events)
    assert caught_up == [ONE]
    assert not inbox.is_behind(ONE)
