"""Which network a neighbour is in."""

from functools import lru_cache
from typing import Final

from peerset.core.network import network_around, read_address

IPV4_BITS: Final = 24
IPV6_BITS: Final = 48
NAMES_KEPT_MAX: Final = 1_024


@lru_cache(NAMES_KEPT_MAX)
def network_of(address: str) -> str:
    """Name the network of *address*: its /24, or its /48 of IPv6; of a private one the host.

    Empty for what is no address, and for our own machine, where everybody is at home.
    """
    ip = read_address(address)
    if ip is None or ip.is_loopback:
        return ""
    return str(ip if ip.is_private else network_around(ip, ipv4_bits=IPV4_BITS, ipv6_bits=IPV6_BITS))
