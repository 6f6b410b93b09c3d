"""Candidates of our own (RFC 8445, 5.1.1) in aioice: within a deadline, and for offers from shared sockets."""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

import aioice
from aioice import stun
from aioice.candidate import candidate_foundation, candidate_priority

from peerset.core.limits import GATHER_TIMEOUT_SECONDS
from peerset.transports.shared_socket import SharedSockets

COMPONENT: Final = 1

Gather = Callable[..., Awaitable[list[aioice.Candidate]]]


async def gather_shared(
    ice: aioice.Connection, sockets: SharedSockets, addresses: Iterable[str], gather: Gather
) -> list[aioice.Candidate]:
    """Give the candidates of an offer: those of shared sockets, what STUN says of these, and TURN's of its own."""
    protocols = await sockets.offer(ice, addresses)
    for protocol in protocols:
        protocol.local_candidate = _candidate_of(protocol)
    ice._protocols += protocols
    own = [protocol.local_candidate for protocol in protocols]
    asked = [
        asyncio.create_task(_ask(protocol, ice.stun_server))
        for protocol in protocols
        if ice.stun_server and _is_ipv4(protocol.local_candidate.host)
    ]
    relayed = await gather(COMPONENT, [], timeout=GATHER_TIMEOUT_SECONDS)
    reflexive = [await answer for answer in asked]
    return [*own, *(candidate for candidate in reflexive if candidate is not None), *relayed]


def _candidate_of(protocol: aioice.ice.StunProtocol) -> aioice.Candidate:
    host, port, *_ = protocol.transport.get_extra_info("sockname")
    return aioice.Candidate(
        foundation=candidate_foundation("host", "udp", host),
        component=COMPONENT,
        transport="udp",
        priority=candidate_priority(COMPONENT, "host"),
        host=host,
        port=port,
        type="host",
    )


async def _ask(protocol: aioice.ice.StunProtocol, server: tuple[str, int]) -> aioice.Candidate | None:
    """Ask the STUN *server* how *protocol* is seen; None when it does not say."""
    try:
        async with asyncio.timeout(GATHER_TIMEOUT_SECONDS):
            candidate, _ = await aioice.ice.server_reflexive_candidate(protocol, server)
    except (OSError, TimeoutError, LookupError, stun.TransactionError):
        return None
    return candidate


def _is_ipv4(host: str) -> bool:
    return ipaddress.ip_address(host).version == 4
