"""Which STUN and TURN servers help two peers to find a route to each other."""

from collections.abc import Sequence
from typing import Final

from peerset.core.ice import IceServer
from peerset.errors import ConfigError

DEFAULT_ICE_SERVERS: Final[tuple[IceServer, ...]] = (
    IceServer("stun:stun.l.google.com:19302"),
    IceServer("stun:stun.cloudflare.com:3478"),
)
"""The first STUN and the first TURN server of a list are used."""


def check_relay(servers: Sequence[IceServer]) -> None:
    """Check that addresses can be hidden behind a relay.

    Raises:
        ConfigError: none of *servers* is a TURN server.

    """
    if not any(server.is_relay for server in servers):
        raise ConfigError("relay-only needs a TURN server among the ICE servers")
