"""Bytes arrive as they were sent, over networks that lose, repeat and reorder, whichever ends are quick."""

import asyncio
import hashlib
import random

import pytest

from peerset.core.limits import MESSAGE_BYTES_MAX
from peerset.core.signal import make_peer_id
from peerset.protocol.inputs import Clogged, Drained, Received
from peerset.testing.check_transport import TransportEnd
from peerset.transports.webrtc import WebRTCHub
from tests.transports.relay import Faults, bad_network
from tests.transports.test_webrtc import join

pytestmark = pytest.mark.real_time

NETWORKS = {
    "good": (Faults(), 1_500_000),
    "reordering": (Faults(repeated=2, overtaken=4), 600_000),
    "losing 1 %": (Faults(lost=1, repeated=1, overtaken=1), 600_000),
    "losing 5 %": (Faults(lost=5, repeated=2, overtaken=3), 300_000),
}
ENDS = {"both": (True, True), "the offerer": (True, False), "the answerer": (False, True)}


def make_hub(seed: int, *, is_quick: bool) -> WebRTCHub:
    rng = random.Random(seed)
    return WebRTCHub(make_peer_id(rng), ice_servers=(), allow_loopback=True, plain_channels=not is_quick, rng=rng)


def make_messages(rng: random.Random, total_bytes: int) -> list[bytes]:
    """Small ones, long ones, and one of each extreme."""
    messages = [rng.randbytes(1), rng.randbytes(MESSAGE_BYTES_MAX)]
    while sum(map(len, messages)) < total_bytes:
        messages.append(rng.randbytes(int(MESSAGE_BYTES_MAX ** rng.random())))
    rng.shuffle(messages)
    return messages


def digests(messages: list[bytes]) -> list[str]:
    return [hashlib.sha256(message).hexdigest() for message in messages]


async def receive(end: TransportEnd, count: int) -> list[bytes]:
    messages: list[bytes] = []
    while len(messages) < count:
        event = await end.next_any()
        assert isinstance(event, Received | Clogged | Drained), event
        if isinstance(event, Received):
            messages.append(event.data)
    return messages


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("ends", ENDS)
async def test_messages_arrive_whole_and_in_order(network: str, ends: str) -> None:
    faults, total_bytes = NETWORKS[network]
    rng = random.Random(network)
    hubs = [make_hub(seed, is_quick=is_quick) for seed, is_quick in enumerate(ENDS[ends])]
    one, other = pair = join(hubs[0]), join(hubs[1])
    async with bad_network(pair, faults, seed=len(network)):
        there, back = make_messages(rng, total_bytes), make_messages(rng, total_bytes)
        for message in there:
            one.transport.send(other.peer, message)
        for message in back:
            other.transport.send(one.peer, message)
        # Both read at once: who does not read does not hear of acknowledgements either.
        arrived = await asyncio.gather(receive(other, len(there)), receive(one, len(back)))
        assert [digests(messages) for messages in arrived] == [digests(there), digests(back)]
    for hub in hubs:
        await hub.aclose()
        await hub.wait_closed()
