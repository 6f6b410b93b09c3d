"""A room without a network."""

from peerset.core.action import Action
from peerset.core.signal import Answer, OfferId, PeerId, Via
from peerset.room.joining import join
from peerset.room.silence import SilentSignaling, SilentTransport

PEER = PeerId("0000abcdefghijklmnop")
OFFER = OfferId("abcdefghijklmnop0000")


async def test_a_room_without_trackers_keeps_what_it_is_given() -> None:
    async with join("lobby", signaling=[]) as room:
        record = await room.publish("hello")
        assert await room.records() == [record]
        assert room.peers == []
        assert room.signaling == []


async def test_nobody_can_be_reached() -> None:
    transport = SilentTransport()
    transport.send(PEER, b"hello")
    assert transport.send_action(PEER, Action("chat", "hello"))
    transport.disconnect(PEER, "bye")
    await transport.aclose()
    assert [event async for event in transport.inputs()] == []


async def test_nobody_is_asked() -> None:
    signaling = SilentSignaling()
    assert signaling.status() == []
    await signaling.announce([])
    await signaling.answer(PEER, Answer(OFFER, ""), Via("nowhere"))
    await signaling.aclose()
    assert [event async for event in signaling.inputs()] == []
