import asyncio
import random

import pytest

from peerset.core.action import Action
from peerset.core.limits import RECEIVE_QUEUE_BYTES_PER_PEER_MAX, UNREAD_BYTES_HIGH
from peerset.core.signal import OfferId, PeerId, RoomName
from peerset.protocol.events import ActionReceived
from peerset.protocol.inputs import Closed, Faulted, OfferLost, Opened, Received, TransportInput
from peerset.transports.frames import room_token
from peerset.transports.link import Link
from peerset.transports.members import RACE_SECONDS, RoomMembers
from peerset.transports.options import ConnectionOptions
from peerset.transports.reassembly import Fault
from peerset.transports.webrtc import WebRTCHub

PEER = PeerId("0000" + "2" * 16)
TOKEN = room_token(RoomName("app", "room"))


def make_link(fingerprint: bytes) -> Link:
    """A link that was never connected, told apart by our own certificate."""
    hub = WebRTCHub(PeerId("0000" + "1" * 16), ice_servers=())
    options = ConnectionOptions((), relay_only=False, allow_loopback=True)
    link = Link(
        TOKEN, hub, offer_id=OfferId("o"), options=options, local=hub.peer_id, memberships={}, rng=random.Random(1)
    )
    link.connection._local_sha256 = fingerprint * 32
    return link


async def told(members: RoomMembers) -> list[TransportInput]:
    members.inbox.close()
    return [event async for event in members.inbox.read()]


async def test_the_first_connection_serves_until_it_ends() -> None:
    members, link = RoomMembers(), make_link(b"a")
    assert members.activate(PEER, link) is None
    assert members.link_to(PEER) is link
    members.deactivate(PEER, link, "gone", has_others=False)
    assert members.link_to(PEER) is None
    assert await told(members) == [Opened(PEER, link.connection.binding, "unknown", ""), Closed(PEER, "gone")]


async def test_of_two_made_at_once_the_smaller_certificates_win() -> None:
    for first, second, winner in ((b"a", b"b", 0), (b"b", b"a", 1)):
        members, links = RoomMembers(), (make_link(first), make_link(second))
        assert members.activate(PEER, links[0]) is None
        assert members.activate(PEER, links[1]) is links[1 - winner]
        assert members.link_to(PEER) is links[winner]
        assert [type(event) for event in await told(members)] == [Opened, Closed, Opened][: 1 + 2 * winner]


async def test_long_after_the_first_the_newest_wins_because_the_peer_came_back() -> None:
    members, older, newer = RoomMembers(), make_link(b"a"), make_link(b"b")
    members.activate(PEER, older)
    loop = asyncio.get_running_loop()
    later: asyncio.Future[Link | None] = loop.create_future()
    loop.call_later(RACE_SECONDS, lambda: later.set_result(members.activate(PEER, newer)))
    assert await later is older
    assert members.link_to(PEER) is newer


async def test_the_end_of_another_connection_is_not_told() -> None:
    members, serving, other = RoomMembers(), make_link(b"a"), make_link(b"b")
    members.activate(PEER, serving)
    members.deactivate(PEER, other, "gone", has_others=True)
    assert [type(event) for event in await told(members)] == [Opened]


async def test_the_end_of_an_attempt_is_told_unless_another_is_under_way() -> None:
    members, link = RoomMembers(), make_link(b"a")
    members.deactivate(PEER, link, "first", has_others=True)
    members.deactivate(PEER, link, "last", has_others=False)
    assert await told(members) == [Closed(PEER, "last")]


async def test_only_the_serving_connection_delivers() -> None:
    members, serving, other = RoomMembers(), make_link(b"a"), make_link(b"b")
    members.activate(PEER, serving)
    assert members.deliver(PEER, other, Action("peerset", b"stale"))
    assert members.deliver(PEER, serving, Action("peerset", b"fresh"))
    assert members.deliver(PEER, serving, Action("chat", {"a": 1}))
    members.lose_offer(OfferId("x"))
    # What is of no peer goes first.
    first, _opened, *others = await told(members)
    assert first == OfferLost(OfferId("x"))
    assert others == [Received(PEER, b"fresh"), ActionReceived(PEER, Action("chat", {"a": 1}))]


async def test_our_protocol_is_binary() -> None:
    members, link = RoomMembers(), make_link(b"a")
    members.activate(PEER, link)
    assert members.deliver(PEER, link, Action("peerset", "text"))
    assert (await told(members))[1:] == [Faulted(PEER, "a message of our protocol that is not binary")]


async def test_what_is_left_unread_is_bounded_and_a_fatal_fault_is_told_all_the_same() -> None:
    members, link = RoomMembers(), make_link(b"a")
    members.activate(PEER, link)
    assert members.deliver(PEER, link, Action("chat", bytes(RECEIVE_QUEUE_BYTES_PER_PEER_MAX - 300)))
    assert not members.deliver(PEER, link, Action("chat", ["x" * 300]))
    assert not members.report(PEER, Fault("a small one"))
    assert members.report(PEER, Fault("flood", is_fatal=True))
    assert (await told(members))[-1] == Faulted(PEER, "flood")


async def test_no_more_is_read_of_a_peer_with_too_much_unread_until_it_was_read() -> None:
    members, link = RoomMembers(), make_link(b"a")
    members.activate(PEER, link)
    assert members.deliver(PEER, link, Action("peerset", bytes(UNREAD_BYTES_HIGH)))
    passing = asyncio.create_task(link.connection.gate.passed())
    await asyncio.sleep(1)
    assert not passing.done()
    events = members.inbox.read()
    await anext(events)
    await anext(events)
    await passing


@pytest.mark.parametrize("end", ["the peer is gone", "another connection", "we left"])
async def test_nobody_waits_for_a_reader_that_will_not_come(end: str) -> None:
    members, link = RoomMembers(), make_link(b"a")
    members.activate(PEER, link)
    assert members.deliver(PEER, link, Action("peerset", bytes(UNREAD_BYTES_HIGH)))
    match end:
        case "the peer is gone":
            members.deactivate(PEER, link, "gone", has_others=False)
        case "another connection":
            await asyncio.sleep(RACE_SECONDS)
            members.activate(PEER, make_link(b"b"))
        case _:
            members.close()
    await link.connection.gate.passed()


async def test_what_is_meant_for_a_connection_that_was_replaced_does_not_reach_the_next() -> None:
    members, older, newer = RoomMembers(), make_link(b"a"), make_link(b"b")
    members.activate(PEER, older)
    await asyncio.sleep(RACE_SECONDS)
    members.activate(PEER, newer)
    assert not members.is_stale(PEER)
    stale = []
    for event in await told(members):
        assert isinstance(event, Opened | Closed)
        members.heed(event)
        stale.append(members.is_stale(PEER))
    assert stale == [True, False, False]
