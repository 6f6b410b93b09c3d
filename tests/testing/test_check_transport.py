from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from peerset.core.signal import PeerId, RoomName
from peerset.protocol.inputs import Opened
from peerset.testing.check_transport import Pair, TransportEnd, check_order, check_transport, connect
from peerset.transports.memory import MemoryNetwork, MemoryTransport

ROOM = RoomName("app", "room")
ONE, OTHER = PeerId("0000" + "1" * 16), PeerId("0000" + "2" * 16)


class ForgetfulTransport(MemoryTransport):
    """Loses every message of one byte."""

    def send(self, peer: PeerId, data: bytes) -> None:
        if len(data) != 1:
            super().send(peer, data)


class BoundlessTransport(MemoryTransport):
    """Takes messages of any size."""

    def send(self, peer: PeerId, data: bytes) -> None:
        super().send(peer, data[:10])


@asynccontextmanager
async def make_pair(kind: type[MemoryTransport]) -> AsyncIterator[Pair]:
    network = MemoryNetwork()
    made = [network.join(peer, ROOM) for peer in (ONE, OTHER)]
    for transport in made:
        transport.__class__ = kind
    yield TransportEnd(ONE, made[0]), TransportEnd(OTHER, made[1])
    for transport in made:
        await transport.aclose()


async def test_a_sound_transport_passes() -> None:
    await check_transport(lambda: make_pair(MemoryTransport))


async def test_a_transport_that_loses_a_message_fails() -> None:
    async with make_pair(ForgetfulTransport) as (one, other):
        with pytest.raises(AssertionError):
            await check_order(one, other)


async def test_a_transport_without_limits_fails() -> None:
    with pytest.raises(AssertionError):
        await check_transport(lambda: make_pair(BoundlessTransport))


async def test_an_unexpected_input_is_named() -> None:
    async with make_pair(MemoryTransport) as (one, other):
        await connect(one, other)
        one.transport.send(OTHER, b"early")
        with pytest.raises(AssertionError, match="expected Opened, got Received"):
            await other.next(Opened)
