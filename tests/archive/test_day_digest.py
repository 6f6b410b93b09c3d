"""Digests of whole days, computed on the way, against those of the index."""

import random

import pytest

from peerset.archive.day_digest import NOTHING, DayDigest, DaySet
from peerset.core.bucket import day_bound
from peerset.core.clock import DAY_SECONDS
from peerset.core.limits import DIGEST_IDS_MAX
from peerset.core.merkle import Index

DAY = 20_500


@pytest.mark.parametrize("count", [0, 1, DIGEST_IDS_MAX, DIGEST_IDS_MAX + 1, 3 * DIGEST_IDS_MAX])
@pytest.mark.parametrize("seconds", [1, 900, DAY_SECONDS])
def test_it_is_the_digest_that_peers_compare(count: int, seconds: int) -> None:
    rng = random.Random(count)
    entries = sorted((DAY * DAY_SECONDS + rng.randrange(seconds), rng.randbytes(32)) for _ in range(count))
    digest = DayDigest()
    for entry in entries:
        digest.add(*entry)
    index = Index.bulk(entries)
    assert digest.result() == DaySet(count, index.digest(day_bound(DAY), day_bound(DAY + 1)))


def test_nothing_is_the_digest_of_an_empty_day() -> None:
    assert DaySet(0, Index().digest(day_bound(DAY), day_bound(DAY + 1))) == NOTHING
