import asyncio

import pytest

from peerset.core.action import Action
from peerset.core.clock import Monotonic
from peerset.core.limits import MESSAGE_BYTES_MAX
from peerset.protocol.inputs import Closed, Faulted, Opened, Received
from peerset.testing.check_transport import connect
from peerset.transports.frames import Encoder, room_token
from peerset.transports.lanes import Lane, Urgency
from peerset.transports.options import ConnectionOptions
from peerset.transports.sharing import Sharing
from tests.patience import PATIENT_SECONDS
from tests.transports.test_webrtc import ROOM, join, links_of, make_hubs, make_pair

pytestmark = pytest.mark.real_time

TOKEN = room_token(ROOM)
CONTROL = Lane(Urgency.CONTROL, TOKEN)


async def test_a_connection_that_no_room_needs_is_closed() -> None:
    async with make_hubs() as (one, other):
        one._options = ConnectionOptions((), relay_only=False, allow_loopback=True, idle_timeout_seconds=0.05)
        here, there = join(one), join(other)
        await connect(here, there)
        [link], [far] = links_of(one), links_of(other)
        ended = asyncio.Event()
        link.connection._pc.on("signalingstatechange", ended.set)
        # The peer leaves the room as a page does that stays in others: the connection is not closed at its end.
        assert far._dialect is not None
        far._perform(far._dialect.detach(TOKEN, Monotonic(0.0)))
        assert await here.next(Closed) == Closed(other.peer_id, "the peer left the room")
        async with asyncio.timeout(PATIENT_SECONDS):
            await ended.wait()
        assert list(links_of(one)) == []


async def test_a_peer_that_says_ready_again_starts_over() -> None:
    async with make_pair() as (one, other):
        await connect(one, other)
        [link], [far] = links_of(one.transport._hub), links_of(other.transport._hub)  # type: ignore[attr-defined]
        assert isinstance(link._dialect, Sharing)
        # Our own ready was long ago.
        link._dialect._bound[TOKEN].binding._ready_sent_at = Monotonic(-1_000.0)
        far.connection.send(CONTROL, Encoder(TOKEN).encode(Action("@_hsready", "")))
        assert await one.next(Closed) == Closed(other.peer, "the peer started over")
        assert (await one.next(Opened)).peer == other.peer
        other.transport.send(one.peer, b"as if nothing had happened")
        assert await one.next(Received) == Received(other.peer, b"as if nothing had happened")


async def test_a_message_of_our_protocol_past_its_limit_closes_the_peer() -> None:
    async with make_pair() as (one, other):
        await connect(one, other)
        [far] = links_of(other.transport._hub)  # type: ignore[attr-defined]  # it is a WebRTCTransport
        far.send(TOKEN, Action("peerset", bytes(MESSAGE_BYTES_MAX + 1)))
        reason = f"a message of more than {MESSAGE_BYTES_MAX} bytes"
        assert await one.next(Faulted) == Faulted(other.peer, reason)
        assert await one.next(Closed) == Closed(other.peer, reason)


async def test_an_unreadable_action_is_a_fault_and_no_more() -> None:
    async with make_pair() as (one, other):
        await connect(one, other)
        [far] = links_of(other.transport._hub)  # type: ignore[attr-defined]  # it is a WebRTCTransport
        frame = bytearray(Encoder(TOKEN).encode(Action("chat", []))[0])
        frame[-1:] = b"?"
        far.connection.send(CONTROL, [bytes(frame)])
        assert (await one.next(Faulted)).peer == other.peer
        other.transport.send(one.peer, b"still here")
        assert (await one.next(Received)).data == b"still here"
