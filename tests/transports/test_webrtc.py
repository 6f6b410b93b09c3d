import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from peerset.core.signal import RoomName, make_peer_id
from peerset.testing.check_transport import CHECKS, Check, Pair, TransportEnd
from peerset.transports.webrtc import WebRTCHub

pytestmark = pytest.mark.real_time

ROOM = RoomName("app", "room")


def make_hub(seed: int) -> WebRTCHub:
    rng = random.Random(seed)
    return WebRTCHub(make_peer_id(rng), ice_servers=(), allow_loopback=True, rng=rng)


@asynccontextmanager
async def make_pair(*, passwords: tuple[str, str] = ("", "")) -> AsyncIterator[Pair]:
    hubs = make_hub(1), make_hub(2)
    one, other = (
        TransportEnd(hub.peer_id, hub.join(ROOM, password=password))
        for hub, password in zip(hubs, passwords, strict=True)
    )
    yield one, other
    for hub in hubs:
        await hub.aclose()
        await hub.wait_closed()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_it_passes_the_acceptance_suite(check: Check) -> None:
    async with make_pair() as (one, other):
        await check(one, other)
