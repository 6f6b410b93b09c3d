"""A bad network between two peers of one machine: loses, repeats and reorders their datagrams by a seed."""

import asyncio
import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

from peerset.core.signal import Answer, Offer
from peerset.protocol.inputs import Opened
from peerset.testing.check_transport import Pair

LOOPBACK = "127.0.0.1"
HELD_DATAGRAMS = 5
HELD_SECONDS = 0.01

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Faults:
    """How many of a hundred datagrams something happens to."""

    lost: float = 0.0
    repeated: float = 0.0
    overtaken: float = 0.0


class Face(asyncio.DatagramProtocol):
    """What one peer sees in the place of the other: hands on to *other* what the peer sends."""

    def __init__(self, rng: random.Random, faults: Faults) -> None:
        self.other: Face | None = None
        self.peer: Address | None = None
        self.is_bad = False
        self._rng = rng
        self._faults = faults
        self._held: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    @property
    def port(self) -> int:
        port: int = self.transport.get_extra_info("sockname")[1]
        return port

    def datagram_received(self, data: bytes, addr: Address) -> None:
        if addr != self.peer or self.other is None:
            return
        faults, dice = self._faults, [self._rng.random() * 100 if self.is_bad else 100.0 for _ in range(3)]
        if dice[0] < faults.lost:
            return
        if dice[1] < faults.overtaken:
            self._hold(data)
            return
        for _ in range(2 if dice[2] < faults.repeated else 1):
            self.other.emit(data)
        if len(self._held) >= HELD_DATAGRAMS:
            self._release()

    def emit(self, data: bytes) -> None:
        if self.peer is not None and not self.transport.is_closing():
            self.transport.sendto(data, self.peer)

    def _hold(self, data: bytes) -> None:
        if not self._held:
            asyncio.get_running_loop().call_later(HELD_SECONDS, self._release)
        self._held.append(data)

    def _release(self) -> None:
        held, self._held = self._held, []
        for data in held:
            if self.other is not None:
                self.other.emit(data)


@asynccontextmanager
async def bad_network(pair: Pair, faults: Faults, seed: int) -> AsyncIterator[None]:
    """Connect *pair* over a network that turns bad once their channel is open."""
    one, other = pair
    rng = random.Random(seed)
    loop = asyncio.get_running_loop()
    faces = [(await loop.create_datagram_endpoint(lambda: Face(rng, faults), (LOOPBACK, 0)))[1] for _ in pair]
    try:
        near, far = faces
        near.other, far.other = far, near
        [offer] = await one.transport.make_offers(1)
        # Each peer learns the face that stands for the other, and nothing else.
        answer = await other.transport.make_answer(one.peer, Offer(offer.id, _redirect(offer.sdp, near, far)))
        assert answer is not None
        await one.transport.accept_answer(other.peer, Answer(offer.id, _redirect(answer.sdp, far, near)))
        await one.next(Opened)
        await other.next(Opened)
        for face in faces:
            face.is_bad = True
        yield
    finally:
        for face in faces:
            face.transport.close()


def _redirect(sdp: str, told: Face, seen: Face) -> str:
    """Put the port of *told* in the place of the candidates in *sdp*; *seen* is what their owner sees."""
    found = re.search(rf"a=candidate:\S+ 1 udp \d+ {re.escape(LOOPBACK)} (\d+) typ host", sdp)
    assert found is not None, sdp
    seen.peer = (LOOPBACK, int(found[1]))
    kept = [line for line in sdp.split("\r\n") if not line.startswith("a=candidate:") or line.startswith(found[0])]
    return "\r\n".join(kept).replace(f"{LOOPBACK} {found[1]} typ", f"{LOOPBACK} {told.port} typ")
