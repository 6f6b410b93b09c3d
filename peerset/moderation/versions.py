"""Which versions of a record a newer one has replaced: the set rule that every room has (NIP-01).

It is part of what readers see and of no room's rules id: all peers have it.
"""

from collections.abc import Callable, Iterable, Sequence, Set
from typing import Final

from peerset.core.deletion import Name, Outline, address_of, outline_of
from peerset.core.record import Record, RecordId
from peerset.core.rules import Manifest
from peerset.core.verdict import PolicyClass, Seat

_INVERTED: Final = bytes(255 - byte for byte in range(256))

Rank = bytes
"""Orders versions: created_at, microseconds and the id with every bit turned, so that the lowest id is the greatest."""

Kin = Callable[[Record], Sequence[Name]]
"""Gives the addresses of one record, where it has several: the first is that under which all its versions are kept."""


class Versions:
    """The versions of all members that have any, kept up to date as members come and go."""

    name = "versions"
    policy_class = PolicyClass.SET_RULE
    manifest = Manifest("versions", 1)
    reason = "a newer version took its place"

    def __init__(self, outlines: Iterable[Outline] = (), *, kin: Kin | None = None) -> None:
        self._kin = kin
        # A room may hold very many of them, so there is one entry a record and one an address, and no more.
        self._addresses: dict[RecordId, Name] = {}
        self._ranks: dict[Name, tuple[Rank, ...]] = {}
        for outline in outlines:
            self.add(outline)

    def __contains__(self, record_id: RecordId) -> bool:
        return record_id in self._addresses

    # As a rule.

    def group(self, record: Record) -> tuple[str, ...] | None:
        """Name the address whose versions compete; None for what has none."""
        address = address_of(record)
        return None if address is None else (address.hex(),)

    def keep(self, group: Sequence[Seat]) -> frozenset[RecordId]:
        """Keep the version of the latest stamp, of equal ones the one of the lowest id (NIP-01)."""
        newest = max(group, key=lambda seat: _rank(seat.created_at, seat.microseconds, seat.id), default=None)
        return frozenset() if newest is None else frozenset([newest.id])

    # As what a room remembers.

    def add(self, outline: Outline) -> None:
        """Take in a new member."""
        address = outline.address
        if address is None or outline.id in self._addresses:
            return
        known = self._ranks.get(address)
        if known is None:
            self._addresses[outline.id] = address
            self._ranks[address] = (_rank_of(outline),)
            return
        # One object for one address, however many versions name it.
        address = self._addresses[_id_of(known[0])]
        rank = _rank_of(outline)
        self._addresses[outline.id] = address
        # Mostly it is the newest; sorting many versions for each that comes would take longer with each.
        self._ranks[address] = (rank, *known) if rank > known[0] else tuple(sorted((*known, rank), reverse=True))

    def meet(self, records: Iterable[Record]) -> None:
        """Learn of *records*, members or not, which of their versions stand under other addresses.

        In a sealed room each secret gives another address, which nobody can tell who has not opened the record.
        """
        if self._kin is None:
            return
        for record in records:
            if record.is_versioned:
                self._unite(self._kin(record))

    def _unite(self, addresses: Sequence[Name]) -> None:
        for other in addresses[1:]:
            ranks = self._ranks.pop(other, ())
            if not ranks:
                continue
            known = self._ranks.get(addresses[0], ())
            address = self._addresses[_id_of(known[0])] if known else addresses[0]
            self._addresses.update(dict.fromkeys(map(_id_of, ranks), address))
            self._ranks[address] = tuple(sorted((*known, *ranks), reverse=True))

    def remove(self, record_id: RecordId) -> None:
        """Let a member go."""
        address = self._addresses.pop(record_id, None)
        if address is None:
            return
        left = tuple(rank for rank in self._ranks[address] if _id_of(rank) != record_id)
        if left:
            self._ranks[address] = left
        else:
            del self._ranks[address]

    def remove_before(self, before: int, *, but: Set[RecordId] = frozenset()) -> None:
        """Let every member with created_at below *before* go, all others than *but*."""
        edge = _rank(max(before, 0), 0, b"")
        old = [_id_of(rank) for ranks in self._ranks.values() for rank in ranks if rank < edge]
        for record_id in old:
            if record_id not in but:
                self.remove(record_id)

    def has_any(self, address: Name) -> bool:
        """Say whether any version of the record at *address* is a member."""
        return address in self._ranks

    def versions_beside(self, record_id: RecordId) -> frozenset[RecordId]:
        """Give all versions of the record of which *record_id* is one."""
        address = self._addresses.get(record_id)
        return frozenset() if address is None else frozenset(map(_id_of, self._ranks[address]))

    def is_superseded(self, record_id: RecordId) -> bool:
        """Say whether a member is a version that a newer one has replaced, as far as they have met."""
        address = self._addresses.get(record_id)
        return address is not None and _id_of(self._ranks[address][0]) != record_id

    def current(self, records: Sequence[Record]) -> list[Record]:
        """Give those of *records* that no newer version has replaced.

        A store gives records a moment before their room is told of them; those replace others here, too.
        """
        self.meet(records)
        newcomers = [record for record in records if record.is_versioned and record.id not in self]
        if not newcomers:
            return [record for record in records if not self.is_superseded(record.id)]
        newest: dict[Name, Rank] = {}
        addresses = {record.id: self._address_of(record) for record in newcomers}
        for record in newcomers:
            address = addresses[record.id]
            known = newest.get(address) or self._ranks.get(address, (b"",))[0]
            newest[address] = max(known, _rank_of(outline_of(record)))

        def is_current(record: Record) -> bool:
            address = addresses.get(record.id) or self._addresses.get(record.id)
            rank = None if address is None else newest.get(address) or self._ranks[address][0]
            return rank is None or _id_of(rank) == record.id

        return [record for record in records if is_current(record)]

    def _address_of(self, record: Record) -> Name:
        """Give the address under which the versions of *record* are kept."""
        kin = () if self._kin is None else self._kin(record)
        return kin[0] if kin else address_of(record) or b""


def _rank_of(outline: Outline) -> Rank:
    return _rank(outline.created_at, outline.microseconds, outline.id)


def _rank(created_at: int, microseconds: int, record_id: bytes) -> Rank:
    return created_at.to_bytes(8, "big") + microseconds.to_bytes(3, "big") + record_id.translate(_INVERTED)


def _id_of(rank: Rank) -> RecordId:
    return RecordId(rank[11:].translate(_INVERTED))
