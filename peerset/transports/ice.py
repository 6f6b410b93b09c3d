"""Which STUN and TURN servers help two peers to find a route to each other."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from peerset.errors import ConfigError

URL: Final = re.compile(
    r"(stuns?|turns?):([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?(\?transport=(udp|tcp))?"
)


@dataclass(frozen=True, slots=True)
class IceServer:
    """A STUN server (RFC 7064), or a TURN server (RFC 7065) with its user name and credential.

    Raises:
        ConfigError: the address is no ``stun:``, ``turn:`` or ``turns:`` URL.

    """

    url: str
    username: str = ""
    credential: str = ""

    def __post_init__(self) -> None:
        match = URL.fullmatch(self.url)
        if match is None or (match[4] and self.url.startswith("stun")):
            raise ConfigError(f"{self.url!r} is not of the form stun:host:port or turn:host:port?transport=udp")

    @property
    def is_relay(self) -> bool:
        """A TURN server: it carries bytes between peers that cannot reach each other."""
        return self.url.startswith("turn")


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
