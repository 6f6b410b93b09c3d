import logging

import pytest

from peerset.core.action import Action
from peerset.core.signal import Answer, Offer
from peerset.protocol.events import ActionReceived
from peerset.protocol.inputs import Closed, Opened, Received
from peerset.testing.check_transport import TransportEnd
from peerset.transports.frames import room_token
from tests.patience import until
from tests.transports.test_webrtc import HALL, ROOM, join, links_of, make_hubs, make_pair

pytestmark = pytest.mark.real_time

TOKEN = room_token(ROOM)


def older(sdp: str) -> str:
    """Take out of a description what Trystero 0.22 takes out."""
    assert "a=ice-options:trickle\r\n" in sdp
    return sdp.replace("a=ice-options:trickle\r\n", "")


async def ask(source: TransportEnd, target: TransportEnd) -> Answer:
    """Let *source* offer and *target* answer as pages of Trystero 0.22 do."""
    [offer] = await source.transport.make_offers(1)
    answer = await target.transport.make_answer(source.peer, Offer(offer.id, older(offer.sdp)))
    assert answer is not None
    return Answer(answer.offer_id, older(answer.sdp))


async def dial(source: TransportEnd, target: TransportEnd) -> None:
    """Let *source* reach *target*."""
    await source.transport.accept_answer(target.peer, await ask(source, target))


async def dial_both_ways(one: TransportEnd, other: TransportEnd) -> None:
    """Let two offers cross, which both are answered."""
    answers = await ask(one, other), await ask(other, one)
    await one.transport.accept_answer(other.peer, answers[0])
    await other.transport.accept_answer(one.peer, answers[1])


async def heard(end: TransportEnd) -> object:
    """Give the payload of the next action, whatever opens and closes before."""
    while True:
        event = await end.next_any()
        if isinstance(event, ActionReceived):
            return event.action.payload
        assert isinstance(event, Opened | Closed)


async def test_actions_flow_as_soon_as_the_channel_is_open_and_our_protocol_does_not() -> None:
    async with make_pair() as (one, other):
        await dial(one, other)
        for end in (one, other):
            await end.next(Opened)
        one.transport.send(other.peer, b"a message of our protocol")
        assert one.transport.send_action(other.peer, Action("chat", {"a": 1}, {"lost": True}))
        assert other.transport.send_action(one.peer, Action("file", bytes(40_000), {"name": "f"}))
        assert (await other.next(ActionReceived)).action == Action("chat", {"a": 1})
        assert (await one.next(ActionReceived)).action == Action("file", bytes(40_000), {"name": "f"})


async def test_the_peer_s_farewell_ends_the_room() -> None:
    async with make_pair() as (one, other):
        await dial(one, other)
        for end in (one, other):
            await end.next(Opened)
        await one.transport.aclose()
        assert await other.next(Closed) == Closed(one.peer, "the peer left the room")


async def test_each_room_has_a_connection_of_its_own() -> None:
    async with make_hubs() as (one, other):
        here, there = join(one), join(other)
        await dial(here, there)
        await here.next(Opened)
        await there.next(Opened)
        hall, there_hall = join(one, HALL), join(other, HALL)
        await dial(hall, there_hall)
        await hall.next(Opened)
        await there_hall.next(Opened)
        assert len(list(links_of(one))) == len(list(links_of(other))) == 2
        hall.transport.send_action(other.peer_id, Action("chat", "in the hall"))
        here.transport.send_action(other.peer_id, Action("chat", "in the room"))
        assert await heard(there_hall) == "in the hall"
        assert await heard(there) == "in the room"


async def test_of_two_connections_the_one_that_the_peer_speaks_on_is_kept() -> None:
    async with make_pair() as (one, other):
        await dial_both_ways(one, other)
        for end in (one, other):
            await end.next(Opened)
        one.transport.send_action(other.peer, Action("chat", "from one"))
        assert await heard(other) == "from one"
        other.transport.send_action(one.peer, Action("chat", "from other"))
        assert await heard(one) == "from other"


async def test_when_a_connection_ends_the_one_that_stood_by_takes_over() -> None:
    async with make_pair() as (one, other):
        await dial_both_ways(one, other)
        await one.next(Opened)
        await other.next(Opened)
        hub = one.transport._hub  # type: ignore[attr-defined]  # it is a WebRTCTransport
        serving = one.transport._members.link_to(other.peer)  # type: ignore[attr-defined]
        [spare] = [link for link in links_of(hub) if link is not serving]
        await until(lambda: spare.is_active(TOKEN))
        serving.connection.close("as a page does")
        assert (await one.next(Closed)).reason == "as a page does"
        assert (await one.next(Opened)).peer == other.peer
        one.transport.send_action(other.peer, Action("chat", "over the spare one"))
        assert await heard(other) == "over the spare one"


async def test_a_name_that_is_too_long_for_such_a_page_is_withheld_with_a_word(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with make_pair() as (one, other):
        await dial(one, other)
        for end in (one, other):
            await end.next(Opened)
        with caplog.at_level(logging.WARNING, logger="peerset.transports.link"):
            for name in ("thirteenbytes", "another-long-one", "chat"):
                assert one.transport.send_action(other.peer, Action(name, "hello"))
        assert (await other.next(ActionReceived)).action == Action("chat", "hello")
        [line] = caplog.messages
        assert "'thirteenbytes' is not sent" in line
        assert "at most 12 bytes" in line


async def test_a_modern_peer_without_the_line_is_understood_by_its_first_message() -> None:
    async with make_pair() as (one, other):
        [offer] = await one.transport.make_offers(1)
        answer = await other.transport.make_answer(one.peer, Offer(offer.id, older(offer.sdp)))
        assert answer is not None
        await one.transport.accept_answer(other.peer, answer)
        await one.next(Opened)
        await other.next(Opened)
        one.transport.send(other.peer, b"a message of our protocol")
        event = await other.next_any()
        while isinstance(event, Opened | Closed):
            event = await other.next_any()
        assert event == Received(one.peer, b"a message of our protocol")
