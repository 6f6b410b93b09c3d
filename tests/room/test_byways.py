"""Which transport holds a peer."""

from dataclasses import dataclass, field

import pytest

from peerset.core.limits import STREAMS_MAX
from peerset.core.signal import PeerId
from peerset.errors import TransportError
from peerset.protocol.inputs import Closed, Opened
from peerset.room.byways import Byways
from peerset.room.silence import SilentTransport

NEAR, FAR = PeerId("0000" + "1" * 16), PeerId("0000" + "2" * 16)


@dataclass
class Recorder(SilentTransport):
    """Notes what it is told."""

    told: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def heed(self, event: Opened | Closed) -> None:
        self.told.append(event)

    def send(self, peer: PeerId, data: bytes) -> None:
        self.told.append((peer, data))

    def disconnect(self, peer: PeerId, reason: str) -> None:
        self.told.append((peer, reason))

    async def aclose(self) -> None:
        self.told.append("closed")


async def test_a_peer_is_told_by_the_transport_that_holds_it() -> None:
    highway, byway = Recorder(), Recorder()
    byways = Byways(highway)
    byways.add(NEAR, byway)
    for peer in (NEAR, FAR):
        byways.send(peer, b"hello")
        byways.disconnect(peer, "enough")
    assert byway.told == [(NEAR, b"hello"), (NEAR, "enough")]
    assert highway.told == [(FAR, b"hello"), (FAR, "enough")]


async def test_a_byway_that_is_closed_is_told_so_and_is_gone() -> None:
    highway, byway = Recorder(), Recorder()
    byways = Byways(highway)
    byways.add(NEAR, byway)
    byways.heed(Closed(NEAR, "the stream ended"))
    byways.send(NEAR, b"hello")
    assert byway.told == [Closed(NEAR, "the stream ended")]
    assert highway.told == [(NEAR, b"hello")]


async def test_the_records_that_a_byway_was_given_are_counted_until_it_is_forgotten() -> None:
    byways = Byways(Recorder())
    byways.add(NEAR, Recorder())
    byways.send(NEAR, b"some", records=3)
    byways.send(NEAR, b"more", records=2)
    byways.send(FAR, b"others", records=7)
    byways.heed(Closed(NEAR, "the stream ended"))
    assert [byways.forget(NEAR), byways.forget(NEAR), byways.forget(FAR)] == [5, 0, 0]


async def test_there_are_so_many_byways_and_no_more() -> None:
    byways = Byways(Recorder())
    for number in range(STREAMS_MAX):
        byways.add(PeerId(f"{number:020}"), Recorder())
    with pytest.raises(TransportError, match=f"{STREAMS_MAX} streams"):
        byways.add(NEAR, Recorder())
    byways.forget(PeerId(f"{0:020}"))
    byways.add(NEAR, Recorder())


async def test_all_are_closed_together() -> None:
    highway, byway = Recorder(), Recorder()
    byways = Byways(highway)
    byways.add(NEAR, byway)
    await byways.aclose()
    assert highway.told == byway.told == ["closed"]
