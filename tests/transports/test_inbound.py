"""What comes in order is taken at once and acknowledged every few packets; test_integrity.py has all the rest."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import aiortc.rtcsctptransport
import pytest
from aiortc.rtcsctptransport import SCTP_DATA_FIRST_FRAG, SCTP_DATA_LAST_FRAG, DataChunk, RTCSctpTransport, SackChunk

from peerset.protocol.inputs import Received
from peerset.testing.check_transport import Pair, TransportEnd, connect
from peerset.transports import inbound, packets
from tests.patience import PATIENT_SECONDS
from tests.transports.test_integrity import make_hub
from tests.transports.test_tuning import chunk, sctp_of
from tests.transports.test_webrtc import join, links_of

pytestmark = pytest.mark.real_time

WHOLE = SCTP_DATA_FIRST_FRAG | SCTP_DATA_LAST_FRAG


@asynccontextmanager
async def plain_and_quick() -> AsyncIterator[Pair]:
    hubs = make_hub(1, is_quick=False), make_hub(2, is_quick=True)
    yield join(hubs[0]), join(hubs[1])
    for hub in hubs:
        await hub.aclose()
        await hub.wait_closed()


class Acknowledged:
    """What the peer of *end*, which is plain, acknowledges."""

    def __init__(self, end: TransportEnd) -> None:
        self.sctp: RTCSctpTransport = sctp_of(end)
        self._sacks: asyncio.Queue[SackChunk] = asyncio.Queue()
        setattr(self.sctp, "_receive_sack_chunk", self._sacks.put)  # noqa: B010  # no type allows it

    def chunks(self, numbers: Iterable[int], *, flags: int = WHOLE) -> list[DataChunk]:
        """Make chunks that follow what was sent."""
        [stream] = self.sctp._data_channels
        return [chunk(self.sctp._local_tsn + number, flags=flags, stream=stream, size=9) for number in numbers]

    async def send(self, chunks: Iterable[DataChunk]) -> None:
        for each in chunks:
            await self.sctp._send_chunk(each)

    async def next(self) -> tuple[int, list[tuple[int, int]], int]:
        """Give how many chunks are acknowledged, the gaps, and how many came twice."""
        async with asyncio.timeout(PATIENT_SECONDS):
            sack = await self._sacks.get()
        count = (sack.cumulative_tsn - self.sctp._local_tsn + 1) & packets.TSN_MASK
        return count, sack.gaps, len(sack.duplicates)

    @property
    def is_empty(self) -> bool:
        return self._sacks.empty()


@asynccontextmanager
async def acknowledged(monkeypatch: pytest.MonkeyPatch, *, late_seconds: float) -> AsyncIterator[Acknowledged]:
    monkeypatch.setattr(inbound, "EARLY_PACKETS", 0)
    async with plain_and_quick() as (plain, quick):
        await connect(plain, quick)
        # What the opening said is acknowledged by now or a little later.
        quick.transport.send(plain.peer, b"ready")
        await plain.next(Received)
        [link] = links_of(plain.transport._hub)  # type: ignore[attr-defined]  # it is a WebRTCTransport
        await link.connection.flush(PATIENT_SECONDS)
        monkeypatch.setattr(inbound, "ACKNOWLEDGE_SECONDS", late_seconds)
        yield Acknowledged(plain)


async def test_every_fourth_packet_is_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    async with acknowledged(monkeypatch, late_seconds=3_600) as heard:
        await heard.send(heard.chunks(range(12)))
        assert [await heard.next() for _ in range(3)] == [(4, [], 0), (8, [], 0), (12, [], 0)]
        await heard.send(heard.chunks(range(12, 15)))
        await heard.send(heard.chunks([15], flags=WHOLE | packets.AT_ONCE))
        assert await heard.next() == (16, [], 0)
        assert heard.is_empty


async def test_who_asks_for_it_is_answered_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async with acknowledged(monkeypatch, late_seconds=3_600) as heard:
        await heard.send(heard.chunks([0], flags=WHOLE | packets.AT_ONCE))
        assert await heard.next() == (1, [], 0)


async def test_what_is_missing_or_comes_twice_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async with acknowledged(monkeypatch, late_seconds=3_600) as heard:
        await heard.send(heard.chunks([0, 2]))
        assert await heard.next() == (1, [(2, 2)], 0)
        await heard.send(heard.chunks([2]))
        assert await heard.next() == (1, [(2, 2)], 1)
        await heard.send(heard.chunks([1]))
        assert await heard.next() == (3, [], 0)


async def test_the_last_packet_is_acknowledged_too(monkeypatch: pytest.MonkeyPatch) -> None:
    async with acknowledged(monkeypatch, late_seconds=0.02) as heard:
        await heard.send(heard.chunks([0]))
        assert await heard.next() == (1, [], 0)


async def test_numbers_that_begin_anew_are_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aiortc.rtcsctptransport, "random32", lambda: packets.TSN_MASK - 40)
    async with acknowledged(monkeypatch, late_seconds=3_600) as heard:
        numbers = range(80)
        chunks = heard.chunks(numbers)
        assert chunks[-1].tsn < chunks[0].tsn, "the numbers are to begin anew among these"
        await heard.send(chunks[number] for number in numbers if number % 2)
        assert [await heard.next() for _ in range(40)][-1] == (0, [(number, number) for number in range(2, 82, 2)], 0)
        await heard.send(chunks[number] for number in numbers if not number % 2)
        assert [await heard.next() for _ in range(40)][-1] == (80, [], 0)
