"""Application actions, and channels that have too much to send already."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from peerset.core.action import Action
from peerset.core.limits import ACTION_BYTES_MAX, ACTIONS_WAITING_BYTES_PER_PEER_MAX, SEND_QUEUE_BYTES_PER_PEER_MAX
from peerset.core.signal import ChannelBinding, PeerId
from peerset.errors import ConfigError, RoomClosedError, TransportError
from peerset.protocol.inputs import Closed, Drained, Opened, TransportInput
from peerset.room.actions import Actions

FAST, SLOW = PeerId("fast"), PeerId("slow")
CHUNK = bytes(1_000_000)


class Channels:
    """A transport that takes nothing for the peers in `clogged`, but the next `takes` actions."""

    def __init__(self) -> None:
        self.clogged: set[PeerId] = set()
        self.takes = 0
        self.sent: list[tuple[PeerId, object]] = []

    async def inputs(self) -> AsyncIterator[TransportInput]:
        for event in list[TransportInput]():
            yield event

    def heed(self, event: Opened | Closed) -> None:
        """There is but one channel to each."""

    def send(self, peer: PeerId, data: bytes) -> None:
        """Nothing of the protocol is said here."""

    def send_action(self, peer: PeerId, action: Action) -> bool:
        is_taken = peer not in self.clogged or self.takes > 0
        if is_taken:
            self.sent.append((peer, action.payload))
            self.takes = max(0, self.takes - 1)
        return is_taken

    def disconnect(self, peer: PeerId, reason: str) -> None:
        raise AssertionError(reason)

    async def aclose(self) -> None:
        """Nothing is open."""


async def test_an_action_leaves_at_once_where_there_is_room_and_once_for_each_peer() -> None:
    channels = Channels()
    sending = Actions(channels).send(Action("chat", "hello"), [FAST, SLOW, FAST])
    assert sending.done()
    assert channels.sent == [(FAST, "hello"), (SLOW, "hello")]
    assert Actions(channels).send(Action("chat", "to nobody"), []).done()


async def test_actions_wait_in_order_for_a_clogged_channel_alone() -> None:
    channels = Channels()
    actions = Actions(channels)
    channels.clogged.add(SLOW)
    first = actions.send(Action("chat", 1), [SLOW, FAST])
    channels.clogged.clear()
    second = actions.send(Action("chat", 2), [SLOW])
    assert channels.sent == [(FAST, 1)]
    assert not first.done()
    assert not second.done()
    actions.heed(Drained(SLOW))
    assert channels.sent == [(FAST, 1), (SLOW, 1), (SLOW, 2)]
    await asyncio.gather(first, second)


async def test_a_channel_that_is_clogged_again_by_what_waited_takes_the_rest_later() -> None:
    channels = Channels()
    actions = Actions(channels)
    channels.clogged.add(SLOW)
    sending = actions.send(Action("chat", 1), [SLOW])
    actions.heed(Drained(SLOW))
    assert not sending.done()
    channels.clogged.clear()
    actions.heed(Drained(SLOW))
    assert sending.done()
    assert channels.sent == [(SLOW, 1)]


@pytest.mark.parametrize(
    "event", [Closed(SLOW, "gone"), Opened(SLOW, ChannelBinding(bytes(32), bytes(32)), "direct", "")]
)
async def test_what_waits_for_a_channel_that_is_gone_is_let_go(event: Opened | Closed) -> None:
    channels = Channels()
    actions = Actions(channels)
    channels.clogged.add(SLOW)
    sending = actions.send(Action("chat", 1), [SLOW])
    actions.heed(event)
    channels.clogged.clear()
    actions.heed(Drained(SLOW))
    assert sending.done()
    assert channels.sent == []


async def test_more_than_may_wait_is_refused_and_sent_to_nobody() -> None:
    channels = Channels()
    actions = Actions(channels)
    channels.clogged.add(SLOW)
    count = ACTIONS_WAITING_BYTES_PER_PEER_MAX // len(CHUNK)
    sending = [actions.send(Action("file", CHUNK), [SLOW]) for _ in range(count)]
    with pytest.raises(TransportError, match="wait for the peer slow"):
        actions.send(Action("file", CHUNK), [FAST, SLOW])
    assert channels.sent == []
    assert actions.send(Action("file", CHUNK), [FAST]).done()
    channels.clogged.clear()
    actions.heed(Drained(SLOW))
    assert all(one.done() for one in sending)


async def test_as_much_may_wait_again_as_has_left() -> None:
    channels = Channels()
    actions = Actions(channels)
    channels.clogged.add(SLOW)
    count = ACTIONS_WAITING_BYTES_PER_PEER_MAX // len(CHUNK)
    for _ in range(count):
        actions.send(Action("file", CHUNK), [SLOW])
    channels.takes = 2
    actions.heed(Drained(SLOW))
    for _ in range(2):
        actions.send(Action("file", CHUNK), [SLOW])
    with pytest.raises(TransportError, match="wait for the peer slow"):
        actions.send(Action("file", CHUNK), [SLOW])


async def test_what_no_channel_takes_is_refused_at_the_call_also_while_it_would_wait() -> None:
    assert 2 * ACTION_BYTES_MAX <= SEND_QUEUE_BYTES_PER_PEER_MAX
    channels = Channels()
    channels.clogged.add(SLOW)
    actions = Actions(channels)
    long, reserved = Action("file", bytes(ACTION_BYTES_MAX + 1)), Action("peerset", b"")
    for action in (long, reserved, Action("chat", 1, "m" * 20_000)):
        with pytest.raises(ConfigError):
            actions.send(action, [SLOW])
    actions.send(Action("file", bytes(ACTION_BYTES_MAX)), [SLOW])


async def test_what_waits_when_the_room_is_left_says_so_to_whoever_waits_for_it() -> None:
    channels = Channels()
    channels.clogged.add(SLOW)
    actions = Actions(channels)
    sending = actions.send(Action("chat", 1), [SLOW])
    given_up = actions.send(Action("chat", 2), [SLOW])
    given_up.cancel()
    actions.fail(RoomClosedError("the room was left"))
    with pytest.raises(RoomClosedError):
        await sending
