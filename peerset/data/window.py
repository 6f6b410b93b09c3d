"""The window of a live query: the first documents that match, kept up to date by what changes. Pure."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeAlias

from peerset.core.record import RecordId
from peerset.data.difference import D, Place
from peerset.documents.order import Order, Seat
from peerset.documents.value import Rank, rank


@dataclass(frozen=True, slots=True)
class Entry(Generic[D]):
    """A document and where it stands."""

    seat: Seat
    place: Place[D]


class Falling:
    """A rank that sorts the other way round."""

    __slots__ = ("rank",)

    def __init__(self, rank: Rank) -> None:
        self.rank = rank

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Falling) and self.rank == other.rank

    def __hash__(self) -> int:
        return hash(self.rank)

    def __lt__(self, other: "Falling") -> bool:
        return other.rank < self.rank


Key: TypeAlias = tuple[Rank | Falling | int | bytes, ...]


class Window(Generic[D]):
    """The first *size* documents in *order*, of all that match.

    It knows whether there is more behind its end. When something leaves a full window, what follows is not known: it
    `lacks` so many, and whoever holds it finds them after `last`, and fills them in, before anything else happens.
    """

    def __init__(self, order: Order, size: int) -> None:
        self.size = size
        self.version = 0
        """Another one whenever something changed."""
        self._entries: list[Entry[D]] = []
        self._keys: list[Key] = []
        self._ids: dict[RecordId, Entry[D]] = {}
        self._has_all = False
        """Nothing that matches stands behind the end."""
        self._key = key_of(order)

    def __contains__(self, record_id: RecordId) -> bool:
        return record_id in self._ids

    @property
    def places(self) -> list[Place[D]]:
        """What stands in it, in order."""
        return [entry.place for entry in self._entries]

    @property
    def ids(self) -> Iterable[RecordId]:
        """The ids of what stands in it."""
        return self._ids.keys()

    @property
    def last(self) -> Seat | None:
        """Where its end is; None: nothing stands in it."""
        return self._entries[-1].seat if self._entries else None

    @property
    def lacks(self) -> int:
        """How many are to be found behind its end."""
        return 0 if self._has_all else max(self.size - len(self._entries), 0)

    def fill(self, entries: Sequence[Entry[D]], asked: int) -> None:
        """Put in what stands behind the end: all there is, unless it is as many as were *asked* for."""
        for entry in entries:
            self._insert(len(self._entries), entry)
        self._has_all = len(entries) < asked

    def remove(self, record_id: RecordId) -> bool:
        """Take out a document; say whether it was there."""
        entry = self._ids.pop(record_id, None)
        if entry is None:
            return False
        index = bisect_left(self._keys, self._key(entry.seat))
        del self._entries[index], self._keys[index]
        self.version += 1
        return True

    def add(self, seat: Seat, make: Callable[[], Place[D] | None]) -> RecordId | None:
        """Put in what *make* gives, if anything, where it stands in the window; give what thereby fell out."""
        if seat.id in self._ids:
            return None
        key, count = self._key(seat), len(self._entries)
        is_inside = bool(self._keys) and key < self._keys[-1]
        if not is_inside and (not self._has_all or count >= self.size):
            self._has_all = False
            return None
        place = make()
        if place is None:
            return None
        self._insert(bisect_left(self._keys, key), Entry(seat, place))
        if count < self.size:
            return None
        self._has_all = False
        del self._keys[-1]
        fallen = self._entries.pop().seat.id
        del self._ids[fallen]
        return fallen

    def clear(self) -> None:
        """Take out everything; all of it is to be found again."""
        self._entries, self._keys, self._ids, self._has_all = [], [], {}, False
        self.version += 1

    def _insert(self, index: int, entry: Entry[D]) -> None:
        self._entries.insert(index, entry)
        self._keys.insert(index, self._key(entry.seat))
        self._ids[entry.seat.id] = entry
        self.version += 1


def key_of(order: Order) -> Callable[[Seat], Key]:
    """Give what seats are sorted by in *order*: as `peerset.documents.order.compare` has it."""
    falls = [term.is_descending for term in order[:-1]]
    is_newest_first = order[-1].is_descending

    def time_of(seat: Seat) -> Key:
        return (-seat.stamp, seat.id) if is_newest_first else (seat.stamp, bytes(255 - byte for byte in seat.id))

    def key(seat: Seat) -> Key:
        pairs = zip(seat.values, falls, strict=True)
        ranks = (Falling(rank(each)) if is_falling else rank(each) for each, is_falling in pairs)
        return (*ranks, *time_of(seat))

    return key if falls else time_of
