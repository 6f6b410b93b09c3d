import hashlib
import importlib.util
import json
import random
from bisect import bisect_left
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerset.core.bucket import day_bound
from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.day_tree import EMPTY_NODE
from peerset.core.limits import WINDOW_DAYS_MAX
from peerset.core.merkle import DAY_TREES_KEPT, ROOTS_KEPT, Index
from peerset.core.message import Bound
from peerset.core.signal import RoomTag
from peerset.core.window import first_bound, first_step
from peerset.errors import ConfigError, LocalProtocolError
from tests.core.digested import (
    BUCKETS,
    ENTRIES,
    FIRST_DAY,
    IDS,
    ROOM,
    START,
    TIMES,
    UPTO,
    Entry,
    composed_digest,
    plain_digest,
    plain_root,
    random_entries,
    root_of,
    u32,
)

VECTORS: Final = Path(__file__).parents[1] / "vectors"
TREES: Final = json.loads((VECTORS / "trees.json").read_text("utf-8"))
SETS: Final = TREES["sets"]
CROWDS: Final = TREES["crowds"]


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
    check_vector(
        Index.bulk((created_at, bytes.fromhex(record_id)) for created_at, record_id in vector["entries"]), vector
    )


@pytest.mark.parametrize("vector", CROWDS, ids=lambda vector: vector["name"])
@pytest.mark.parametrize("bucket_seconds", [300, 900, DAY_SECONDS])
def test_a_crowd_has_the_digests_root_and_cuts_of_the_vector(vector: dict[str, Any], bucket_seconds: int) -> None:
    crowd = make_trees().crowd(vector["label"], vector["count"], vector["start"], vector["seconds"])
    check_vector(Index.bulk(crowd, bucket_seconds=bucket_seconds), vector)


def check_vector(index: Index, vector: dict[str, Any]) -> None:
    root = index.root(RoomTag(bytes.fromhex(vector["room_tag"])), vector["first_day"], vector["upto"])
    assert {"count": root.count, "digest": root.digest.hex()} == vector["root"]
    for day, count, digest in vector["days"]:
        start = max(day_bound(day), first_bound(vector["first_day"]))
        bounds = start, min(day_bound(day + 1), (vector["upto"], b""))
        assert (index.count(*bounds), index.digest(*bounds).hex()) == (count, digest)
    for piece in vector["ranges"]:
        bounds = vector_bound(piece["lower"]), vector_bound(piece["upper"])
        assert (index.count(*bounds), index.digest(*bounds).hex()) == (piece["count"], piece["digest"])
    for cut in vector["cuts"]:
        bounds = vector_bound(cut["lower"]), vector_bound(cut["upper"])
        assert index.cut(*bounds, cut["parts"]) == [vector_bound(bound) for bound in cut["bounds"]]


# The root.


@settings(max_examples=25, deadline=None)
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
@settings(max_examples=25, deadline=None)
def test_upto_and_the_first_day_cut_exactly(entries: list[Entry], upto: int, skipped_days: int) -> None:
    root = Index.bulk(entries).root(ROOM, FIRST_DAY + skipped_days, UnixTime(upto))
    assert root == plain_root(entries, first_day=FIRST_DAY + skipped_days, upto=upto)


@given(ENTRIES, st.integers(START - 600, UPTO - 1))
@settings(max_examples=25, deadline=None)
def test_a_window_that_begins_with_a_step_is_cut_there_exactly(entries: list[Entry], second: int) -> None:
    index, step = Index.bulk(entries), first_step(second)
    assert index.root(ROOM, step, UPTO) == plain_root(entries, first_day=step, upto=UPTO)
    # Neither leaves anything behind for the other.
    assert root_of(index) == plain_root(entries, first_day=FIRST_DAY, upto=UPTO)
    assert index.root(ROOM, step, UPTO) == plain_root(entries, first_day=step, upto=UPTO)


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


@settings(max_examples=25, deadline=None)
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


def test_few_roots_are_kept_and_none_beyond_a_change() -> None:
    index = Index.bulk([(START, bytes(32)), (START + 1, bytes([1] * 32))])
    kept = root_of(index)
    assert root_of(index) is kept
    for skipped in range(1, ROOTS_KEPT + 1):
        index.root(ROOM, FIRST_DAY - skipped, UPTO)
    assert len(index._roots) == ROOTS_KEPT
    assert root_of(index) is not kept
    assert root_of(index) == kept

    index.discard_before(START + 1)
    assert root_of(index).count == 1
    index.add(START + 2, bytes([2] * 32))
    assert root_of(index).count == 2
    index.discard(START + 1, bytes([1] * 32))
    assert root_of(index).count == 1


def test_an_index_keeps_the_trees_of_few_windows() -> None:
    index = Index.bulk(random_entries(50))
    for skipped in [*range(DAY_TREES_KEPT + 3), 0]:
        root = index.root(ROOM, FIRST_DAY + skipped, UPTO)
        assert root == Index.bulk(index.entries((0, b""), (UPTO, b""))).root(ROOM, FIRST_DAY + skipped, UPTO)
    assert len(index._day_trees) == DAY_TREES_KEPT


# Cuts.


@settings(max_examples=25, deadline=None)
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


@settings(max_examples=25, deadline=None)
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
