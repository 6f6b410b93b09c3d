import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from peerset.core.action import Action
from peerset.core.signal import PeerId, RoomName
from peerset.errors import ConfigError, TransportError
from peerset.protocol.events import ActionReceived
from peerset.protocol.inputs import Closed, Opened, Received
from peerset.testing.check_transport import Pair, TransportEnd, check_transport, connect
from peerset.transports.memory import MemoryNetwork

ROOM = RoomName("app", "room")
ONE, OTHER = PeerId("0000" + "1" * 16), PeerId("0000" + "2" * 16)


@asynccontextmanager
async def make_pair() -> AsyncIterator[Pair]:
    network = MemoryNetwork(delay_seconds=0.01)
    ends = TransportEnd(ONE, network.join(ONE, ROOM)), TransportEnd(OTHER, network.join(OTHER, ROOM))
    yield ends
    for end in ends:
        await end.transport.aclose()


async def connect_twice(network: MemoryNetwork) -> Pair:
    """Let both ends offer at once; neither has read what it is told."""
    one, other = TransportEnd(ONE, network.join(ONE, ROOM)), TransportEnd(OTHER, network.join(OTHER, ROOM))
    [offer], [counter] = await one.transport.make_offers(1), await other.transport.make_offers(1)
    answer, back = await other.transport.make_answer(ONE, offer), await one.transport.make_answer(OTHER, counter)
    assert answer is not None
    assert back is not None
    await one.transport.accept_answer(OTHER, answer)
    await other.transport.accept_answer(ONE, back)
    return one, other


async def open_pair(network: MemoryNetwork) -> Pair:
    one, other = TransportEnd(ONE, network.join(ONE, ROOM)), TransportEnd(OTHER, network.join(OTHER, ROOM))
    await connect(one, other)
    return one, other


async def test_it_passes_the_acceptance_suite() -> None:
    await check_transport(make_pair)


async def test_messages_take_the_networks_delay() -> None:
    network = MemoryNetwork(delay_seconds=60.0)
    one, other = await open_pair(network)
    loop = asyncio.get_running_loop()
    start = loop.time()
    one.transport.send(OTHER, b"slow")
    event = await anext(other.inputs)
    assert event == Received(ONE, b"slow")
    assert loop.time() - start == pytest.approx(60.0)


async def test_a_cut_loses_what_is_under_way_and_both_ends_learn_of_it() -> None:
    network = MemoryNetwork(delay_seconds=1.0)
    one, other = await open_pair(network)
    one.transport.send(OTHER, b"lost")
    network.cut(ONE, OTHER)
    assert await one.next(Closed) == Closed(OTHER, "the connection was lost")
    assert await other.next(Closed) == Closed(ONE, "the connection was lost")
    await connect(other, one)


async def test_a_held_link_is_silent_until_released() -> None:
    network = MemoryNetwork(delay_seconds=1.0)
    one, other = await open_pair(network)
    one.transport.send(OTHER, b"under way")
    network.hold(ONE, OTHER)
    one.transport.send(OTHER, b"held")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(3_600):
            await anext(other.inputs)
    other.inputs = other.transport.inputs()
    network.release(ONE, OTHER)
    assert [(await other.next(Received)).data for _ in range(2)] == [b"under way", b"held"]


async def test_a_crash_says_no_goodbye() -> None:
    network = MemoryNetwork(delay_seconds=1.0)
    one, other = await open_pair(network)
    other.transport.send(ONE, b"lost")
    network.crash(OTHER)
    assert await one.next(Closed) == Closed(OTHER, "the connection was lost")
    again = TransportEnd(OTHER, network.join(OTHER, ROOM))
    await connect(one, again)


async def test_rooms_do_not_hear_each_other() -> None:
    network = MemoryNetwork()
    one, other = await open_pair(network)
    elsewhere = TransportEnd(OTHER, network.join(OTHER, RoomName("app", "elsewhere")))
    [offer] = await elsewhere.transport.make_offers(1)
    answer = await one.transport.make_answer(PeerId("3" * 20), offer)
    assert answer is not None
    await elsewhere.transport.accept_answer(ONE, answer)
    assert (await elsewhere.next(Closed)).peer == ONE
    one.transport.send_action(OTHER, Action("chat", "here"))
    assert (await other.next(ActionReceived)).action.payload == "here"


async def test_an_answer_to_a_peer_that_left_ends_the_attempt() -> None:
    network = MemoryNetwork()
    one, other = TransportEnd(ONE, network.join(ONE, ROOM)), TransportEnd(OTHER, network.join(OTHER, ROOM))
    [offer] = await one.transport.make_offers(1)
    answer = await other.transport.make_answer(ONE, offer)
    assert answer is not None
    await other.transport.aclose()
    await one.transport.accept_answer(OTHER, answer)
    assert await one.next(Closed) == Closed(OTHER, "no route to the peer")
    with pytest.raises(TransportError):
        await other.transport.make_answer(ONE, offer)
    assert await other.transport.make_offers(1) == []


async def test_two_connections_leave_one_open() -> None:
    one, other = await connect_twice(MemoryNetwork())
    assert [type(await one.next_any()) for _ in range(3)] == [Opened, Closed, Opened]
    assert [type(await other.next_any()) for _ in range(3)] == [Opened, Closed, Opened]


async def test_what_is_meant_for_a_channel_that_was_replaced_does_not_reach_the_next() -> None:
    one, other = await connect_twice(MemoryNetwork())
    for said in (b"to the first", b"", b"to the second"):
        event = await one.next_any()
        assert isinstance(event, Opened | Closed)
        one.transport.heed(event)
        if isinstance(event, Opened):
            one.transport.send(OTHER, said)
    assert [type(await other.next_any()) for _ in range(3)] == [Opened, Closed, Opened]
    assert await other.next(Received) == Received(ONE, b"to the second")


async def test_an_id_joins_a_room_once() -> None:
    network = MemoryNetwork()
    network.join(ONE, ROOM)
    with pytest.raises(ConfigError, match="joined the room"):
        network.join(ONE, ROOM)
