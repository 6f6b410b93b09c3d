"""What one author wrote on one UTC day, as far as its content is here: figures that a budget is compared with."""

from collections.abc import Iterable
from typing import NamedTuple

from peerset.core.bucket import day_of
from peerset.core.deletion import names_deleted
from peerset.core.keys import PublicKey
from peerset.core.record import KIND_DELETION, Record


class DaySum(NamedTuple):
    """The sums of one author and day. A tuple, for some are made for every record."""

    day: int
    """Numbered from the Unix epoch."""
    author: PublicKey
    size: int
    """Bytes of the wire forms."""
    records: int
    names: int
    """How many things its deletions name."""

    def plus(self, other: "DaySum", sign: int = 1) -> "DaySum":
        """Add *other*, of the same author and day, or take it away with a *sign* of -1."""
        size, records = self.size + sign * other.size, self.records + sign * other.records
        return DaySum(self.day, self.author, size, records, self.names + sign * other.names)


def sum_of(record: Record) -> DaySum:
    """Give what *record* alone makes."""
    return DaySum(day_of(record.created_at), record.author, len(record.wire), 1, len(names_deleted(record)))


def sums_of(records: Iterable[Record]) -> list[DaySum]:
    """Give the sums of *records*, by day and author."""
    sums: dict[tuple[int, PublicKey], list[int]] = {}
    for record in records:
        place = (day_of(record.created_at), record.author)
        known = sums.get(place)
        if known is None:
            known = sums[place] = [0, 0, 0]
        known[0] += len(record.wire)
        known[1] += 1
        known[2] += len(names_deleted(record)) if record.kind == KIND_DELETION else 0
    return sorted(DaySum(*place, *figures) for place, figures in sums.items())
