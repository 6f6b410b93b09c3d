"""What a filter asks of rows, and what a row says."""

from peerset.core.filter import Filter
from peerset.core.limits import INTEGER_MAX
from peerset.stores.postgres.rows import clamp, conditions, tags_of
from peerset.testing.check_store import sample_records


def test_times_and_kinds_that_no_record_can_have_stay_within_what_the_columns_hold() -> None:
    assert conditions(Filter(since=-(2**70), until=2**70, kinds=frozenset((1, 2**40))))[1] == [0, INTEGER_MAX, [1]]
    assert conditions(Filter(until=-(2**70)))[1] == [0, -1]
    assert clamp(2**70) == INTEGER_MAX


def test_a_record_has_the_digest_of_each_tag_that_a_filter_can_ask_for_once() -> None:
    record = sample_records()[0]
    (asked,) = conditions(Filter(tags={"c": frozenset(("both",))}))[1][2:]
    assert isinstance(asked, list)
    assert set(asked) <= set(tags_of(record))
    assert len(tags_of(record)) == len({tag[:2] for tag in record.tags if len(tag) > 1 and len(tag[0]) == 1})
