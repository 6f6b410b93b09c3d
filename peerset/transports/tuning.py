"""Everything that reaches into aiortc 1.16 and aioice 0.13: bounds, pace and facts they do not offer in public.

Each change is made on the objects of one connection, never on a module, and only for the versions it was written
for. With others the connection works without the changes, and a warning is logged.
"""

import asyncio
import contextlib
import logging
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Final, Protocol, TypeVar

import aioice
from aioice import stun
from aiortc import RTCPeerConnection, RTCSctpTransport
from aiortc.rtcsctptransport import SackChunk
from cryptography.hazmat.primitives import hashes

from peerset.core.clock import Monotonic
from peerset.core.limits import CONGESTION_WINDOW_BYTES_MAX, GATHER_TIMEOUT_SECONDS
from peerset.core.network import LOOPBACK
from peerset.errors import LocalProtocolError
from peerset.transports.caution import Caution
from peerset.transports.consent import hasten_consent
from peerset.transports.gate import Gate
from peerset.transports.gathering import Gather, gather_shared
from peerset.transports.inbound import CHUNKS_HELD_MAX, ILLEGAL_PACKET_ERRORS, Inbound
from peerset.transports.outbound import Outbound
from peerset.transports.shared_socket import Outlet, SharedSockets

Method = TypeVar("Method", bound=Callable[..., object])

SUPPORTED: Final = {"aiortc": "1.16.", "aioice": "0.13."}
QUICK: Final = {"aiortc": "1.16.0", "aioice": "0.13.0"}
"""The quick way replaces more of it, and is for the very versions that it was tested with."""

SHORT_ROUND_TRIP_SECONDS: Final = 0.02
LONG_WINDOW_BYTES_MAX: Final = 786_432
"""Below the megabyte of receive window that peers have."""

DATAGRAMS_QUEUED_MAX: Final = 4_096
REMOTE_CANDIDATES_MAX: Final = 64
INBOUND_STREAMS_MAX: Final = 64
MISORDERED_CHUNKS_MAX: Final = 1_024

logger = logging.getLogger(__name__)


class Watcher(Protocol):
    """Who is told what these changes find."""

    def on_violation(self, reason: str) -> None:
        """Learn that the peer broke a bound of SCTP."""
        ...

    def on_started(self, task: asyncio.Task[object]) -> None:
        """Learn of the task in which aiortc connects: it outlives the connection for a moment."""
        ...

    def on_acknowledged(self) -> None:
        """Learn that the peer acknowledged data."""
        ...


@dataclass(frozen=True, slots=True)
class Path:
    """How bytes travel to the peer."""

    route: str
    """"direct", "relayed" or "unknown"."""
    address: str
    """The remote network address; empty when unknown."""


def is_supported() -> bool:
    """Tell whether the installed versions are those this file was written for."""
    return all(_installed(package).startswith(prefix) for package, prefix in SUPPORTED.items())


def is_quick_supported() -> bool:
    """Tell whether the installed versions are those that the quick way was tested with."""
    return all(_installed(package) == tested for package, tested in QUICK.items())


@cache
def _installed(package: str) -> str:
    """Read a version once: each reading parses a file, which was half of what a connection cost."""
    return version(package)


def quieten() -> None:
    """Keep aioice's lines at INFO, eleven a connection, out of logs whose owner did not ask for them."""
    noisy = logging.getLogger("aioice")
    if noisy.level == logging.NOTSET:
        noisy.setLevel(logging.WARNING)


def tune(
    connection: RTCPeerConnection,
    watcher: Watcher,
    gate: Gate,
    caution: Caution,
    *,
    allow_loopback: bool,
    is_quick: bool = True,
    sockets: SharedSockets | None = None,
) -> None:
    """Apply every change to *connection*, which has its SCTP transport and has not gathered yet.

    Unless *is_quick*, its data go aiortc's own way. With *sockets* it has none of its own.
    """
    quieten()
    if is_quick and not is_quick_supported():
        logger.warning("peerset is quick with aiortc 1.16.0 and aioice 0.13.0; with others data go at half the pace")
        is_quick = False
    if not is_supported():
        logger.warning(
            "peerset is tuned for aiortc 1.16 and aioice 0.13; without its guards, others run at their own pace"
        )
        return
    sctp = _sctp_of(connection)
    ice = sctp.transport.transport._connection
    _bound_gathering(ice, caution, sockets, allow_loopback=allow_loopback)
    _bound_datagrams(ice)
    _bound_checks(ice, caution)
    _watch_connecting(ice, watcher)
    _bound_association(sctp, watcher)
    _guard(sctp, gate)
    count_packets = _quicken(sctp, watcher, gate) if is_quick else _bound_window(sctp, watcher)
    hasten_consent(ice, count_packets)
    for name in ("_data_channel_flush", "_transmit", "_send_chunk"):
        _end_quietly(sctp, name)


def read_path(connection: RTCPeerConnection) -> Path:
    """Read the nominated pair of candidates."""
    if not is_supported() or connection.sctp is None:
        return Path("unknown", "")
    pair = connection.sctp.transport.transport._connection._nominated.get(1)
    if pair is None:
        return Path("unknown", "")
    is_relayed = "relay" in (pair.local_candidate.type, pair.remote_candidate.type)
    return Path("relayed" if is_relayed else "direct", pair.remote_addr[0])


def read_peer_fingerprint(connection: RTCPeerConnection) -> bytes | None:
    """Digest the certificate that the peer showed in the DTLS handshake; None when it cannot be read."""
    tls = _sctp_of(connection).transport._ssl if is_supported() else None
    certificate = tls.get_peer_certificate(as_cryptography=True) if tls else None
    return certificate.fingerprint(hashes.SHA256()) if certificate else None


def is_drained(connection: RTCPeerConnection) -> bool:
    """Tell whether the peer has acknowledged everything."""
    if not is_supported():
        return True
    sctp = _sctp_of(connection)
    return not (sctp._data_channel_queue or sctp._outbound_queue or sctp._sent_queue)


def _sctp_of(connection: RTCPeerConnection) -> RTCSctpTransport:
    if connection.sctp is None:
        raise LocalProtocolError("the connection has no data channel section yet")
    return connection.sctp


def _replace(target: object, name: str, make: Callable[[Method], Method]) -> None:
    """Put ``make(original)`` over one method of one object."""
    setattr(target, name, make(getattr(target, name)))


def _bound_gathering(
    ice: aioice.Connection, caution: Caution, sockets: SharedSockets | None, *, allow_loopback: bool
) -> None:
    """Wait less for STUN servers out of reach, offer 127.0.0.1 when asked to, and send no more checks than are paid."""

    def make(gather: Gather) -> Gather:
        async def gather_bounded(component: int, addresses: list[str]) -> list[aioice.Candidate]:
            is_direct = ice._transport_policy is aioice.TransportPolicy.ALL
            own = [*addresses, LOOPBACK] if allow_loopback and is_direct else addresses
            if sockets is None:
                candidates = await gather(component, own, timeout=GATHER_TIMEOUT_SECONDS)
            else:
                candidates = await gather_shared(ice, sockets, own, gather)
            for protocol in ice._protocols:
                _bound_probes(protocol, caution)
            return candidates

        return gather_bounded

    _replace(ice, "get_component_candidates", make)


def _bound_datagrams(ice: aioice.Connection) -> None:
    """Drop empty datagrams, which would end the DTLS task, and those beyond what a socket's buffer would hold."""

    def make(take: Callable[[bytes, int], None]) -> Callable[[bytes, int], None]:
        def take_bounded(data: bytes, component: int) -> None:
            if data and ice._queue.qsize() < DATAGRAMS_QUEUED_MAX:
                take(data, component)

        return take_bounded

    _replace(ice, "data_received", make)


def _bound_probes(protocol: aioice.ice.StunProtocol, caution: Caution) -> None:
    """Keep checks back that *caution* does not let go; they count as lost."""
    loop = asyncio.get_running_loop()

    def make(send: Callable[[stun.Message, tuple[str, int]], None]) -> Callable[[stun.Message, tuple[str, int]], None]:
        def send_bounded(message: stun.Message, address: tuple[str, int]) -> None:
            is_check = message.message_class is stun.Class.REQUEST
            if not is_check or caution.may_probe(address[0], len(bytes(message)), Monotonic(loop.time())):
                send(message, address)

        return send_bounded

    _replace(protocol, "send_stun", make)


def _bound_checks(ice: aioice.Connection, caution: Caution) -> None:
    """Learn few peer-reflexive candidates: each makes us send checks to an address the peer chose."""

    def make_state(set_state: Callable[..., None]) -> Callable[..., None]:
        def trust_success(pair: aioice.ice.CandidatePair, state: aioice.ice.CandidatePair.State) -> None:
            if state is aioice.ice.CandidatePair.State.SUCCEEDED:
                caution.trust(pair.remote_addr[0])
                if isinstance(pair.protocol.transport, Outlet):
                    pair.protocol.transport.claim(pair.remote_addr)
            set_state(pair, state)

        return trust_success

    def make(check: Callable[..., None]) -> Callable[..., None]:
        def check_bounded(message: stun.Message, address: tuple[str, int], protocol: aioice.ice.StunProtocol) -> None:
            if len(ice._remote_candidates) < REMOTE_CANDIDATES_MAX and "PRIORITY" in message.attributes:
                caution.hear(address[0], len(bytes(message)))
                if isinstance(protocol.transport, Outlet):
                    protocol.transport.hear(address)
                check(message, address, protocol)

        return check_bounded

    _replace(ice, "check_incoming", make)
    _replace(ice, "check_state", make_state)


def _watch_connecting(ice: aioice.Connection, watcher: Watcher) -> None:
    """Tell which task of aiortc's runs the connection checks: it keeps no reference to it."""

    def make(connect: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        async def connect_watched() -> None:
            task = asyncio.current_task()
            if task is not None:
                watcher.on_started(task)
            await connect()

        return connect_watched

    _replace(ice, "connect", make)


def _bound_association(sctp: RTCSctpTransport, watcher: Watcher) -> None:
    """Turn packets that aiortc cannot take, and data beyond the receive window, into the end of the connection."""

    def make(handle: Callable[[bytes], Awaitable[None]]) -> Callable[[bytes], Awaitable[None]]:
        async def handle_bounded(data: bytes) -> None:
            try:
                await handle(data)
            except ILLEGAL_PACKET_ERRORS as error:
                watcher.on_violation(_describe(error))
                raise ConnectionError from error
            excess = _find_excess(sctp)
            if excess:
                watcher.on_violation(excess)
                raise ConnectionError(excess)

        return handle_bounded

    _replace(sctp, "_handle_data", make)


def _describe(error: Exception) -> str:
    return f"an illegal SCTP packet: {error!r:.80}"


def _guard(sctp: RTCSctpTransport, gate: Gate) -> None:
    """Take and acknowledge nothing while *gate* is held: congestion control slows the peer down (RFC 9260, 7.2)."""

    def make(handle: Callable[[bytes], Awaitable[None]]) -> Callable[[bytes], Awaitable[None]]:
        async def handle_guarded(data: bytes) -> None:
            await gate.passed()
            await handle(data)

        return handle_guarded

    _replace(sctp, "_handle_data", make)


def _find_excess(sctp: RTCSctpTransport) -> str:
    """Say which bound the peer's unfinished messages cross; empty for none. aiortc itself enforces none of them."""
    if sctp._advertised_rwnd < 0:
        return "more unfinished data than the receive window holds"
    if len(sctp._inbound_streams) > INBOUND_STREAMS_MAX:
        return f"more than {INBOUND_STREAMS_MAX} streams"
    if len(sctp._sack_misordered) > MISORDERED_CHUNKS_MAX:
        return f"more than {MISORDERED_CHUNKS_MAX} chunks out of order"
    if any(len(stream.reassembly) > CHUNKS_HELD_MAX for stream in sctp._inbound_streams.values()):
        return f"a message of more than {CHUNKS_HELD_MAX} chunks"
    return ""


def _bound_window(sctp: RTCSctpTransport, watcher: Watcher) -> Callable[[], int]:
    """Cap the congestion window: beyond, the peer's UDP buffer overflows and the pace falls and turns unfair."""
    cap = _WindowCap(sctp)

    def make(receive: Callable[[SackChunk], Awaitable[None]]) -> Callable[[SackChunk], Awaitable[None]]:
        async def receive_capped(chunk: SackChunk) -> None:
            cap.apply()
            await receive(chunk)
            watcher.on_acknowledged()

        return receive_capped

    _replace(sctp, "_receive_sack_chunk", make)
    return lambda: 0


class _WindowCap:
    """Caps the congestion window by the shortest round trip there was: later ones measure what waits at a busy peer."""

    def __init__(self, sctp: RTCSctpTransport) -> None:
        self._sctp = sctp
        self._shortest_seconds = math.inf

    def apply(self) -> None:
        sctp = self._sctp
        if sctp._srtt is not None and sctp._srtt < self._shortest_seconds:
            self._shortest_seconds = sctp._srtt
        is_long = SHORT_ROUND_TRIP_SECONDS < self._shortest_seconds < math.inf
        cap = LONG_WINDOW_BYTES_MAX if is_long else CONGESTION_WINDOW_BYTES_MAX
        if sctp._cwnd > cap:
            sctp._cwnd = cap


def _quicken(sctp: RTCSctpTransport, watcher: Watcher, gate: Gate) -> Callable[[], int]:
    """Take and send what is in order without a task, a queue, a timer and an acknowledgement for each packet.

    The value counts the packets that came so.
    """
    outbound = Outbound(sctp, bound=_WindowCap(sctp).apply, heard=watcher.on_acknowledged)
    inbound = Inbound(sctp, outbound, gate=gate, fail=lambda error: watcher.on_violation(_describe(error)))
    ice = sctp.transport.transport._connection

    def make(gather: Gather) -> Gather:
        async def gather_quickened(component: int, addresses: list[str], **options: float) -> list[aioice.Candidate]:
            candidates = await gather(component, addresses, **options)
            for protocol in ice._protocols:
                inbound.watch(protocol)
            return candidates

        return gather_quickened

    _replace(ice, "get_component_candidates", make)
    return lambda: inbound.packets


def _end_quietly(sctp: RTCSctpTransport, name: str) -> None:
    """Let a sending task of aiortc end without an error when the connection went away under it."""

    def make(send: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        async def send_quietly(*what: object) -> None:
            with contextlib.suppress(ConnectionError):
                await send(*what)

        return send_quietly

    _replace(sctp, name, make)
