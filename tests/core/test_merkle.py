import hashlib
import importlib.util
import json
import random
from bisect import bisect_left
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.limits import WINDOW_DAYS_MAX
from peerset.core.merkle import EMPTY_NODE, DayLeaf, Index, RoomRoot
from peerset.core.message import Bound
from peerset.core.signal import RoomTag
from peerset.errors import ConfigError, LocalProtocolError

Entry = tuple[int, bytes]

VECTORS: Final = Path(__file__).parents[1] / "vectors"
SETS: Final = json.loads((VECTORS / "trees.json").read_text("utf-8"))["sets"]

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
    """R, written as the protocol says it."""
    return hashlib.sha256(b"peerset/r1" + u32(len(entries)) + b"".join(entry[1] for entry in entries)).digest()


def composed_digest(inside: Sequence[Entry], lower: Bound, upper: Bound) -> bytes:
    """R of any range: of those that several days lie in, over R of each day."""
    last_second = upper[0] if upper[1] else upper[0] - 1
    if lower[0] // DAY_SECONDS >= last_second // DAY_SECONDS:
        return plain_digest(inside)
    days = [list(group) for _, group in groupby(inside, lambda entry: entry[0] // DAY_SECONDS)]
    return hashlib.sha256(b"peerset/r2" + u32(len(inside)) + b"".join(map(plain_digest, days))).digest()


def plain_root(entries: Sequence[Entry], *, first_day: int, upto: int) -> RoomRoot:
    """The root, written as the protocol says it."""
    days = range(first_day, (upto - 1) // DAY_SECONDS + 1)
    inside = sorted(entry for entry in set(entries) if entry[0] // DAY_SECONDS in days and entry[0] < upto)

    def node(low: int, high: int) -> bytes:
        if low >= high:
            return bytes(32)
        middle = (low + high) // 2
        of_day = [entry for entry in inside if entry[0] // DAY_SECONDS == days[middle]]
        head = b"\x01" + u32(days[middle]) + u32(len(of_day)) + plain_digest(of_day)
        return hashlib.sha256(head + node(low, middle) + node(middle + 1, high)).digest()

    head = b"peerset/root1" + ROOM + u32(first_day) + u32(upto) + u32(len(inside))
    return RoomRoot(len(inside), hashlib.sha256(head + node(0, len(days))).digest())


def random_entries(count: int, *, seed: int = 0) -> list[Entry]:
    rng = random.Random(seed)
    return [(rng.randrange(START, UPTO), rng.randbytes(32)) for _ in range(count)]


def root_of(index: Index) -> RoomRoot:
    return index.root(ROOM, FIRST_DAY, UPTO)


def make_trees() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_trees", VECTORS / "make_trees.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# Vectors.


def test_the_vectors_are_what_their_script_writes() -> None:
    assert make_trees().make() == (VECTORS / "trees.json").read_text("utf-8")


def vector_bound(plain: list[Any]) -> Bound:
    return (plain[0], bytes.fromhex(plain[1]))


@pytest.mark.parametrize("vector", SETS, ids=lambda vector: vector["name"])
def test_a_set_has_the_digests_root_and_cuts_of_the_vector(vector: dict[str, Any]) -> None:
    index = Index.bulk((created_at, bytes.fromhex(record_id)) for created_at, record_id in vector["entries"])
    root = index.root(RoomTag(bytes.fromhex(vector["room_tag"])), vector["first_day"], vector["upto"])
    assert {"count": root.count, "digest": root.digest.hex()} == vector["root"]
    for day, count, digest in vector["days"]:
        bounds = (day * DAY_SECONDS, b""), min(((day + 1) * DAY_SECONDS, b""), (vector["upto"], b""))
        assert (index.count(*bounds), index.digest(*bounds).hex()) == (count, digest)
    for piece in vector["ranges"]:
        bounds = vector_bound(piece["lower"]), vector_bound(piece["upper"])
        assert (index.count(*bounds), index.digest(*bounds).hex()) == (piece["count"], piece["digest"])
    for cut in vector["cuts"]:
        bounds = vector_bound(cut["lower"]), vector_bound(cut["upper"])
        assert index.cut(*bounds, cut["parts"]) == [vector_bound(bound) for bound in cut["bounds"]]


# The root.


@settings(max_examples=60, deadline=None)
@given(ENTRIES, ENTRIES, st.randoms(use_true_random=False), st.sampled_from(BUCKETS))
def test_any_history_of_one_set_in_any_buckets_gives_one_root(
    kept: list[Entry], dropped: list[Entry], rng: random.Random, bucket_seconds: int
) -> None:
    index = Index(bucket_seconds=bucket_seconds)
    for entry in rng.sample(kept + dropped, len(kept) + len(dropped)):
        index.add(*entry)
        root_of(index)
    doomed = sorted(set(dropped) - set(kept))
    for entry in rng.sample(doomed, len(doomed)):
        assert index.discard(*entry)
        root_of(index)
    index._check()
    assert root_of(index) == root_of(Index.bulk(kept)) == plain_root(kept, first_day=FIRST_DAY, upto=UPTO)


@given(ENTRIES, st.integers(START, UPTO), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_upto_and_the_first_day_cut_exactly(entries: list[Entry], upto: int, skipped_days: int) -> None:
    root = Index.bulk(entries).root(ROOM, FIRST_DAY + skipped_days, UnixTime(upto))
    assert root == plain_root(entries, first_day=FIRST_DAY + skipped_days, upto=upto)


def test_a_record_at_upto_is_not_compared_and_one_before_it_is() -> None:
    index = Index()
    empty = root_of(index)
    index.add(UPTO, bytes(32))
    assert root_of(index) == empty
    index.add(UPTO - 1, bytes(32))
    assert root_of(index).count == 1
    assert root_of(index).digest != empty.digest


def test_the_root_of_an_empty_set_is_defined() -> None:
    assert root_of(Index()) == plain_root([], first_day=FIRST_DAY, upto=UPTO)


def test_the_root_of_no_days_covers_no_node() -> None:
    head = b"peerset/root1" + ROOM + u32(FIRST_DAY) + u32(START) + u32(0)
    assert Index().root(ROOM, FIRST_DAY, UnixTime(START)).digest == hashlib.sha256(head + EMPTY_NODE).digest()


def test_the_root_names_its_room_its_first_day_and_its_end() -> None:
    index = Index.bulk(random_entries(10))
    roots = {
        index.root(ROOM, FIRST_DAY, UPTO).digest,
        index.root(RoomTag(bytes(16)), FIRST_DAY, UPTO).digest,
        index.root(ROOM, FIRST_DAY + 1, UPTO).digest,
        index.root(ROOM, FIRST_DAY, UnixTime(UPTO + 1)).digest,
    }
    assert len(roots) == 4


def test_a_window_past_the_limit_is_refused() -> None:
    index = Index()
    last = UnixTime(START + WINDOW_DAYS_MAX * DAY_SECONDS)
    assert index.root(ROOM, FIRST_DAY, last).count == 0
    with pytest.raises(LocalProtocolError, match=f"at most {WINDOW_DAYS_MAX} days"):
        index.root(ROOM, FIRST_DAY, UnixTime(last + 1))
    with pytest.raises(LocalProtocolError, match="a window from day -1"):
        index.root(ROOM, -1, UnixTime(5))
    with pytest.raises(LocalProtocolError, match="to 4294967296"):
        index.root(ROOM, 2**32 // DAY_SECONDS, UnixTime(2**32))


# Digests.


@settings(max_examples=60, deadline=None)
@given(
    ENTRIES, st.tuples(TIMES, st.binary(max_size=3)), st.tuples(TIMES, st.binary(max_size=3)), st.sampled_from(BUCKETS)
)
def test_any_range_is_counted_listed_and_digested_alike_in_any_buckets(
    entries: list[Entry], lower: Bound, upper: Bound, bucket_seconds: int
) -> None:
    index = Index.bulk(entries, bucket_seconds=bucket_seconds)
    inside = sorted(entry for entry in set(entries) if lower <= entry < upper)
    assert index.count(lower, upper) == len(inside)
    assert list(index.entries(lower, upper)) == inside
    assert index.ids(lower, upper) == [record_id for _, record_id in inside]
    assert index.digest(lower, upper) == composed_digest(inside, lower, upper)


def test_a_day_is_hashed_once_until_it_changes() -> None:
    index = Index.bulk(random_entries(1_000))
    day = (START, b""), (START + DAY_SECONDS, b"")
    count = index.count(*day)
    for _ in range(3):
        index.digest(*day)
    assert index.hashed_ids == count
    index.add(START + DAY_SECONDS, bytes(32))
    index.digest(*day)
    assert index.hashed_ids == count
    index.add(START + DAY_SECONDS - 1, bytes(32))
    index.digest(*day)
    assert index.hashed_ids == 2 * count + 1


def test_a_discarded_entry_makes_its_day_stale() -> None:
    index = Index.bulk([(START, bytes(32)), (START, b"\x01" * 32)])
    day = (START, b""), (START + DAY_SECONDS, b"")
    index.digest(*day)
    index.discard(START, bytes(32))
    assert index.digest(*day) == plain_digest([(START, b"\x01" * 32)])


def test_digests_of_empty_days_are_not_kept() -> None:
    index = Index.bulk(random_entries(10))
    for day in range(1_000):
        index.digest((day * DAY_SECONDS, b""), ((day + 1) * DAY_SECONDS, b""))
    assert index._days == {}


# Cuts.


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(START, START + 20), IDS), max_size=60), st.integers(0, 70), st.sampled_from(BUCKETS)
)
def test_a_cut_day_has_parts_of_equal_counts_and_shortest_bounds(
    entries: list[Entry], parts: int, bucket_seconds: int
) -> None:
    index = Index.bulk(entries, bucket_seconds=bucket_seconds)
    ordered = sorted(set(entries))
    lower, upper = (START, b""), (START + DAY_SECONDS, b"")
    bounds = index.cut(lower, upper, parts)
    assert len(bounds) == max(0, min(parts, len(ordered)) - 1)
    assert bounds == sorted(set(bounds))
    ranks = [bisect_left(ordered, bound) for bound in bounds]
    assert ranks == [len(ordered) * number // (len(bounds) + 1) for number in range(1, len(bounds) + 1)]
    for rank, (seconds, prefix) in zip(ranks, bounds, strict=True):
        assert ordered[rank - 1] < (seconds, prefix) <= ordered[rank]
        assert not prefix or not ordered[rank - 1] < (seconds, prefix[:-1]) <= ordered[rank]


def test_a_cut_crosses_buckets_at_their_edge() -> None:
    entries = [(START + hour * 3_600, bytes([hour]) * 32) for hour in range(24)]
    index = Index.bulk(entries, bucket_seconds=3_600)
    bounds = index.cut((START, b""), (START + DAY_SECONDS, b""), 24)
    assert bounds == [(created_at, b"") for created_at, _ in entries[1:]]


def test_a_range_of_days_is_cut_at_midnights_only() -> None:
    index = Index.bulk(random_entries(500))
    bounds = index.cut((START + 5, b""), (START + 3 * DAY_SECONDS + 1, b""), 64)
    assert bounds == [(START + day * DAY_SECONDS, b"") for day in (1, 2, 3)]


@pytest.mark.parametrize("parts", [0, 1, 64])
def test_an_inverted_range_is_empty_and_has_no_cuts(parts: int) -> None:
    index = Index.bulk(random_entries(500))
    lower, upper = (UPTO, b""), (START, b"")
    assert index.cut(lower, upper, parts) == []
    assert index.count(lower, upper) == 0
    assert index.digest(lower, upper) == plain_digest([])


# The set.


def test_adding_and_discarding_say_whether_anything_changed() -> None:
    index = Index()
    assert not index.discard(START, bytes(32))
    assert index.add(START, bytes(32))
    assert not index.add(START, bytes(32))
    assert (START, bytes(32)) in index
    assert (START + DAY_SECONDS, bytes(32)) not in index
    assert not index.discard(START, b"\x01" * 32)
    assert index.discard(START, bytes(32))
    assert (START, bytes(32)) not in index
    assert len(index) == 0
    index._check()


@settings(max_examples=60, deadline=None)
@given(ENTRIES, TIMES, st.sampled_from(BUCKETS))
def test_discarding_before_a_time_leaves_exactly_the_rest(
    entries: list[Entry], before: int, bucket_seconds: int
) -> None:
    index = Index.bulk(entries, bucket_seconds=bucket_seconds)
    root_of(index)
    kept = sorted(entry for entry in set(entries) if entry[0] >= before)
    assert index.discard_before(before) == len(set(entries)) - len(kept)
    index._check()
    assert len(index) == len(kept)
    assert root_of(index) == plain_root(kept, first_day=FIRST_DAY, upto=UPTO)


def test_discarding_inside_a_day_keeps_its_later_records() -> None:
    entries = [(START + second, bytes(32)) for second in range(100)] + [(START - 1, bytes(32))]
    index = Index.bulk(entries)
    root_of(index)
    assert index.discard_before(START + 40) == 41
    assert root_of(index) == root_of(Index.bulk(entries[40:100]))
    index._check()


@pytest.mark.parametrize("bucket_seconds", BUCKETS)
def test_days_are_counted_whatever_the_bucket(bucket_seconds: int) -> None:
    times = (START + DAY_SECONDS, START, START + DAY_SECONDS - 1, START + 5 * DAY_SECONDS)
    index = Index.bulk([(created_at, bytes(32)) for created_at in times], bucket_seconds=bucket_seconds)
    assert index.day_counts() == [(FIRST_DAY, 2), (FIRST_DAY + 1, 1), (FIRST_DAY + 5, 1)]


@pytest.mark.parametrize("bucket_seconds", [0, -1, 7, 100_000])
def test_a_bucket_that_does_not_divide_a_day_is_refused(bucket_seconds: int) -> None:
    with pytest.raises(ConfigError, match="must divide a day"):
        Index(bucket_seconds=bucket_seconds)


def test_an_id_of_another_length_is_refused() -> None:
    with pytest.raises(ConfigError, match="ids have 32"):
        Index().add(START, bytes(31))
    with pytest.raises(ConfigError, match="ids have 32"):
        Index.bulk([(START, bytes(31))])


def test_the_check_finds_a_bucket_that_is_out_of_place() -> None:
    index = Index.bulk(random_entries(100))
    index._buckets.reverse()
    with pytest.raises(AssertionError, match="disagree"):
        index._check()


def test_the_check_finds_an_entry_of_another_bucket() -> None:
    index = Index.bulk(random_entries(100))
    index._trees[index._buckets[0]].insert(UPTO, bytes(32))
    with pytest.raises(AssertionError, match="another's"):
        index._check()


def test_the_check_finds_a_stale_digest() -> None:
    index = Index.bulk(random_entries(100))
    index._days[FIRST_DAY] = DayLeaf(FIRST_DAY, 1, bytes(32))
    with pytest.raises(AssertionError, match="stale"):
        index._check()
