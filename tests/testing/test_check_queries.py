"""The suite of queries asks what tells stores apart."""

from peerset.documents.plan import plan
from peerset.testing.check_queries import WHERES, expected_of
from peerset.testing.sample_documents import NOON, PLACES, sample_places


def test_every_condition_leaves_something_out_or_lets_something_in() -> None:
    records = sample_places()
    counts = [len(expected_of(PLACES, records, plan(PLACES, where, now=NOON))) for where in WHERES]
    assert max(counts) == counts[0]
    assert len(set(counts)) > 15
