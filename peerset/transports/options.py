"""What all connections of a hub have in common."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from aiortc import RTCConfiguration, RTCIceServer, RTCIceTransportPolicy

from peerset.core.ice import IceServer
from peerset.core.limits import CHANNEL_OPEN_TIMEOUT_SECONDS, LINK_IDLE_SECONDS
from peerset.errors import ConfigError
from peerset.transports.caution import ProbedNetworks
from peerset.transports.shared_socket import SharedSockets


@dataclass(frozen=True, slots=True)
class ConnectionOptions:
    """What all connections of a hub have in common."""

    ice_servers: Sequence[IceServer]
    relay_only: bool
    allow_loopback: bool
    plain_channels: bool = False
    """Data go aiortc's own way."""
    open_timeout_seconds: float = CHANNEL_OPEN_TIMEOUT_SECONDS
    """From an answer to an open channel."""
    idle_timeout_seconds: float = LINK_IDLE_SECONDS
    """How long a connection without rooms is kept, for a peer that moves from one room to another."""
    probed: ProbedNetworks = field(default_factory=ProbedNetworks, compare=False)
    sockets: SharedSockets = field(default_factory=SharedSockets, compare=False)


def configure(options: ConnectionOptions) -> RTCConfiguration:
    """Name the servers explicitly: aiortc's default is a public one, which costs 5 s where there is no network."""
    return RTCConfiguration(
        iceServers=[
            RTCIceServer(server.url, username=server.username or None, credential=server.credential or None)
            for server in options.ice_servers
        ],
        iceTransportPolicy=RTCIceTransportPolicy.RELAY if options.relay_only else RTCIceTransportPolicy.ALL,
    )


def check_relay(servers: Sequence[IceServer]) -> None:
    """Check that addresses can be hidden behind a relay.

    Raises:
        ConfigError: none of *servers* is a TURN server.

    """
    if not any(server.is_relay for server in servers):
        raise ConfigError("relay-only needs a TURN server among the ICE servers")
