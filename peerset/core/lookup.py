"""Finds the record that people mean, where its id is not all there: by first digits, or by an address (NIP-19)."""

from collections.abc import Iterable
from typing import Final, Protocol

from peerset.core.deletion import address_of, digest_of
from peerset.core.filter import Filter
from peerset.core.nip19 import AddressPointer
from peerset.core.record import ID_BYTES, Record, RecordId
from peerset.core.stamp import newest_first
from peerset.core.typed import read_id
from peerset.errors import ConfigError

CANDIDATES_SHOWN_MAX: Final = 5
CANDIDATE_DIGITS: Final = 16


class Records(Protocol):
    """What knows records, such as a store."""

    async def entries(self) -> list[tuple[int, bytes]]:
        """Give (created_at, id) of every record."""
        ...

    async def query(self, query: Filter) -> list[Record]:
        """Give the records that match."""
        ...


async def find_id(value: object, where: Records, *, also: Iterable[RecordId] = ()) -> RecordId | None:
    """Read a record's id, and find the one in *where* or *also* that begins as *value* does; None when none does.

    An address (naddr, or an `AddressPointer`) means its newest version.

    Raises:
        ConfigError: it is no id, or several begin so.

    """
    given = read_id(value)
    if isinstance(given, str):
        return await _beginning_so(given, where, also)
    return await _newest_at(given, where) if isinstance(given, AddressPointer) else given


async def _newest_at(address: AddressPointer, where: Records) -> RecordId | None:
    named = Filter(authors=frozenset([address.author]), kinds=frozenset([address.kind]))
    name = digest_of(str(address))
    versions = [record for record in await where.query(named) if address_of(record) == name]
    newest = min(versions, key=newest_first, default=None)
    return None if newest is None else newest.id


async def _beginning_so(digits: str, where: Records, also: Iterable[RecordId]) -> RecordId | None:
    width = 2 * ID_BYTES
    first, last = bytes.fromhex(digits.ljust(width, "0")), bytes.fromhex(digits.ljust(width, "f"))
    found = {record_id for _, record_id in await where.entries() if first <= record_id <= last}
    found |= {record_id for record_id in also if first <= record_id <= last}
    if len(found) > 1:
        listed = ", ".join(each.hex()[:CANDIDATE_DIGITS] for each in sorted(found)[:CANDIDATES_SHOWN_MAX])
        more = ", ..." if len(found) > CANDIDATES_SHOWN_MAX else ""
        raise ConfigError(f"{len(found)} records have an id that begins with {digits!r}: {listed}{more}")
    return RecordId(found.pop()) if found else None
