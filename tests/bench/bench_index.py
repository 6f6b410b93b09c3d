"""How fast and small the index is: ``python -m tests.bench.bench_index``. What comparing costs is bench_reconcile's.

Times are of the processor. Memory is what Python allocated, with the digests and the sketch that a room keeps beside.
"""

import random
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Final

from sortedcontainers import SortedList  # type: ignore[import-untyped]  # has no types; the reference only

from peerset.core.avl import BlockTree
from peerset.core.block import sorted_columns
from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.merkle import Index, RoomRoot
from peerset.core.signal import RoomTag
from tests.bench.bench_sketch import reference
from tests.bench.sizes import sized

Entry = tuple[int, bytes]
Row = tuple[str, float, str]

FIRST_DAY: Final = 20_653
START: Final = FIRST_DAY * DAY_SECONDS
UPTO: Final = UnixTime(START + 90 * DAY_SECONDS + 40_020)
ROOM: Final = RoomTag(bytes(16))
COUNT: Final = sized(100_000, 10_000)
LARGE: Final = sized(1_000_000, 100_000)


def make_entries(count: int) -> list[Entry]:
    """Entries of random times in the window, ascending, as a store would give them."""
    rng = random.Random(1)
    times = sorted(rng.randrange(START, UPTO) for _ in range(count))
    return sorted([(created_at, rng.randbytes(32)) for created_at in times])


def run() -> Iterator[Row]:
    """Measure speed and memory; give each (name, figure, unit) as soon as it is known."""
    entries = make_entries(COUNT)
    shuffled = random.Random(2).sample(entries, COUNT)
    yield from reference()
    yield from speed(entries, shuffled)
    yield from memory(entries, shuffled)
    yield from large()


def speed(entries: Sequence[Entry], shuffled: Sequence[Entry]) -> list[Row]:
    times, ids = sorted_columns(entries)
    return [
        ("index: insert, random order", COUNT / seconds(lambda: grow(shuffled)), "records/s"),
        ("sortedcontainers: insert, random order", COUNT / seconds(lambda: grow_reference(shuffled)), "records/s"),
        ("index: insert, ascending", COUNT / seconds(lambda: grow(entries)), "records/s"),
        ("sortedcontainers: insert, ascending", COUNT / seconds(lambda: grow_reference(entries)), "records/s"),
        ("index: bulk build, sorted", COUNT / seconds(lambda: Index.bulk(entries)), "records/s"),
        ("sortedcontainers: bulk build, sorted", COUNT / seconds(lambda: SortedList(entries)), "records/s"),
        (
            "block tree: bulk build, from columns",
            COUNT / seconds(lambda: BlockTree.from_columns(times, ids)),
            "records/s",
        ),
        ("index: bulk build, random order", COUNT / seconds(lambda: Index.bulk(shuffled)), "records/s"),
    ]


def memory(entries: Sequence[Entry], shuffled: Sequence[Entry]) -> list[Row]:
    hourly = partial(Index.bulk, entries, bucket_seconds=3_600)
    return [
        ("index: memory, bulk build (goal 45)", bytes_of(lambda: Index.bulk(entries)) / COUNT, "bytes/record"),
        ("index: memory, random inserts (goal 45)", bytes_of(lambda: grow(shuffled)) / COUNT, "bytes/record"),
        ("index: memory, hourly buckets (goal 45)", bytes_of(hourly) / COUNT, "bytes/record"),
        ("sortedcontainers: memory", bytes_of(lambda: SortedList(fresh(entries))) / COUNT, "bytes/record"),
    ]


def large() -> Iterator[Row]:
    """Measure a large index as a room keeps it."""
    for count in (COUNT, LARGE):
        entries = make_entries(count)
        size = bytes_of(lambda: Index.bulk(entries))  # noqa: B023  # called at once
        kept = bytes_of(lambda: compared(entries))  # noqa: B023  # called at once
        yield f"index of {count:,}: memory", size / count, "bytes/record"
        yield f"index of {count:,}: memory, digests and sketch included (goal 45)", kept / count, "bytes/record"
        yield from root_costs(f"{count:,}", entries)


def compared(entries: Sequence[Entry]) -> Index:
    """An index whose root was asked for, and of which a sketch is kept."""
    index = Index.bulk(entries)
    root_of(index)
    summary = index.summarise(FIRST_DAY)
    while summary.is_behind:
        summary.work()
    return index


def root_costs(label: str, entries: Sequence[Entry]) -> Iterator[Row]:
    index = Index.bulk(entries)
    yield f"root of {label}, nothing kept", seconds(lambda: root_of(index), repeats=1) * 1e3, "ms"
    for inserts in (0, 1, 500):
        yield f"root of {label} after {inserts} inserts", root_after(index, inserts) * 1e3, "ms"


def grow(entries: Iterable[Entry]) -> Index:
    index = Index()
    for created_at, record_id in entries:
        index.add(created_at, record_id)
    return index


def grow_reference(entries: Iterable[Entry]) -> object:
    reference = SortedList()
    for entry in entries:
        reference.add(entry)
    return reference


def fresh(entries: Sequence[Entry]) -> list[Entry]:
    """Copies of *entries* that share nothing with them: a list of tuples has to keep its own."""
    return [(created_at + 0, bytes(bytearray(record_id))) for created_at, record_id in entries]


def root_of(index: Index) -> RoomRoot:
    return index.root(ROOM, FIRST_DAY, UPTO)


def root_after(index: Index, inserts: int) -> float:
    """Time a root right after so many more scattered records: the best of five, in seconds."""
    rng = random.Random(4)
    best = float("inf")
    for _ in range(5):
        for _ in range(inserts):
            index.add(rng.randrange(START, UPTO), rng.randbytes(32))
        best = min(best, seconds(lambda: root_of(index), repeats=1))
    return best


def seconds(call: Callable[[], object], *, repeats: int = 3) -> float:
    """Time one *call*, the best of *repeats*."""
    best = float("inf")
    for _ in range(repeats):
        started = time.process_time()
        call()
        best = min(best, time.process_time() - started)
    return best


def bytes_of(make: Callable[[], object]) -> int:
    """Measure the memory of what *make* makes, all that it holds included."""
    tracemalloc.start()
    made = make()
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del made
    return size


if __name__ == "__main__":
    for name, figure, unit in run():
        print(f"{name:66} {figure:12,.1f} {unit}")
