"""STUN and TURN servers, by address."""

import re
from dataclasses import dataclass, field
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
    credential: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        match = URL.fullmatch(self.url)
        if match is None or (match[4] and self.url.startswith("stun")):
            raise ConfigError(f"{self.url!r} is not of the form stun:host:port or turn:host:port?transport=udp")

    @property
    def is_relay(self) -> bool:
        """A TURN server: it carries bytes between peers that cannot reach each other."""
        return self.url.startswith("turn")
