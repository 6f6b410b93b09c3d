"""Sketches of a set: what they cost to keep, and rounds between two shipped machines that have them.

Times are of the processor, the least of five runs, of the side that opens the round and of the other; a SHA-256 of 32
bytes beside them says how busy the machine is. Bytes and chains are means. A chain is how many messages it takes,
each an answer to the one before, until both sides have said all but that they are done; records are counted apart.
"""

import hashlib
import random
import time
from collections import deque
from collections.abc import Iterator
from typing import Final

from peerset.core.limits import SKETCH_SYMBOLS_MAX
from peerset.core.merkle import Index
from peerset.core.message import Credit, Fin, Records
from peerset.core.sketch import add_entries, solve, subtract
from peerset.protocol.effects import Request, Send
from peerset.protocol.horizon import everything
from peerset.protocol.retention import window
from tests.protocol.large import Entry, Meeting, draw, make_sync
from tests.protocol.pair import ROOM, START

Row = tuple[str, float, str]

KEPT: Final = 50_000
ENDS: Final = (Records, Credit, Fin)
CASES: Final = ((0, 1), (5, 5), (50, 50), (500, 500))
SIZES: Final = (100_000, 1_000_000)
REPEATS: Final = 5


def run() -> Iterator[Row]:
    """Measure; give each (name, value, unit) as soon as it is known."""
    rng = random.Random(0)
    yield from reference()
    yield from keeping(draw(KEPT, rng))
    yield from reading(rng)
    for size in SIZES:
        yield from rounds(size, rng)


def keeping(entries: list[Entry]) -> Iterator[Row]:
    symbols = [0] * SKETCH_SYMBOLS_MAX
    started = time.process_time()
    add_entries(symbols, entries)
    yield "sketch: a record more or less (goal 5)", (time.process_time() - started) / len(entries) * 1e6, "us"


def reference() -> Iterator[Row]:
    """Time what a busy machine slows down as well, and what took 0.34 us where the goals were set."""
    data = bytes(32)
    best = 1.0
    for _ in range(20):
        started = time.process_time()
        for _ in range(1_000):
            hashlib.sha256(data).digest()
        best = min(best, time.process_time() - started)
    yield "reference: SHA-256 of 32 bytes", best * 1e3, "us"


def reading(rng: random.Random) -> Iterator[Row]:
    for count in (1, 100, 1_000):
        sides: tuple[list[int], list[int]] = ([0] * SKETCH_SYMBOLS_MAX, [0] * SKETCH_SYMBOLS_MAX)
        for number, entry in enumerate(draw(count, rng)):
            add_entries(sides[number % 2], [entry])
        symbols = subtract(*sides)
        needed = next(size for size in range(1, SKETCH_SYMBOLS_MAX + 1, count // 50 + 1) if solve(symbols[:size]))
        started = time.process_time()
        solve(symbols[: max(needed, 32)])
        yield f"sketch: symbols to read {count} records", needed, ""
        yield f"sketch: reading {count} records", (time.process_time() - started) * 1e3, "ms"


def rounds(size: int, rng: random.Random) -> Iterator[Row]:
    entries = draw(size, rng)
    sets = [Index.bulk(entries) for _ in range(2)]
    yield from compared(f"{size:,} and {size:,} by days", sets, rng)
    for index in sets:
        summary = index.summarise(window(START).first_day)
        while summary.is_behind:
            summary.work()
    yield from compared(f"{size:,} and {size:,} by sketches", sets, rng)


def compared(name: str, sets: list[Index], rng: random.Random) -> Iterator[Row]:
    for ours, theirs in CASES:
        times = []
        for _ in range(REPEATS):
            times.append(timed := Timed(sets, ours, theirs, rng))
            timed.run()
        label = f"{name}, {ours + theirs:,} differing"
        yield f"{label}: said by both", sum(sum(timed.said_bytes) for timed in times) / REPEATS, "bytes"
        yield f"{label}: chain", sum(timed.chain for timed in times) / REPEATS, "messages in a row"
        yield f"{label}: the side that opens", min(timed.seconds[0] for timed in times) * 1e3, "ms"
        yield f"{label}: the other", min(timed.seconds[1] for timed in times) * 1e3, "ms"


class Timed(Meeting):
    """One round between two sets, which then have what the other had more."""

    def __init__(self, sets: list[Index], ours: int, theirs: int, rng: random.Random) -> None:
        self.fresh = draw(ours, rng), draw(theirs, rng)
        for index, entries in zip(sets, self.fresh, strict=True):
            for entry in entries:
                index.add(*entry)
            # Everybody computes roots all the time: those of days that did not change are kept.
            index.root(ROOM.tag, window(START).first_day, everything(START))
        self.sets = sets
        self.seconds = [0.0, 0.0]
        self.chain = 0
        self._heard = [0, 0]
        """How many messages in a row led to what each side heard last."""
        self._depths: dict[int, int] = {}
        """The same of what is still to be done, itself included."""
        super().__init__([], [])

    def __post_init__(self) -> None:
        self.indexes = self.sets
        self.times = {record_id: created_at for entries in self.fresh for created_at, record_id in entries}
        self._total = len(self.sets[0]) + len(self.fresh[1])
        self._syncs = [make_sync(index, is_initiator=number == 0) for number, index in enumerate(self.sets)]
        self._todo: deque[tuple[int, Request]] = deque()

    @property
    def is_equal(self) -> bool:
        """Both have everything."""
        return len(self.sets[0]) == len(self.sets[1]) == self._total

    def _perform(self, number: int, effect: Request) -> None:
        if isinstance(effect, Send) and not isinstance(effect.message, ENDS):
            self._heard[1 - number] = max(self._heard[1 - number], self._depths.pop(id(effect), 1))
            self.chain = self.chain if self.is_equal else max(self._heard)
        super()._perform(number, effect)

    def _step(self, number: int, started: float, effects: list[Request]) -> None:
        self.seconds[number] += time.process_time() - started
        for effect in effects:
            self._depths[id(effect)] = self._heard[number] + 1
        super()._step(number, started, effects)


if __name__ == "__main__":
    for label, value, unit in run():
        print(f"{label:75} {value:12,.2f} {unit}")
