"""Who is here, by network and address: how many may be, who makes room for whom, and who is drawn.

An address is cheap to share and dear to have. So places are counted by address, a network has as many as four, and lots
are drawn among networks first, then among the addresses of one, and only then among who is there: whoever brings a
thousand members to one address is drawn as often as one who brings himself.
"""

import random
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final, Generic, TypeVar

from peerset.errors import SignalingError
from peerset.tracker.origin import Origin

T = TypeVar("T")

NETWORK_ADDRESSES: Final = 4
"""So many addresses' places has a network: schools and clouds have several, and attackers a whole /24."""


class _Urn(Generic[T]):
    """A set whose members have positions, so that drawing, adding and removing need no search."""

    __slots__ = ("_positions", "listed")

    def __init__(self) -> None:
        self.listed: list[T] = []
        self._positions: dict[T, int] = {}

    def add(self, item: T) -> None:
        self._positions[item] = len(self.listed)
        self.listed.append(item)

    def remove(self, item: T) -> None:
        position = self._positions.pop(item)
        last = self.listed.pop()
        if last is not item:
            self.listed[position] = last
            self._positions[last] = position


class _Network(Generic[T]):
    """The items of one network."""

    __slots__ = ("by_address", "items", "name", "urn")

    def __init__(self, name: str) -> None:
        self.name = name
        self.items: dict[T, None] = {}
        """Oldest first."""
        self.by_address: dict[str, _Urn[T]] = {}
        self.urn = _Urn[_Urn[T]]()

    def draw_one(self, rng: random.Random) -> T:
        addresses = self.urn.listed
        if len(addresses) == 1 == len(addresses[0].listed):
            return addresses[0].listed[0]
        return _draw_one(_draw_one(addresses, rng).listed, rng)

    def draw_all(self, rng: random.Random) -> Iterator[T]:
        if len(self.urn.listed) == 1:
            return _shuffled(self.urn.listed[0].listed, rng)
        return _in_turn(_shuffled(address.listed, rng) for address in _shuffled(self.urn.listed, rng))


class Census(Generic[T]):
    """Items of one kind, called *name*: so many in all, and so many of one address."""

    def __init__(self, name: str, *, total_max: int, per_address_max: int) -> None:
        self._name = name
        self._total_max = total_max
        self._per_address_max = per_address_max
        self._origins: dict[T, Origin] = {}
        self._networks: dict[str, _Network[T]] = {}
        self._urn = _Urn[_Network[T]]()

    def __len__(self) -> int:
        """Give how many are here."""
        return len(self._origins)

    @property
    def networks(self) -> int:
        """How many networks they are of."""
        return len(self._networks)

    def __contains__(self, item: T) -> bool:
        """Say whether *item* is here."""
        return item in self._origins

    def __iter__(self) -> Iterator[T]:
        """Iterate them, oldest first."""
        return iter(self._origins)

    def make_room(self, origin: Origin) -> T | None:
        """Make sure that one more from *origin* may come; give who has to go for it, if anybody.

        When all places are taken, the newest of the most crowded network makes room for one from elsewhere.

        Raises:
            SignalingError: there is no place; the reason may be told.

        """
        network = self._networks.get(origin.network)
        if network is not None:
            self._check_share(origin, network)
        if len(self._origins) < self._total_max:
            return None
        crowd = max(self._networks.values(), key=lambda each: len(each.items), default=None)
        if crowd is None or len(crowd.items) <= 1 + (0 if network is None else len(network.items)):
            raise SignalingError(f"all {self._total_max} {self._name} are taken; try again later")
        return next(reversed(crowd.items))

    def add(self, item: T, origin: Origin) -> None:
        """Add *item*, which is not here."""
        network = self._networks.get(origin.network)
        if network is None:
            network = self._networks[origin.network] = _Network(origin.network)
            self._urn.add(network)
        address = network.by_address.get(origin.address)
        if address is None:
            address = network.by_address[origin.address] = _Urn()
            network.urn.add(address)
        address.add(item)
        network.items[item] = None
        self._origins[item] = origin

    def remove(self, item: T) -> None:
        """Remove *item*, if it is here."""
        origin = self._origins.pop(item, None)
        if origin is None:
            return
        network = self._networks[origin.network]
        address = network.by_address[origin.address]
        address.remove(item)
        del network.items[item]
        if not address.listed:
            del network.by_address[origin.address]
            network.urn.remove(address)
        if not network.items:
            del self._networks[origin.network]
            self._urn.remove(network)

    def draw(self, count: int, rng: random.Random, *, without: T | None, after: Collection[str] = ()) -> list[T]:
        """Draw up to *count* items other than *without*, if that is given: as far as it goes, each of another network.

        The networks *after* which this is done were drawn before; they come last.
        """
        networks = self._urn.listed
        if count < len(networks):
            if not after:
                return self._draw_apart(count, networks.copy(), rng, without=without)
            apart = self._draw_apart(count, [each for each in networks if each.name not in after], rng, without=without)
            again = [each for each in networks if each.name in after] if len(apart) < count else []
            return apart + self._draw_apart(count - len(apart), again, rng, without=without)
        drawn: list[T] = []
        for item in _in_turn(network.draw_all(rng) for network in _shuffled(networks, rng)):
            if item != without:
                drawn.append(item)
            if len(drawn) >= count:
                break
        return drawn

    def _draw_apart(self, count: int, pool: list[_Network[T]], rng: random.Random, *, without: T | None) -> list[T]:
        """Draw up to *count* items, each of another network of *pool*."""
        drawn: list[T] = []
        while pool and len(drawn) < count:
            at = int(rng.random() * len(pool))
            network = pool[at]
            pool[at] = pool[-1]
            pool.pop()
            item: T | None = network.draw_one(rng)
            if item == without:
                item = next((each for each in network.draw_all(rng) if each != without), None)
            if item is not None:
                drawn.append(item)
        return drawn

    def _check_share(self, origin: Origin, network: _Network[T]) -> None:
        address = network.by_address.get(origin.address)
        if address is not None and len(address.listed) >= self._per_address_max:
            raise SignalingError(
                f"{len(address.listed)} {self._name} are taken by your address {origin.address}, as many as it may have"
            )
        if len(network.items) >= self._per_address_max * NETWORK_ADDRESSES:
            raise SignalingError(
                f"{len(network.items)} {self._name} are taken by your network {origin.network}, as many as it may have"
            )


def _draw_one(items: Sequence[T], rng: random.Random) -> T:
    return items[0] if len(items) == 1 else items[int(rng.random() * len(items))]


def _shuffled(items: Sequence[T], rng: random.Random) -> Iterator[T]:
    """Give *items* in random order, and draw only as many as are asked for."""
    moved: dict[int, int] = {}
    for last in range(len(items) - 1, -1, -1):
        drawn = int(rng.random() * (last + 1))
        yield items[moved.get(drawn, drawn)]
        moved[drawn] = moved.get(last, last)


def _in_turn(sources: Iterable[Iterator[T]]) -> Iterator[T]:
    """Give the first item of each source, then the second of each, until all are at their end."""
    turn: Iterable[Iterator[T]] = sources
    while turn:
        waiting: list[Iterator[T]] = []
        for source in turn:
            for item in source:
                yield item
                waiting.append(source)
                break
        turn = waiting
