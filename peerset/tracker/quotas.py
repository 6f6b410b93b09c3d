"""How much the clients of one address may do together, and those of one network."""

from collections import OrderedDict
from typing import Final

from peerset.core.allowance import Allowance
from peerset.core.clock import Monotonic
from peerset.tracker.census import NETWORK_ADDRESSES
from peerset.tracker.origin import Origin

PLACES_REMEMBERED_MAX: Final = 16_384
"""Addresses and networks; beyond, what those did who have been quiet for longest is forgotten."""
OFFERERS_REMEMBERED_MAX: Final = 32
"""Addresses whose offers one member was given; beyond, the one that came first is forgotten."""


class Quota:
    """What is left to one address, and to the network around it."""

    __slots__ = ("_address", "_network")

    def __init__(self, address: Allowance, network: Allowance) -> None:
        self._address = address
        self._network = network

    def left(self, now: Monotonic) -> float:
        """Say how much may be taken."""
        return min(self._address.left(now), self._network.left(now))

    def take(self, amount: float) -> None:
        """Take *amount* of what is `left`."""
        self._address.take(amount)
        self._network.take(amount)

    def spend(self, amount: float, now: Monotonic) -> bool:
        """Take *amount*; False, and nothing is taken, when so much is not left."""
        if amount > self.left(now):
            return False
        self.take(amount)
        return True


class Quotas:
    """So much *per_second* of an address, and *burst* at once; of a network as much as of four addresses."""

    def __init__(self, per_second: float, burst: float) -> None:
        self._per_second = per_second
        self._burst = burst
        self._allowances: OrderedDict[str, Allowance] = OrderedDict()

    def __len__(self) -> int:
        """Give how many addresses and networks are remembered."""
        return len(self._allowances)

    def of(self, origin: Origin) -> Quota:
        """Give the quota of *origin*, the same to all of its clients."""
        address = self._of(origin.address, 1)
        # A private address is its own network, under the same name.
        return Quota(address, self._of(f"around {origin.network}", NETWORK_ADDRESSES))

    def _of(self, name: str, share: int) -> Allowance:
        allowance = self._allowances.pop(name, None)
        if allowance is None:
            allowance = Allowance(self._per_second * share, self._burst * share)
        self._allowances[name] = allowance
        if len(self._allowances) > PLACES_REMEMBERED_MAX:
            self._allowances.popitem(last=False)
        return allowance


class Attention:
    """How many offers of each address one member is given: so much *per_second*, and *burst* at once.

    Whoever answers an offer is busy with it for a while, so an address that sends hundreds would keep a member from
    all others.
    """

    __slots__ = ("_allowances", "_burst", "_per_second")

    def __init__(self, per_second: float, burst: float) -> None:
        self._per_second = per_second
        self._burst = burst
        self._allowances: dict[str, Allowance] = {}

    def __len__(self) -> int:
        """Give how many addresses are remembered."""
        return len(self._allowances)

    def spend(self, address: str, now: Monotonic) -> bool:
        """Count an offer from *address*; False when it is one too many."""
        allowance = self._allowances.get(address)
        if allowance is None:
            allowance = self._allowances[address] = Allowance(self._per_second, self._burst)
            if len(self._allowances) > OFFERERS_REMEMBERED_MAX:
                del self._allowances[next(iter(self._allowances))]
        return allowance.spend(1, now)
