"""Sums of what authors wrote, by UTC day."""

from peerset.core.clock import DAY_SECONDS
from peerset.core.day_sum import DaySum, sum_of, sums_of
from peerset.core.record import KIND_DELETION, sign_record
from tests.protocol.pair import START, key, make_record

DAY = START // DAY_SECONDS


def test_a_record_is_a_sum_of_its_own() -> None:
    record = make_record(1, size=500)
    assert sum_of(record) == DaySum(DAY, record.author, len(record.wire), 1, 0)


def test_each_author_and_day_has_a_sum() -> None:
    records = [make_record(number, at=START - (number % 2) * DAY_SECONDS, author=number % 3 + 1) for number in range(9)]
    sums = sums_of(records)
    assert sums == sorted(sums)
    assert {(each.day, each.author) for each in sums} == {
        (day, key(author).public_key) for day in (DAY, DAY - 1) for author in (1, 2, 3)
    }
    assert sum(each.size for each in sums) == sum(len(record.wire) for record in records)
    assert sum(each.records for each in sums) == 9


def test_sums_add_up_and_come_apart() -> None:
    one, two = make_record(1), make_record(2, size=99)
    [both] = sums_of([one, two])
    assert sum_of(one).plus(sum_of(two)) == both
    assert both.plus(sum_of(two), -1) == sum_of(one)


def test_a_deletion_counts_what_it_names() -> None:
    deletion = sign_record(
        key(1), created_at=START, kind=KIND_DELETION, content="", tags=[["e", "ab" * 32], ["e", "cd" * 32]] * 2
    )
    assert sum_of(deletion).names == 2
