"""Digests and roots of any set, written as the protocol says them, and sets where mistakes would show."""

import hashlib
import random
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from hypothesis import strategies as st

from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.limits import DIGEST_IDS_MAX, DIGEST_PART_SECONDS
from peerset.core.merkle import Index, RoomRoot
from peerset.core.message import Bound
from peerset.core.signal import RoomTag

Entry = tuple[int, bytes]

ROOM: Final = RoomTag(b"room" * 4)
FIRST_DAY: Final = 20_000
START: Final = FIRST_DAY * DAY_SECONDS
UPTO: Final = UnixTime(START + 90 * DAY_SECONDS + 40_000)
BUCKETS: Final = (900, 3_600, 21_600, 43_200, 86_400)

STEM: Final = hashlib.sha256(b"stem").digest()
TIMES: Final = st.one_of(
    st.integers(START - 2 * DAY_SECONDS, UPTO + DAY_SECONDS),
    st.integers(0, 92).map(lambda day: START + day * DAY_SECONDS),
    st.integers(1, 92).map(lambda day: START + day * DAY_SECONDS - 1),
    st.sampled_from([START + 5, UPTO - 1, UPTO]),
)
IDS: Final = st.one_of(
    st.binary(min_size=32, max_size=32),
    st.tuples(st.integers(0, 31), st.integers(0, 255)).map(
        lambda place: STEM[: place[0]] + bytes([place[1]]) + STEM[place[0] + 1 :]
    ),
)
ENTRIES: Final = st.lists(st.tuples(TIMES, IDS), max_size=60)


def u32(number: int) -> bytes:
    return number.to_bytes(4, "big")


def plain_digest(entries: Sequence[Entry]) -> bytes:
    """R of few records of a day, written as the protocol says it."""
    return hashlib.sha256(b"peerset/r1" + u32(len(entries)) + b"".join(entry[1] for entry in entries)).digest()


def composed_digest(inside: Sequence[Entry], lower: Bound, upper: Bound) -> bytes:
    """R of any range: over R of each of its days, or of each quarter of an hour of a crowded day."""
    last_second = upper[0] if upper[1] else upper[0] - 1
    if lower[0] // DAY_SECONDS < last_second // DAY_SECONDS:
        parts = [list(group) for _, group in groupby(inside, lambda entry: entry[0] // DAY_SECONDS)]
        digests = [composed_digest(part, max(lower, day_start(part)), min(upper, day_end(part))) for part in parts]
    elif len(inside) > DIGEST_IDS_MAX and lower[0] // DIGEST_PART_SECONDS < last_second // DIGEST_PART_SECONDS:
        quarters = [list(group) for _, group in groupby(inside, lambda entry: entry[0] // DIGEST_PART_SECONDS)]
        digests = list(map(plain_digest, quarters))
    else:
        return plain_digest(inside)
    return hashlib.sha256(b"peerset/r2" + u32(len(inside)) + b"".join(digests)).digest()


def day_start(entries: Sequence[Entry]) -> Bound:
    return entries[0][0] // DAY_SECONDS * DAY_SECONDS, b""


def day_end(entries: Sequence[Entry]) -> Bound:
    return day_start(entries)[0] + DAY_SECONDS, b""


def plain_root(entries: Sequence[Entry], *, first_day: int, upto: int) -> RoomRoot:
    """The root, written as the protocol says it."""
    start = first_day * DAY_SECONDS if first_day < 65_536 else (first_day - 65_536) * 300
    days = range(start // DAY_SECONDS, (upto - 1) // DAY_SECONDS + 1)
    inside = sorted(entry for entry in set(entries) if start <= entry[0] < upto)

    def node(low: int, high: int) -> bytes:
        if low >= high:
            return bytes(32)
        middle = (low + high) // 2
        of_day = [entry for entry in inside if entry[0] // DAY_SECONDS == days[middle]]
        bounds = (max(start, days[middle] * DAY_SECONDS), b""), (min(upto, (days[middle] + 1) * DAY_SECONDS), b"")
        head = b"\x01" + u32(days[middle]) + u32(len(of_day)) + composed_digest(of_day, *bounds)
        return hashlib.sha256(head + node(low, middle) + node(middle + 1, high)).digest()

    head = b"peerset/root1" + ROOM + u32(first_day) + u32(upto) + u32(len(inside))
    return RoomRoot(len(inside), hashlib.sha256(head + node(0, len(days))).digest())


def random_entries(count: int, *, seed: int = 0) -> list[Entry]:
    rng = random.Random(seed)
    return [(rng.randrange(START, UPTO), rng.randbytes(32)) for _ in range(count)]


def root_of(index: Index) -> RoomRoot:
    return index.root(ROOM, FIRST_DAY, UPTO)
