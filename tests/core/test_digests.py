import hashlib
import random
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.day_tree import DayLeaf
from peerset.core.limits import DIGEST_IDS_MAX, DIGEST_PART_SECONDS
from peerset.core.merkle import Index
from peerset.core.message import Bound
from tests.core.digested import (
    FIRST_DAY,
    ROOM,
    START,
    UPTO,
    composed_digest,
    plain_digest,
    plain_root,
    random_entries,
    root_of,
)


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
    assert index._digests._days == {}


CROWDED: Final = st.one_of(
    st.tuples(st.integers(START, START + DAY_SECONDS), st.binary(max_size=1)),
    st.integers(0, 96).map(lambda part: (START + part * DIGEST_PART_SECONDS, b"")),
)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 100),
    st.lists(st.tuples(CROWDED, CROWDED, st.booleans()), max_size=12),
    st.sampled_from((300, 86_400)),
)
def test_ranges_of_a_crowded_day_are_digested_alike_whatever_was_asked_and_changed_before(
    seed: int, steps: list[tuple[Bound, Bound, bool]], bucket_seconds: int
) -> None:
    rng = random.Random(seed)
    entries = {(START + int(rng.random() ** 2 * DAY_SECONDS), rng.randbytes(32)) for _ in range(DIGEST_IDS_MAX + 100)}
    index = Index.bulk(entries, bucket_seconds=bucket_seconds)
    for lower, upper, is_removal in steps:
        inside = sorted(entry for entry in entries if lower <= entry < upper)
        assert index.digest(lower, upper) == composed_digest(inside, lower, upper)
        root_of(index)
        created_at, record_id = rng.choice(inside) if inside and is_removal else (lower[0], rng.randbytes(32))
        (entries.remove if (created_at, record_id) in entries else entries.add)((created_at, record_id))
        assert (index.discard if (created_at, record_id) not in entries else index.add)(created_at, record_id)
        index._check()
    assert root_of(index) == plain_root(list(entries), first_day=FIRST_DAY, upto=UPTO)


def test_a_record_more_in_a_crowded_day_costs_its_quarter_of_an_hour() -> None:
    entries = [(START + 10 * number, hashlib.sha256(b"%d" % number).digest()) for number in range(8_640)]
    index = Index.bulk(entries)
    root_of(index)
    assert index.hashed_ids == 8_640
    index.add(START + 40_000, bytes(32))
    root_of(index)
    assert index.hashed_ids == 8_640 + 91
    index.discard(START, entries[0][1])
    root_of(index)
    assert index.hashed_ids == 8_640 + 91 + 89
    # Up to the middle of a quarter, only what is behind the last whole one is hashed again.
    index.root(ROOM, FIRST_DAY, UnixTime(START + 40_000))
    assert index.hashed_ids == 8_640 + 91 + 89 + 40


def test_a_day_that_has_become_empty_keeps_no_digest() -> None:
    index = Index.bulk([(START, bytes([number // 256, number % 256]) * 16) for number in range(DIGEST_IDS_MAX + 1)])
    root_of(index)
    assert index.discard_before(START + 1) == DIGEST_IDS_MAX + 1
    assert not index._digests._days
    assert not index._digests._parts


def test_the_check_finds_a_stale_digest() -> None:
    index = Index.bulk(random_entries(100))
    index._digests._days[FIRST_DAY] = DayLeaf(FIRST_DAY, 1, bytes(32))
    with pytest.raises(AssertionError, match=f"of day {FIRST_DAY} is stale"):
        index._check()


def test_the_check_finds_a_stale_digest_of_a_part() -> None:
    index = Index.bulk(random_entries(100))
    index._digests._parts[FIRST_DAY] = [bytes(32), None]
    with pytest.raises(AssertionError, match=f"part 0 of day {FIRST_DAY} is stale"):
        index._check()
