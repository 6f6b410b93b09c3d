"""STUN and TURN servers, by address."""

import re
from dataclasses import dataclass, field
from typing import Final

from peerset.errors import ConfigError

URL: Final = re.compile(
    r"(stuns?|turns?):([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?(\?transport=(udp|tcp))?"
)

PLAIN_PORT: Final = 3478
SECURE_PORT: Final = 5349


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
        match = _match(self.url)
        if match[4] and self.url.startswith("stun"):
            raise _malformed(self.url)

    @property
    def is_relay(self) -> bool:
        """A TURN server: it carries bytes between peers that cannot reach each other."""
        return self.url.startswith("turn")


def place_of(url: str) -> tuple[str, int]:
    """Give host and port of a server's *url*; without a port in it, the usual one.

    Raises:
        ConfigError: it is no URL of a server.

    """
    match = _match(url)
    usual = SECURE_PORT if match[1].endswith("s") else PLAIN_PORT
    return match[2].strip("[]"), int(match[3][1:]) if match[3] else usual


def _match(url: str) -> re.Match[str]:
    match = URL.fullmatch(url)
    if match is None:
        raise _malformed(url)
    return match


def _malformed(url: str) -> ConfigError:
    return ConfigError(f"{url!r} is not of the form stun:host:port or turn:host:port?transport=udp")
