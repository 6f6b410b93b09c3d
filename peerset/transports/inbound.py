"""The quick way into aiortc's SCTP: what comes in order is taken where it arrives, without a queue and a task.

Everything else (handshakes, what is lost, repeated or overtaken, openings and closings) goes aiortc's way.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from aiortc import RTCSctpTransport
from aiortc.rtcsctptransport import WEBRTC_BINARY
from aiortc.utils import uint16_add, uint32_gte
from OpenSSL import SSL

from peerset.transports.gate import Gate
from peerset.transports.outbound import RECORD_BYTES_MAX, Outbound
from peerset.transports.packets import (
    AT_ONCE,
    BEGIN,
    END,
    TSN_MASK,
    UNORDERED,
    Acknowledgement,
    Piece,
    parse,
    write_sack,
)

APPLICATION_DATA: Final = 23
"""The first byte of a DTLS record of data; no STUN message begins so."""

PACKETS_UNACKNOWLEDGED_MAX: Final = 4
PACKETS_UNACKNOWLEDGED_EARLY_MAX: Final = 2
EARLY_PACKETS: Final = 256
"""While the sender's window still grows by one chunk an acknowledgement."""
ACKNOWLEDGE_SECONDS: Final = 0.02
"""RFC 9260 (6.2) allows 0.2."""

SOCKET_BYTES: Final = 1_048_576
"""Asked of the kernel: its usual buffer overflows before the congestion window of a busy peer is full."""

CHUNKS_HELD_MAX: Final = 4_096


ILLEGAL_PACKET_ERRORS: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    struct.error,
    SSL.Error,
)
"""What aiortc raises for packets that break the protocol, in the task that reads from the peer."""


class Opened(bytes):
    """The inside of a DTLS record that was opened where it arrived, on its way to aiortc's task."""


class Inbound:
    """Takes the data of one association; *fail* is told what breaks it."""

    def __init__(
        self, sctp: RTCSctpTransport, outbound: Outbound, *, gate: Gate, fail: Callable[[Exception], None]
    ) -> None:
        # What is reached into has no types.
        self._sctp: Any = sctp
        self._dtls: Any = sctp.transport
        self._ice: Any = sctp.transport.transport._connection
        self._loop = asyncio.get_running_loop()
        self._outbound = outbound
        self._gate = gate
        self._fail = fail
        self._is_waiting = False
        self.packets = 0
        """How many came the quick way."""
        self._unacknowledged = 0
        self._timer: asyncio.TimerHandle | None = None
        self._receive: Callable[[], Awaitable[bytes]] = sctp.transport.transport._recv
        self._dtls.transport._recv = self._receive_unusual
        for name, method in {"_send_sack": self._acknowledge_in_turn, "_mark_received": self._mark_received}.items():
            setattr(sctp, name, method)

    def watch(self, protocol: Any) -> None:  # noqa: ANN401  # a StunProtocol of aioice, which is changed
        """Take what arrives at one socket."""
        take_slowly: Callable[[bytes, tuple[Any, ...]], None] = protocol.datagram_received
        own = protocol.transport.get_extra_info("socket")
        if own is not None:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BYTES)

        def take(data: bytes, address: tuple[Any, ...]) -> None:
            is_ready = self._is_waiting and self._gate.is_open and data and data[0] == APPLICATION_DATA
            if is_ready and self._ice._queue.empty():
                self._take_record(data)
            else:
                take_slowly(data, address)

        protocol.datagram_received = take

    async def _receive_unusual(self) -> bytes:
        """Give aiortc's task the next datagram that is not data."""
        while True:
            datagram = await self._wait()
            if isinstance(datagram, Opened):
                await self._sctp._handle_data(bytes(datagram))
            elif datagram[0] != APPLICATION_DATA or not self._is_connected():
                return datagram
            else:
                await self._gate.passed()
                packet = self._open(datagram)
                if packet and not self._take(packet):
                    await self._sctp._handle_data(packet)

    async def _wait(self) -> bytes:
        self._is_waiting = self._is_connected()
        try:
            return await self._receive()
        finally:
            self._is_waiting = False

    def _is_connected(self) -> bool:
        """Tell whether nothing of the handshake can be left to repeat."""
        return bool(self._dtls._RTCDtlsTransport__handshake_done)

    def _take_record(self, datagram: bytes) -> None:
        packet = self._open(datagram)
        try:
            if packet and not self._take(packet):
                self._ice._queue.put_nowait((Opened(packet), 1))
        except ConnectionError:
            # The connection ended meanwhile; aiortc's task sees it, too.
            return
        except ILLEGAL_PACKET_ERRORS as error:
            self._fail(error)

    def _open(self, datagram: bytes) -> bytes:
        """Decrypt a record; empty when it is none of the peer's."""
        tls = self._dtls._ssl
        try:
            tls.bio_write(datagram)
            return bytes(tls.recv(RECORD_BYTES_MAX))
        except SSL.Error:
            return b""

    def _take(self, packet: bytes) -> bool:
        """Take *packet* when all in it is usual and in order."""
        chunks = parse(packet, self._sctp._local_verification_tag)
        if chunks is None or not self._can_take(chunks):
            return False
        self.packets += 1
        has_data = is_urgent = False
        for chunk in chunks:
            if type(chunk) is Piece:
                has_data = True
                is_urgent = is_urgent or bool(chunk.flags & AT_ONCE)
                self._take_piece(chunk)
            else:
                self._outbound.acknowledge(chunk.tsn)
        if has_data:
            self._owe(is_urgent=is_urgent)
        return True

    def _can_take(self, chunks: Sequence[Piece | Acknowledgement]) -> bool:
        sctp = self._sctp
        if sctp._association_state is not sctp.State.ESTABLISHED or sctp._sack_misordered or sctp._reconfig_deferred:
            return False
        expected, size_bytes = sctp._last_received_tsn, 0
        for chunk in chunks:
            if type(chunk) is not Piece:
                if not self._outbound.can_acknowledge:
                    return False
                continue
            expected = (expected + 1) & TSN_MASK
            size_bytes += len(chunk.user_data)
            stream = sctp._inbound_streams.get(chunk.stream_id)
            if chunk.tsn != expected or stream is None or len(stream.reassembly) + len(chunks) > CHUNKS_HELD_MAX:
                return False
            if chunk.flags & END and (chunk.protocol != WEBRTC_BINARY or chunk.stream_id not in sctp._data_channels):
                return False
        return bool(size_bytes <= sctp._advertised_rwnd)

    def _take_piece(self, piece: Piece) -> None:
        """Add *piece*, which comes after all that came; hand on the message that it ends.

        Nothing before it is missing, so no other message can become whole by it.
        """
        sctp = self._sctp
        sctp._last_received_tsn = piece.tsn
        stream = sctp._inbound_streams[piece.stream_id]
        is_whole = piece.flags & (BEGIN | END | UNORDERED) == BEGIN | END
        if is_whole and not stream.reassembly and piece.stream_seq == stream.sequence_number:
            stream.sequence_number = uint16_add(stream.sequence_number, 1)
            self._deliver(piece.stream_id, piece.user_data)
            return
        stream.reassembly.append(piece)
        sctp._advertised_rwnd -= len(piece.user_data)
        if piece.flags & END:
            for stream_id, _, data in stream.pop_messages():
                sctp._advertised_rwnd += len(data)
                self._deliver(stream_id, data)

    def _deliver(self, stream_id: int, data: bytes) -> None:
        channel = self._sctp._data_channels.get(stream_id)
        if channel is not None:
            channel.emit("message", data)

    def _owe(self, *, is_urgent: bool) -> None:
        """Acknowledge every few packets at once, and the last ones a little later."""
        self._unacknowledged += 1
        is_early = self.packets <= EARLY_PACKETS
        if is_urgent or self._unacknowledged >= (
            PACKETS_UNACKNOWLEDGED_EARLY_MAX if is_early else PACKETS_UNACKNOWLEDGED_MAX
        ):
            self._acknowledge()
        elif self._timer is None:
            self._timer = self._loop.call_later(ACKNOWLEDGE_SECONDS, self._acknowledge_late)

    def _acknowledge_late(self) -> None:
        self._timer = None
        if self._unacknowledged and self._sctp._association_state is self._sctp.State.ESTABLISHED:
            with contextlib.suppress(ConnectionError):
                self._acknowledge()

    def _acknowledge(self) -> None:
        sctp = self._sctp
        last = sctp._last_received_tsn
        gaps: list[tuple[int, int]] = []
        for distance in sorted((tsn - last) & TSN_MASK for tsn in sctp._sack_misordered):
            if gaps and distance == gaps[-1][1] + 1:
                gaps[-1] = (gaps[-1][0], distance)
            else:
                gaps.append((distance, distance))
        self._unacknowledged = 0
        self._outbound.write(write_sack(last, max(0, sctp._advertised_rwnd), gaps, sctp._sack_duplicates))
        sctp._sack_duplicates.clear()
        sctp._sack_needed = False

    async def _acknowledge_in_turn(self) -> None:
        self._acknowledge()

    def _mark_received(self, tsn: int) -> bool:
        """Tell whether *tsn* came before. aiortc sorts what is out of order, and is stuck where numbers begin anew."""
        sctp, early = self._sctp, self._sctp._sack_misordered
        last = sctp._last_received_tsn
        if uint32_gte(last, tsn) or tsn in early:
            sctp._sack_duplicates.append(tsn)
            return True
        early.add(tsn)
        while (last + 1) & TSN_MASK in early:
            last = (last + 1) & TSN_MASK
            early.discard(last)
        sctp._last_received_tsn = last
        return False
