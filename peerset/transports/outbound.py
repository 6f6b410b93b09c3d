"""The quick way out of aiortc's SCTP: chunks that nothing is wrong with leave without a task and a scan for each.

What was lost is sent again by aiortc itself; until it has been, everything goes aiortc's way.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

from aiortc import RTCDataChannel, RTCSctpTransport
from aiortc.rtcdtlstransport import State
from aiortc.rtcsctptransport import USERDATA_MAX_LENGTH, WEBRTC_BINARY, DataChunk, SackChunk
from aiortc.utils import uint16_add, uint32_gt, uint32_gte
from OpenSSL import SSL

from peerset.transports.packets import (
    AT_ONCE,
    BEGIN,
    END,
    HEADER_BYTES,
    PACKET_BYTES_MAX,
    TSN_MASK,
    size_of,
    write,
    write_data,
    write_head,
)

RECORD_BYTES_MAX: Final = 1_500
BURST_CHUNKS: Final = 4
BURST_CHUNKS_RECOVERING: Final = 2


class ReliableChunk(DataChunk):
    """A chunk that is sent until it is acknowledged; what aiortc sets anew in each is here once."""

    _abandoned = False
    _acked = False
    _expiry = None
    _in_flight = False
    _max_retransmits = None
    _misses = 0
    _retransmit = False
    _sent_count = 0
    _sent_time = None

    def __init__(self, flags: int, tsn: int, stream_id: int, stream_seq: int, protocol: int, user_data: bytes) -> None:
        self.flags = flags
        self.tsn = tsn
        self.stream_id = stream_id
        self.stream_seq = stream_seq
        self.protocol = protocol
        self.user_data = user_data
        self._book_size = len(user_data)


class Outbound:
    """Sends the data of one association; *bound* is called before an acknowledgement counts, *heard* after."""

    def __init__(self, sctp: RTCSctpTransport, *, bound: Callable[[], None], heard: Callable[[], None]) -> None:
        # What is reached into has no types.
        self._sctp: Any = sctp
        self._dtls: Any = sctp.transport
        self._ice: Any = sctp.transport.transport._connection
        self._loop = asyncio.get_running_loop()
        self._bound = bound
        self._heard = heard
        self._is_recovering = False
        self._is_flush_due = False
        self._usual: RTCDataChannel | None = None
        self._armed_at = self._expires_at = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        self._send_slowly: Callable[[RTCDataChannel, bytes | str], None] = sctp._data_channel_send
        self._cut_slowly: Callable[..., Awaitable[None]] = sctp._send
        self._transmit_slowly: Callable[[], Awaitable[None]] = sctp._transmit
        self._acknowledge_slowly: Callable[[SackChunk], Awaitable[None]] = sctp._receive_sack_chunk
        self._expire: Callable[[], None] = sctp._t3_expired
        for name, method in {
            "_data_channel_send": self._send,
            "_send": self._cut_in_turn,
            "_transmit": self._transmit_in_turn,
            "_receive_sack_chunk": self._acknowledge_in_turn,
            "_t3_start": self._restart_timer,
            "_t3_restart": self._restart_timer,
        }.items():
            setattr(sctp, name, method)

    @property
    def can_acknowledge(self) -> bool:
        """Nothing is being sent again."""
        sctp = self._sctp
        return not self._is_recovering and sctp._fast_recovery_exit is None and not sctp._forward_tsn_streams

    def write(self, *chunks: bytes) -> None:
        """Send one packet of *chunks*.

        Raises:
            ConnectionError: the connection is gone.

        """
        pair = self._ice._nominated.get(1)
        if pair is None or self._dtls._state is not State.CONNECTED:
            raise ConnectionError("Cannot send data, not connected")
        tls, sctp = self._dtls._ssl, self._sctp
        head = write_head(sctp._local_port, sctp._remote_port, sctp._remote_verification_tag)
        try:
            tls.send(write(head, *chunks))
            record = tls.bio_read(RECORD_BYTES_MAX)
        except SSL.Error as error:
            # DTLS was shut down, and aiortc has not said so yet.
            raise ConnectionError("Cannot send data, not connected") from error
        pair.protocol.transport.sendto(record, pair.remote_addr)

    def acknowledge(self, tsn: int) -> None:
        """Take an acknowledgement without gaps, as `RTCSctpTransport._receive_sack_chunk` does."""
        sctp = self._sctp
        self._bound()
        if not uint32_gt(sctp._last_sacked_tsn, tsn):
            sctp._last_sacked_tsn = sctp._advanced_peer_ack_tsn = tsn
            was_full = sctp._flight_size >= sctp._cwnd
            before = len(sctp._sent_queue)
            done_bytes = self._release(tsn)
            has_done = len(sctp._sent_queue) < before
            if has_done and was_full:
                self._widen(done_bytes)
            if not sctp._sent_queue:
                sctp._t3_cancel()
            elif has_done:
                self._restart_timer()
            if sctp._data_channel_queue or sctp._reconfig_queue:
                self._flush()
            if sctp._outbound_queue or sctp._forward_tsn_chunk is not None:
                self._transmit()
        self._heard()

    def _release(self, tsn: int) -> int:
        """Forget what was acknowledged; give how many bytes were for the first time."""
        sctp, sent = self._sctp, self._sctp._sent_queue
        done_bytes, is_first = 0, True
        while sent and uint32_gte(tsn, sent[0].tsn):
            chunk = sent.popleft()
            if is_first and chunk._sent_count == 1 and chunk._sent_time is not None:
                sctp._update_rto(_now() - chunk._sent_time)
            is_first = False
            if not chunk._acked:
                done_bytes += chunk._book_size
            if chunk._in_flight:
                chunk._in_flight = False
                sctp._flight_size -= chunk._book_size
        return done_bytes

    def _widen(self, done_bytes: int) -> None:
        """Let the congestion window grow (RFC 9260, 7.2)."""
        sctp = self._sctp
        if sctp._cwnd <= sctp._ssthresh:
            sctp._cwnd += min(done_bytes, USERDATA_MAX_LENGTH)
            return
        sctp._partial_bytes_acked += done_bytes
        if sctp._partial_bytes_acked >= sctp._cwnd:
            sctp._partial_bytes_acked -= sctp._cwnd
            sctp._cwnd += USERDATA_MAX_LENGTH

    def _send(self, channel: RTCDataChannel, data: bytes | str) -> None:
        """Queue one message, and send what is queued once all that is at hand was."""
        sctp = self._sctp
        size_max = sctp._remote_max_message_size
        if not data or not isinstance(data, bytes) or (size_max and len(data) > size_max):
            self._send_slowly(channel, data)
            return
        channel._addBufferedAmount(len(data))
        sctp._data_channel_queue.append((channel, WEBRTC_BINARY, data))
        if not self._is_flush_due:
            self._is_flush_due = True
            self._loop.call_soon(self._flush_soon)

    def _flush_soon(self) -> None:
        self._is_flush_due = False
        with contextlib.suppress(ConnectionError):
            self._flush()

    def _flush(self) -> None:
        """Cut queued messages into chunks and send them, as far as the window goes."""
        sctp, queue = self._sctp, self._sctp._data_channel_queue
        if sctp._association_state is not sctp.State.ESTABLISHED:
            return
        while queue and not sctp._outbound_queue:
            if not self._cut_some():
                self._start(sctp._data_channel_flush())
                return
            self._transmit()
        if sctp._reconfig_queue:
            self._start(sctp._transmit_reconfig())

    def _cut_some(self) -> bool:
        """Cut as many messages as go out at once; False when the first is not of a usual channel."""
        queue, cut_bytes = self._sctp._data_channel_queue, 0
        while queue and cut_bytes < BURST_CHUNKS * USERDATA_MAX_LENGTH:
            channel, protocol, data = queue[0]
            if protocol != WEBRTC_BINARY or not self._is_usual(channel):
                break
            queue.popleft()
            self._cut(channel.id, protocol, data)
            cut_bytes += len(data)
            channel._addBufferedAmount(-len(data))
        return cut_bytes > 0

    def _is_usual(self, channel: RTCDataChannel) -> bool:
        """Tell whether *channel* is open, reliable and ordered, which it stays."""
        if channel is self._usual:
            return True
        if channel.id is None or not _is_reliable(channel):
            return False
        self._usual = channel
        return True

    def _cut(self, stream_id: int, protocol: int, data: bytes) -> None:
        """Queue the chunks of one message."""
        sctp, size = self._sctp, len(data)
        sequence = sctp._outbound_stream_seq.get(stream_id, 0)
        sctp._outbound_stream_seq[stream_id] = uint16_add(sequence, 1)
        tsn = sctp._local_tsn
        for start in range(0, size, USERDATA_MAX_LENGTH):
            end = start + USERDATA_MAX_LENGTH
            flags = (0 if start else BEGIN) | (END if end >= size else 0)
            sctp._outbound_queue.append(ReliableChunk(flags, tsn, stream_id, sequence, protocol, data[start:end]))
            tsn = (tsn + 1) & TSN_MASK
        sctp._local_tsn = tsn

    async def _cut_in_turn(
        self,
        stream_id: int,
        pp_id: int,
        user_data: bytes,
        expiry: float | None = None,
        max_retransmits: int | None = None,
        ordered: bool = True,  # aiortc's own signature
    ) -> None:
        if expiry is not None or max_retransmits is not None or not ordered:
            await self._cut_slowly(stream_id, pp_id, user_data, expiry, max_retransmits, ordered)
            return
        self._cut(stream_id, pp_id, user_data)
        await self._sctp._transmit()

    def _transmit(self) -> None:
        """Send chunks as far as the window goes, several small ones in a packet."""
        sctp = self._sctp
        if self._is_recovering or sctp._forward_tsn_chunk is not None:
            self._start(sctp._transmit())
            return
        burst = BURST_CHUNKS if sctp._fast_recovery_exit is None else BURST_CHUNKS_RECOVERING
        window = min(sctp._flight_size + burst * USERDATA_MAX_LENGTH, sctp._cwnd)
        while sctp._outbound_queue and sctp._flight_size < window:
            self.write(*self._bundle(window))
            if sctp._t3_handle is None:
                self._restart_timer()

    def _bundle(self, window: int) -> list[bytes]:
        """Take the chunks of one packet."""
        sctp, waiting, now = self._sctp, self._sctp._outbound_queue, _now()
        bundle: list[bytes] = []
        room = PACKET_BYTES_MAX - HEADER_BYTES
        while waiting and sctp._flight_size < window:
            chunk = waiting[0]
            room -= size_of(chunk)
            if bundle and room < 0:
                break
            sctp._sent_queue.append(waiting.popleft())
            chunk._in_flight = True
            chunk._sent_count += 1
            chunk._sent_time = now
            sctp._flight_size += chunk._book_size
            if not waiting and not sctp._data_channel_queue:
                # Nothing follows that would make the peer acknowledge it.
                chunk.flags |= AT_ONCE
            bundle.append(write_data(chunk))
        return bundle

    async def _transmit_in_turn(self) -> None:
        sctp = self._sctp
        if self._is_recovering or sctp._forward_tsn_chunk is not None:
            await self._transmit_slowly()
            self._is_recovering = any(chunk._retransmit for chunk in sctp._sent_queue)
        else:
            self._transmit()

    async def _acknowledge_in_turn(self, chunk: SackChunk) -> None:
        self._bound()
        if chunk.gaps:
            self._is_recovering = True
        await self._acknowledge_slowly(chunk)
        self._heard()

    def _restart_timer(self) -> None:
        """Expire a retransmission timeout from now on; a timer that ends before is left as it is."""
        self._expires_at = self._loop.time() + self._sctp._rto
        handle = self._sctp._t3_handle
        if handle is not None and self._armed_at <= self._expires_at:
            return
        if handle is not None:
            handle.cancel()
        self._arm()

    def _arm(self) -> None:
        self._armed_at = self._expires_at
        self._sctp._t3_handle = self._loop.call_at(self._armed_at, self._on_timer)

    def _on_timer(self) -> None:
        if self._expires_at > self._armed_at:
            self._arm()
            return
        self._is_recovering = True
        self._expire()

    def _start(self, step: Coroutine[Any, Any, None]) -> None:
        """Let aiortc do a step of its own."""
        task = self._loop.create_task(_end_quietly(step))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _end_quietly(step: Coroutine[Any, Any, None]) -> None:
    """Take a step under which the connection may go away."""
    with contextlib.suppress(ConnectionError):
        await step


def _now() -> float:
    return time.time()  # noqa: TID251  # aiortc compares it with its own readings


def _is_reliable(channel: RTCDataChannel) -> bool:
    return channel.ordered and channel.maxRetransmits is None and channel.maxPacketLifeTime is None
