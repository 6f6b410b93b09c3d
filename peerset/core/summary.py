"""The sketch of a set, kept up as the set changes, so that no comparing has to go through all of it.

It covers what lies between two bounds, and grows to the end of the set a stretch at a time. What lies outside a
window that is asked for, or is not covered yet, is taken out or added for that once, as long as it is little.
"""

from collections.abc import Iterator
from itertools import islice
from struct import Struct
from typing import Final, Protocol

from peerset.core.limits import INTEGER_MAX, SKETCH_OUTSIDE_RECORDS_MAX, SKETCH_STRETCH_RECORDS, SKETCH_SYMBOLS_MAX
from peerset.core.message import Bound
from peerset.core.sketch import SYMBOL_BYTES, add_entries, pack_symbols, unpack_symbols

END: Final[Bound] = (INTEGER_MAX, b"")
_HEAD: Final = Struct(">QB33sQB33s")
"""Two bounds: time, and an id, which one byte more lets come right after it."""


class Entries(Protocol):
    """The set, in the order (created_at, id)."""

    def count(self, lower: Bound, upper: Bound) -> int:
        """Count the entries from *lower* up to *upper*."""

    def entries(self, lower: Bound, upper: Bound) -> Iterator[tuple[int, bytes]]:
        """Give the entries from *lower* up to *upper*, in order."""


class Summary:
    """The symbols of what *entries* hold from *lower* on, of which nothing is covered at first."""

    def __init__(self, entries: Entries, lower: Bound) -> None:
        self._entries = entries
        self._begin(lower)

    def _begin(self, lower: Bound) -> None:
        self._symbols = [0] * SKETCH_SYMBOLS_MAX
        self._lower = self._upper = self._start = lower
        self._ahead = self._entries.count(lower, END)

    @classmethod
    def resumed(cls, entries: Entries, data: bytes) -> "Summary | None":
        """Go on where one of the same entries was packed; None when *data* is no such thing."""
        size = _HEAD.size
        if len(data) != size + SKETCH_SYMBOLS_MAX * SYMBOL_BYTES:
            return None
        from_time, from_size, from_id, upto_time, upto_size, upto_id = _HEAD.unpack_from(data)
        lower, upper = (from_time, from_id[:from_size]), (upto_time, upto_id[:upto_size])
        if not (0, b"") <= lower <= upper <= END:
            return None
        found = cls(entries, lower)
        found._symbols, found._upper = unpack_symbols(data[size:]), upper
        found._ahead = entries.count(upper, END)
        return found

    def packed(self) -> bytes:
        """Write down what is covered, for an index of the same entries in a later life."""
        return _HEAD.pack(*_packed(self._lower), *_packed(self._upper)) + pack_symbols(self._symbols)

    @property
    def is_behind(self) -> bool:
        """More is not covered than can be made up for when somebody asks, or something that is too old still is."""
        return self._ahead >= SKETCH_STRETCH_RECORDS or self._lower < self._start

    def added(self, created_at: int, record_id: bytes) -> None:
        """Note an entry that is new."""
        self._change(created_at, record_id, 1)

    def discarded(self, created_at: int, record_id: bytes) -> None:
        """Note that an entry is gone."""
        self._change(created_at, record_id, -1)

    def discarded_before(self, before: int) -> None:
        """Note that all entries before a time are gone."""
        if (before, b"") > self._lower:
            self._begin(max(self._start, (before, b"")))

    def start_at(self, lower: Bound) -> None:
        """Cover what lies from *lower* on, once that is worked off."""
        if lower < self._lower:
            self._begin(lower)
        self._start = lower

    def work(self) -> None:
        """Cover the next stretch, or let go of one that lies before the start."""
        if self._lower < self._start:
            self._let_go()
        else:
            self._go_on()

    def symbols(self, lower: Bound, upper: Bound) -> list[int] | None:
        """Give the symbols of what lies between the bounds; None while that takes more than a moment."""
        edges = self._edges(lower, upper)
        if (
            self._ahead >= SKETCH_OUTSIDE_RECORDS_MAX
            or sum(count for _, _, _, count in edges) > SKETCH_OUTSIDE_RECORDS_MAX
        ):
            return None
        while self._ahead:
            self._go_on()
        symbols = list(self._symbols)
        for first, last, sign, _ in self._edges(lower, upper):
            add_entries(symbols, self._entries.entries(first, last), sign)
        return symbols

    def _go_on(self) -> None:
        taken = list(islice(self._entries.entries(self._upper, END), SKETCH_STRETCH_RECORDS))
        add_entries(self._symbols, taken)
        self._upper = _behind(taken[-1])
        self._ahead -= len(taken)

    def _let_go(self) -> None:
        old = self._entries.entries(self._lower, min(self._start, self._upper))
        taken = list(islice(old, SKETCH_STRETCH_RECORDS))
        add_entries(self._symbols, taken, -1)
        self._lower = _behind(taken[-1]) if len(taken) == SKETCH_STRETCH_RECORDS else self._start
        if self._upper < self._lower:
            self._upper, self._ahead = self._lower, self._entries.count(self._lower, END)

    def _edges(self, lower: Bound, upper: Bound) -> list[tuple[Bound, Bound, int, int]]:
        """Give what is covered outside the bounds, to be taken out, and what is not covered between them."""
        edges = ((self._lower, lower, -1), (lower, self._lower, 1), (upper, self._upper, -1))
        return [(first, last, sign, self._entries.count(first, last)) for first, last, sign in edges if first < last]

    def _change(self, created_at: int, record_id: bytes, sign: int) -> None:
        entry = (created_at, record_id)
        if entry >= self._upper:
            self._ahead += sign
        elif entry >= self._lower:
            add_entries(self._symbols, (entry,), sign)


def _packed(bound: Bound) -> tuple[int, int, bytes]:
    created_at, prefix = bound
    return created_at, len(prefix), prefix


def _behind(entry: tuple[int, bytes]) -> Bound:
    """Give the bound that comes right after *entry*."""
    created_at, record_id = entry
    return created_at, record_id + b"\0"
