"""Internet addresses, and the network around one: who has one address has its neighbours, too."""

import ipaddress
from typing import Final

LOOPBACK: Final = "127.0.0.1"
"""Where a port listens of which nothing else is said: for this machine alone."""

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


def read_address(text: str) -> IPAddress | None:
    """Read an address, one of IPv4 also where it is written as one of IPv6; None where there is none."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return address if mapped is None else mapped


def is_loopback(host: str) -> bool:
    """Say whether *host* is this machine's own name or address."""
    address = read_address(host)
    return host == "localhost" if address is None else address.is_loopback


def network_around(address: IPAddress, *, ipv4_bits: int, ipv6_bits: int) -> IPNetwork:
    """Give the network around *address* that so many bits name."""
    return ipaddress.ip_network((address, ipv4_bits if address.version == 4 else ipv6_bits), strict=False)
