"""The acceptance suite of transports: plain asserts, to be called from one test of the adapter."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

from peerset.core.action import Action
from peerset.core.limits import (
    ACTION_BYTES_MAX,
    MESSAGE_BYTES_MAX,
    RECEIVE_QUEUE_BYTES_PER_PEER_MAX,
    SEND_QUEUE_BYTES_PER_PEER_MAX,
    SEND_QUEUE_HIGH_BYTES,
)
from peerset.core.signal import Answer, Offer, OfferId, PeerId
from peerset.errors import ConfigError, LocalProtocolError, RemoteProtocolError, TransportError
from peerset.ports import DialingTransport
from peerset.protocol.events import ActionReceived
from peerset.protocol.inputs import Clogged, Closed, Drained, Opened, Received, TransportInput

STRANGER: Final = PeerId("0000aaaaaaaaaaaaaaaa")
TIMEOUT_SECONDS: Final = 20.0
UNREAD_SECONDS: Final = 0.3
"""For so long a slow reader reads nothing."""

Expected = TypeVar("Expected", bound=TransportInput)


@dataclass(slots=True)
class TransportEnd:
    """One of two transports in the same room, under the peer id it was made with."""

    peer: PeerId
    transport: DialingTransport
    inputs: AsyncIterator[TransportInput] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.inputs = self.transport.inputs()

    async def next_any(self) -> TransportInput:
        """Give the next input."""
        async with asyncio.timeout(TIMEOUT_SECONDS):
            return await anext(self.inputs)

    async def next(self, kind: type[Expected]) -> Expected:
        """Give the next input, which must be of *kind*."""
        event = await self.next_any()
        assert isinstance(event, kind), f"expected {kind.__name__}, got {event!r:.200}"
        return event


Pair = tuple[TransportEnd, TransportEnd]
MakePair = Callable[[], AbstractAsyncContextManager[Pair]]
Check = Callable[[TransportEnd, TransportEnd], Awaitable[None]]


async def check_transport(make_pair: MakePair) -> None:
    """Run every check, each on a fresh pair of unconnected transports that *make_pair* gives and cleans up."""
    for check in CHECKS:
        async with make_pair() as (one, other):
            await check(one, other)


async def connect(one: TransportEnd, other: TransportEnd) -> tuple[Opened, Opened]:
    """Let *one* offer and *other* answer; give what each is told."""
    [offer] = await one.transport.make_offers(1)
    answer = await other.transport.make_answer(one.peer, offer)
    assert answer is not None, "an offer of an unknown peer must be answered"
    await one.transport.accept_answer(other.peer, answer)
    return await one.next(Opened), await other.next(Opened)


async def check_opening(one: TransportEnd, other: TransportEnd) -> None:
    """Check that both ends open, and name the same two certificates crosswise."""
    here, there = await connect(one, other)
    assert (here.peer, there.peer) == (other.peer, one.peer)
    assert len(here.binding.local) == len(here.binding.remote) == 32
    assert (here.binding.local, here.binding.remote) == (there.binding.remote, there.binding.local)
    assert here.binding.local != here.binding.remote
    assert here.route in ("direct", "relayed", "unknown")


async def check_order(one: TransportEnd, other: TransportEnd) -> None:
    """Check that messages arrive whole and in order, both ways at once, whatever their size."""
    await connect(one, other)
    sizes = (0, 1, 100, 16_348, 16_349, 65_536, MESSAGE_BYTES_MAX)
    for number, size in enumerate(sizes):
        one.transport.send(other.peer, bytes([number]) * size)
        other.transport.send(one.peer, bytes([number + 100]) * size)
    for number, size in enumerate(sizes):
        assert await other.next(Received) == Received(one.peer, bytes([number]) * size)
        assert await one.next(Received) == Received(other.peer, bytes([number + 100]) * size)


async def check_actions(one: TransportEnd, other: TransportEnd) -> None:
    """Check that actions arrive with their payload and metadata as they were sent."""
    await connect(one, other)
    actions = [
        Action("chat", "héllo"),
        Action("chat", {"a": [1, None, True, "x"]}, {"why": "test"}),
        Action("file", bytes(200_000), None),
        Action("file", b""),
        Action("x" * 32, None),
    ]
    for action in actions:
        one.transport.send_action(other.peer, action)
        other.transport.send_action(one.peer, action)
    for action in actions:
        assert await other.next(ActionReceived) == ActionReceived(one.peer, action)
        assert await one.next(ActionReceived) == ActionReceived(other.peer, action)


async def check_limits(one: TransportEnd, other: TransportEnd) -> None:
    """Check that what may not be sent is refused where it is sent."""
    await connect(one, other)
    huge = Action("file", bytes(ACTION_BYTES_MAX + 1))
    _expect(LocalProtocolError, partial(one.transport.send, other.peer, bytes(MESSAGE_BYTES_MAX + 1)))
    for action in (Action("peerset", b""), Action("@_ping", ""), Action("", ""), Action("a", float("nan")), huge):
        _expect(ConfigError, partial(one.transport.send_action, other.peer, action))
    one.transport.send(other.peer, b"still here")
    assert (await other.next(Received)).data == b"still here"


async def check_strangers(one: TransportEnd, other: TransportEnd) -> None:
    """Check that unknown peers are ignored, unknown offers refused, and nonsense blamed on the peer."""
    one.transport.send(STRANGER, b"nobody")
    one.transport.send_action(STRANGER, Action("chat", "nobody"))
    one.transport.disconnect(STRANGER, "nobody")
    one.transport.drop_offers([OfferId("nothing")])
    [offer] = await one.transport.make_offers(1)
    answer = await other.transport.make_answer(one.peer, offer)
    assert answer is not None
    await _expect_async(TransportError, one.transport.accept_answer(STRANGER, Answer(OfferId("gone"), answer.sdp)))
    await _expect_async(RemoteProtocolError, one.transport.make_answer(STRANGER, Offer(offer.id, "nonsense")))
    await _expect_async(RemoteProtocolError, one.transport.accept_answer(STRANGER, Answer(offer.id, "nonsense")))


async def check_offers(one: TransportEnd, other: TransportEnd) -> None:
    """Check that offers differ, and cannot be answered once dropped."""
    offers = await one.transport.make_offers(3)
    assert len({offer.id for offer in offers}) == 3
    answers = [await other.transport.make_answer(PeerId(f"{n}" * 20), offer) for n, offer in enumerate(offers[:2])]
    assert all(answers)
    one.transport.drop_offers([offers[2].id])
    assert answers[0] is not None
    dropped = Answer(offers[2].id, answers[0].sdp)
    await _expect_async(TransportError, one.transport.accept_answer(other.peer, dropped))
    here, there = await connect(one, other)
    assert (here.peer, there.peer) == (other.peer, one.peer)


async def check_second_offer(one: TransportEnd, other: TransportEnd) -> None:
    """Check that a connected peer's offer needs no answer, and that an answer is accepted once."""
    [offer] = await one.transport.make_offers(1)
    answer = await other.transport.make_answer(one.peer, offer)
    assert answer is not None
    await one.transport.accept_answer(other.peer, answer)
    await one.next(Opened)
    await other.next(Opened)
    [second] = await one.transport.make_offers(1)
    assert await other.transport.make_answer(one.peer, second) is None
    await _expect_async(TransportError, one.transport.accept_answer(other.peer, answer))


async def check_disconnect(one: TransportEnd, other: TransportEnd) -> None:
    """Check that what was queued arrives before the end, and that both are told once and may connect again."""
    await connect(one, other)
    for _ in range(4):
        one.transport.send(other.peer, bytes(100_000))
    one.transport.send(other.peer, b"goodbye")
    one.transport.disconnect(other.peer, "enough")
    one.transport.send(other.peer, b"too late")
    assert (await one.next(Closed)).peer == other.peer
    for _ in range(4):
        await other.next(Received)
    assert (await other.next(Received)).data == b"goodbye"
    assert (await other.next(Closed)).peer == one.peer
    one.transport.disconnect(other.peer, "again")
    await connect(one, other)


async def check_leaving(one: TransportEnd, other: TransportEnd) -> None:
    """Check that a transport that leaves ends its own inputs, and that the other end is told."""
    await connect(one, other)
    one.transport.send(other.peer, b"last words")
    await one.transport.aclose()
    await one.transport.aclose()
    assert (await other.next(Received)).data == b"last words"
    assert (await other.next(Closed)).peer == one.peer
    assert [event async for event in one.inputs if isinstance(event, Received)] == []
    one.transport.send(other.peer, b"from the grave")


async def check_slow_peer(one: TransportEnd, other: TransportEnd) -> None:
    """Check that a peer that is sent more than its queue holds, whatever was said of it, is closed."""
    await connect(one, other)
    for _ in range(SEND_QUEUE_BYTES_PER_PEER_MAX // MESSAGE_BYTES_MAX + 4):
        one.transport.send(other.peer, bytes(MESSAGE_BYTES_MAX))
    await one.next(Clogged)
    closed = await one.next(Closed)
    assert closed.peer == other.peer
    assert "wait to be sent" in closed.reason


async def check_clogging(one: TransportEnd, other: TransportEnd) -> None:
    """Check that one learns when too much waits to be sent, and when most of it has left."""
    await connect(one, other)
    count = SEND_QUEUE_HIGH_BYTES // MESSAGE_BYTES_MAX + 4
    for _ in range(count):
        one.transport.send(other.peer, bytes(MESSAGE_BYTES_MAX))
    assert await one.next_any() == Clogged(other.peer)
    assert not one.transport.send_action(other.peer, Action("chat", "too early"))
    for _ in range(count):
        await other.next(Received)
    assert await one.next_any() == Drained(other.peer)
    assert one.transport.send_action(other.peer, Action("chat", "hello"))
    assert await other.next(ActionReceived) == ActionReceived(one.peer, Action("chat", "hello"))


async def check_backpressure(one: TransportEnd, other: TransportEnd) -> None:
    """Check that a peer that sends faster than is read is slowed down: it is neither closed nor blamed."""
    await connect(one, other)
    messages = [
        number.to_bytes(2) + bytes(100_000) for number in range(RECEIVE_QUEUE_BYTES_PER_PEER_MAX // 100_000 + 8)
    ]
    for message in messages:
        one.transport.send(other.peer, message)
    await asyncio.sleep(UNREAD_SECONDS)
    assert [await other.next_any() for _ in messages] == [Received(one.peer, message) for message in messages]
    assert [await one.next_any() for _ in range(2)] == [Clogged(other.peer), Drained(other.peer)]
    other.transport.send(one.peer, b"still here")
    assert await one.next_any() == Received(other.peer, b"still here")


CHECKS: Final[tuple[Check, ...]] = (
    check_opening,
    check_order,
    check_actions,
    check_limits,
    check_strangers,
    check_offers,
    check_second_offer,
    check_disconnect,
    check_leaving,
    check_slow_peer,
    check_clogging,
    check_backpressure,
)


def _expect(kind: type[Exception], call: Callable[[], object]) -> None:
    try:
        call()
    except kind:
        return
    raise AssertionError(f"{kind.__name__} was expected")


async def _expect_async(kind: type[Exception], call: Awaitable[object]) -> None:
    try:
        await call
    except kind:
        return
    raise AssertionError(f"{kind.__name__} was expected")
