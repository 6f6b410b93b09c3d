"""Asks TURN servers to relay for us (RFC 8656), and hands back at once what they give."""

import asyncio
from collections.abc import Sequence
from typing import Final

from aioice import stun, turn

from peerset.core.ice import IceServer, place_of
from peerset.doctor.finding import Finding, Health

TIMEOUT_SECONDS: Final = 5.0
UNAUTHORIZED: Final = 401


class _Relayed(asyncio.DatagramProtocol):
    """Where what is relayed would arrive."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()

    def connection_lost(self, exc: Exception | None) -> None:
        """Learn that the server took back what it gave."""
        self.ended.set()


async def examine_relays(servers: Sequence[IceServer], *, timeout_seconds: float = TIMEOUT_SECONDS) -> list[Finding]:
    """Say of each TURN server among *servers* whether it relays for us."""
    relays = [server for server in servers if server.is_relay]
    return await asyncio.gather(*(_examine(server, timeout_seconds) for server in relays))


async def _examine(server: IceServer, timeout_seconds: float) -> Finding:
    advice = "check its address and whether it listens; peers that need a relay cannot be reached without it"
    try:
        async with asyncio.timeout(timeout_seconds):
            address = await _allocate(server)
    except (TimeoutError, stun.TransactionTimeout):
        return Finding(server.url, Health.WEAK, f"no answer within {timeout_seconds:g} s", advice)
    except stun.TransactionFailed as error:
        code, reason = error.response.attributes.get("ERROR-CODE", (0, "an error without a code"))
        if code == UNAUTHORIZED:
            advice = "give it a user name and credential that it knows"
        return Finding(server.url, Health.WEAK, f"refuses to relay: {code} {reason}".rstrip(), advice)
    except (OSError, UnicodeError) as error:
        return Finding(
            server.url, Health.WEAK, f"cannot be reached: {getattr(error, 'strerror', None) or error}", advice
        )
    return Finding(server.url, Health.WELL, f"relays for us at {address}")


async def _allocate(server: IceServer) -> str:
    """Give the address that peers would see."""
    is_secure = server.url.startswith("turns:")
    transport, relayed = await turn.create_turn_endpoint(
        _Relayed,
        place_of(server.url),
        server.username or None,
        server.credential or None,
        ssl=is_secure,
        transport="tcp" if is_secure or server.url.endswith("=tcp") else "udp",
    )
    address = str(transport.get_extra_info("sockname")[0])
    transport.close()
    await relayed.ended.wait()
    return address
