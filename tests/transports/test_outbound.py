"""Small messages share packets, and what is usual needs no task; test_integrity.py has all the rest."""

import pytest

from peerset.protocol.inputs import Received
from peerset.testing.check_transport import connect
from peerset.transports import inbound
from tests.patience import PATIENT_SECONDS
from tests.transports.test_inbound import plain_and_quick
from tests.transports.test_tuning import connected, sctp_of
from tests.transports.test_webrtc import links_of

pytestmark = pytest.mark.real_time


async def test_small_messages_share_packets() -> None:
    async with plain_and_quick() as (plain, quick):
        await connect(plain, quick)
        sctp, sizes = sctp_of(plain), []
        take = sctp._handle_data

        async def count(packet: bytes) -> None:
            sizes.append(len(packet))
            await take(packet)

        setattr(sctp, "_handle_data", count)  # noqa: B010  # no type allows it
        for number in range(60):
            quick.transport.send(plain.peer, bytes([number]))
        assert [(await plain.next(Received)).data[0] for _ in range(60)] == list(range(60))
        assert len(sizes) < 30
        assert max(sizes) > 900


async def test_the_last_chunk_asks_to_be_acknowledged_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbound, "ACKNOWLEDGE_SECONDS", 3_600)
    async with connected() as (one, other):
        for size in (1, 1_000, 100_000, 1):
            one.transport.send(other.peer, bytes(size))
            await other.next(Received)
        [link] = links_of(one.transport._hub)  # type: ignore[attr-defined]  # it is a WebRTCTransport
        await link.connection.flush(PATIENT_SECONDS)
        assert not sctp_of(one)._sent_queue


async def test_what_is_sent_after_the_shutdown_finds_no_connection() -> None:
    async with connected() as (one, _):
        sctp = sctp_of(one)
        await sctp.stop()
        await sctp.transport.stop()
        with pytest.raises(ConnectionError):
            await sctp._send_sack()


async def test_nothing_is_left_to_send_again_once_all_is_acknowledged() -> None:
    async with plain_and_quick() as (plain, quick):
        await connect(plain, quick)
        for _ in range(4):
            quick.transport.send(plain.peer, bytes(100_000))
            await plain.next(Received)
        [link] = links_of(quick.transport._hub)  # type: ignore[attr-defined]  # it is a WebRTCTransport
        await link.connection.flush(PATIENT_SECONDS)
        sctp = sctp_of(quick)
        assert sctp._flight_size == 0
        assert not sctp._sent_queue
        assert sctp._t3_handle is None
