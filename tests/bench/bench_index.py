"""How fast and small the index is, and what comparing two sets costs: ``python -m tests.bench.bench_index``."""

import random
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from sortedcontainers import SortedList  # type: ignore[import-untyped]  # has no types; the reference only

from peerset.core.avl import BlockTree
from peerset.core.block import sorted_columns
from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.limits import DAY_CELL_DAYS
from peerset.core.merkle import Index, RoomRoot
from peerset.core.message import Days, Fin, Ranges, Root, Want
from peerset.core.ranges import Budget, Step, compare_days, compare_ranges, day_cells, make_salt
from peerset.core.signal import RoomTag
from peerset.core.wire import encode

Entry = tuple[int, bytes]
Row = tuple[str, float, str]

FIRST_DAY: Final = 20_653
START: Final = FIRST_DAY * DAY_SECONDS
UPTO: Final = UnixTime(START + 90 * DAY_SECONDS + 40_020)
SALT: Final = make_salt(bytes(32), b"\x01" * 32)
ROOM: Final = RoomTag(bytes(16))
COUNT: Final = 100_000


def make_entries(count: int) -> list[Entry]:
    """Entries of random times in the window, ascending, as a store would give them."""
    rng = random.Random(1)
    times = sorted(rng.randrange(START, UPTO) for _ in range(count))
    return sorted([(created_at, rng.randbytes(32)) for created_at in times])


def run() -> list[Row]:
    """Measure speed, memory and the cost of comparing; give name, figure and unit."""
    entries = make_entries(COUNT)
    shuffled = random.Random(2).sample(entries, COUNT)
    return [*speed(entries, shuffled), *memory(entries, shuffled), *roots(entries), *comparisons(entries)]


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
    return [
        ("index: memory, bulk build (goal 60)", bytes_of(lambda: Index.bulk(entries)) / COUNT, "bytes/record"),
        ("index: memory, random inserts (goal 60)", bytes_of(lambda: grow(shuffled)) / COUNT, "bytes/record"),
        (
            "index: memory, hourly buckets (goal 60)",
            bytes_of(lambda: Index.bulk(entries, bucket_seconds=3_600)) / COUNT,
            "bytes/record",
        ),
        ("sortedcontainers: memory", bytes_of(lambda: SortedList(fresh(entries))) / COUNT, "bytes/record"),
    ]


def roots(entries: Sequence[Entry]) -> list[Row]:
    return [*root_costs("100,000", entries), *root_costs("1,000,000", make_entries(1_000_000))]


def root_costs(label: str, entries: Sequence[Entry]) -> list[Row]:
    index = Index.bulk(entries)
    return [
        (f"root of {label}, nothing kept", seconds(lambda: root_of(index), repeats=1) * 1e3, "ms"),
        (f"root of {label} after an insert", root_after_insert(index) * 1e3, "ms"),
    ]


def comparisons(entries: Sequence[Entry]) -> list[Row]:
    rng = random.Random(3)
    lost = rng.sample(entries, COUNT // 2)
    day = [entry for entry in entries if entry[0] // DAY_SECONDS == FIRST_DAY + 40]
    cases: list[tuple[str, Sequence[Entry], Sequence[Entry]]] = [
        ("equal sets (goal 128 bytes)", (), ()),
        ("1 record differs (goal 2,500 bytes, 6 half trips)", (), entries[COUNT // 2 :][:1]),
        ("10 records differ", entries[5::20_000], entries[9::20_000]),
        ("100 records differ", entries[5::2_000], entries[9::2_000]),
        ("a day the answering side lacks (goal 500 bytes)", day, ()),
        ("a day the asking side lacks (goal 500 bytes)", (), day),
        ("half is missing", lost[: COUNT // 4], lost[COUNT // 4 :]),
    ]
    rows: list[Row] = []
    for label, ours_lacks, theirs_lacks in cases:
        size, trips = compare(lacking(entries, ours_lacks), lacking(entries, theirs_lacks))
        rows += [(f"{label}: messages", float(size), "bytes"), (f"{label}: chain", float(trips), "half trips")]
    return rows


def compare(ours: Index, theirs: Index) -> tuple[int, int]:
    """Compare two sets as a round does; give the bytes beside the records and the messages in the chain.

    Ours opens by a Root, theirs answers by Fin or Days. The chain ends with what the last answer calls for: Wants,
    pushed records, Fin.
    """
    root = root_of(ours)
    size = len(encode(Root(1, FIRST_DAY, UPTO, root.count, root.digest[:16])))
    fin = len(encode(Fin(1, root.count, root.digest[:16])))
    if root == root_of(theirs):
        return size + fin, 2
    cells = day_cells(theirs, SALT, first_day=FIRST_DAY, upto=UPTO, cell_days=DAY_CELL_DAYS)
    days = Days(1, FIRST_DAY, UPTO, DAY_CELL_DAYS, cells)
    step, trips = compare_days(ours, SALT, days, Budget(sys.maxsize)), 3
    size += len(encode(days)) + step_bytes(step)
    turn, other = ours, theirs
    while step.items:
        turn, other = other, turn
        step, trips = compare_ranges(turn, SALT, (START, b""), step.items, Budget(sys.maxsize)), trips + 1
        size += step_bytes(step)
    return size + 2 * fin, trips


def step_bytes(step: Step) -> int:
    """Count the bytes of an answer; what exceeds one message is counted as if it fitted."""
    wants = [step.wanted[at : at + 5_000] for at in range(0, len(step.wanted), 5_000)]
    frames = [step.items[at : at + 1_000] for at in range(0, len(step.items), 1_000)]
    return sum(len(encode(Want(1, want))) for want in wants) + sum(
        len(encode(Ranges(1, items, more=True))) for items in frames
    )


def lacking(entries: Sequence[Entry], lost: Sequence[Entry]) -> Index:
    index = Index.bulk(entries)
    for entry in lost:
        index.discard(*entry)
    return index


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


def root_after_insert(index: Index) -> float:
    """Time a root right after one more record: the mean of ten, in seconds."""
    rng = random.Random(4)
    spent = 0.0
    for _ in range(10):
        index.add(rng.randrange(START, UPTO), rng.randbytes(32))
        spent += seconds(lambda: root_of(index), repeats=1)
    return spent / 10


def seconds(call: Callable[[], object], *, repeats: int = 3) -> float:
    """Time one *call*, the best of *repeats*."""
    best = float("inf")
    for _ in range(repeats):
        started = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - started)
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
