"""Where a client is: its address, the network around it, and which of the two a reverse proxy's word may decide."""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from peerset.core.network import IPNetwork, network_around, read_address
from peerset.errors import ConfigError

IPV4_NETWORK_BITS: Final = 24
IPV6_NETWORK_BITS: Final = 48
"""What one site is given."""
IPV6_ADDRESS_BITS: Final = 64
"""What one household or one server is given; it may take any address of it."""
FORWARDED: Final = "X-Forwarded-For"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a client comes from, as far as it can be told apart from others."""

    address: str
    """An IPv4 address, or a /64 of IPv6."""
    network: str
    """The /24 or the /48 around it. A loopback or private address is a network of its own."""


def origin_of(address: str) -> Origin:
    """Say where *address* is; what is none stands for itself."""
    parsed = read_address(address)
    if parsed is None:
        return Origin(address, address)
    if parsed.is_private:
        return Origin(str(parsed), str(parsed))
    network = network_around(parsed, ipv4_bits=IPV4_NETWORK_BITS, ipv6_bits=IPV6_NETWORK_BITS)
    if parsed.version == 4:
        return Origin(str(parsed), str(network))
    return Origin(str(ipaddress.ip_network((parsed, IPV6_ADDRESS_BITS), strict=False)), str(network))


class Proxies:
    """The reverse proxies that the operator names; nobody else's word counts on where a client is.

    Raises:
        ConfigError: one of *named* is neither an address nor a network.

    """

    def __init__(self, named: Iterable[str]) -> None:
        self._networks = [_read_network(text) for text in named]

    def address_of(self, peer_address: str | None, headers: Mapping[str, str]) -> str:
        """Give the client's address: the last one that no proxy of ours has, from the connection back to its start."""
        address = peer_address or ""
        hops = [hop.strip() for hop in headers.get(FORWARDED, "").split(",")]
        while hops and hops[-1] and self._is_ours(address):
            address = hops.pop()
        return address

    def overlooks(self, peer_address: str | None, headers: Mapping[str, str]) -> bool:
        """Say whether a proxy nearby, which nobody named, speaks for its clients: they count as one address."""
        address = peer_address or ""
        return (
            FORWARDED in headers
            and origin_of(address).network == origin_of(address).address != ""
            and not (self._is_ours(address))
        )

    def _is_ours(self, address: str) -> bool:
        parsed = read_address(address)
        return parsed is not None and any(
            parsed.version == network.version and parsed in network for network in self._networks
        )


def _read_network(text: str) -> IPNetwork:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise ConfigError(f"the proxy {text!a} is no address like 127.0.0.1, and no network like 10.0.0.0/8") from error
