"""How much we say to addresses that a stranger names, before whoever is there has answered.

An offer proves nothing of the addresses in it, and every check of one is a packet of ours to whomever its maker chose.
So checks are paid for: a network is sent at most twice the bytes of the description that names it, whatever comes of
it, and only so much by all descriptions together. Whoever answers a check is no victim, and is sent whatever is needed.
"""

import ipaddress
from collections import OrderedDict
from collections.abc import Iterable

from peerset.core.allowance import Allowance
from peerset.core.clock import Monotonic
from peerset.core.limits import (
    PROBE_BYTES_BURST_MAX,
    PROBE_BYTES_PER_SECOND_MAX,
    PROBED_NETWORKS_MAX,
    REFLECTION_TIMES_MAX,
)
from peerset.transports.candidate import network_of

HEADER_BYTES_IPV4 = 28
HEADER_BYTES_IPV6 = 48
"""Of IP and UDP; whoever is hit by a packet is hit by them too."""
RESPONSE_BYTES = 76
"""Of the response to a check, at most."""


class ProbedNetworks:
    """What all connections together may send to each network that has not answered."""

    def __init__(self) -> None:
        self._allowances: OrderedDict[str, Allowance] = OrderedDict()

    def __len__(self) -> int:
        """Give how many networks are remembered."""
        return len(self._allowances)

    def spend(self, network: str, size_bytes: int, now: Monotonic) -> bool:
        """Count a packet to *network*; False when it is one too many."""
        allowance = self._allowances.pop(network, None)
        if allowance is None:
            allowance = Allowance(PROBE_BYTES_PER_SECOND_MAX, PROBE_BYTES_BURST_MAX)
        self._allowances[network] = allowance
        if len(self._allowances) > PROBED_NETWORKS_MAX:
            self._allowances.popitem(last=False)
        return allowance.spend(size_bytes, now)


class Caution:
    """What one connection may send to each network that its peer names."""

    def __init__(self, probed: ProbedNetworks) -> None:
        self._probed = probed
        self._paid_bytes = 0
        self._left_bytes: dict[str, int] = {}
        self._answered: set[str] = set()

    def pay(self, size_bytes: int, addresses: Iterable[str]) -> None:
        """Take that a description of so many bytes names *addresses*."""
        self._paid_bytes = size_bytes * REFLECTION_TIMES_MAX
        for address in addresses:
            self.name(address)

    def name(self, address: str) -> None:
        """Take that the description names *address* as well: it was hidden behind a name."""
        self._left_bytes.setdefault(_network(address), self._paid_bytes)

    def hear(self, address: str, size_bytes: int) -> None:
        """Take a check from *address*: its sender knows what we told the peer, but may have forged the address.

        It pays for our response, and for one check in return.
        """
        network = _network(address)
        paid = REFLECTION_TIMES_MAX * _on_the_wire(address, size_bytes) - _on_the_wire(address, RESPONSE_BYTES)
        self._left_bytes[network] = self._left_bytes.get(network, 0) + max(paid, 0)

    def trust(self, address: str) -> None:
        """Take that somebody at *address* answered a check, which proves that it was received there."""
        self._answered.add(address)

    def may_probe(self, address: str, size_bytes: int, now: Monotonic) -> bool:
        """Say whether a check of so many bytes may go to *address*, and count it."""
        if address in self._answered:
            return True
        network, size = _network(address), _on_the_wire(address, size_bytes)
        left = self._left_bytes.get(network, 0) - size
        if left < 0 or not self._probed.spend(network, size, now):
            return False
        self._left_bytes[network] = left
        return True


def _network(address: str) -> str:
    return str(network_of(ipaddress.ip_address(address)))


def _on_the_wire(address: str, size_bytes: int) -> int:
    return size_bytes + (HEADER_BYTES_IPV6 if ":" in address else HEADER_BYTES_IPV4)
