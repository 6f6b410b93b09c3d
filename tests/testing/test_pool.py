import random

from peerset.testing.bylaws import STRICT
from peerset.testing.pool import POOL_DAYS, pool, share
from peerset.testing.swarm import EPOCH


def test_a_pool_is_the_same_each_time_in_order_and_of_the_last_days() -> None:
    records = pool(50)

    assert pool(50) is records
    assert len({record.id for record in records}) == 50
    assert [record.created_at for record in records] == sorted(record.created_at for record in records)
    assert all(EPOCH - POOL_DAYS * 86_400 < record.created_at <= EPOCH for record in records)
    assert all(record.has_valid_signature() for record in records)
    assert 0 < sum(STRICT.admits(record, EPOCH) for record in records) < 50


def test_members_have_all_nothing_or_a_part_of_it() -> None:
    records, rng = pool(50), random.Random(1)
    shares = [share(records, rng) for _ in range(100)]

    assert {0, 25, 50} < {len(each) for each in shares}
    ids = {record.id for record in records}
    assert all({record.id for record in each} <= ids for each in shares)
