"""Queries over documents in memory; what they mean is in `peerset.testing.check_documents`."""

from dataclasses import replace

from peerset.core.record import Record
from peerset.documents.document import row_of, seat_of
from peerset.documents.order import Seat
from peerset.documents.plan import Figure, plan
from peerset.stores.finding import Document, aggregated, matching, page
from peerset.testing.sample_documents import ANN, NOON, PLACES, document


def read(*records: Record) -> list[Document]:
    return [(record, row) for record in records if (row := row_of(PLACES, record)) is not None]


ONE, TWO = (document(ANN, number, {"title": "x", "stars": number, "city": "B"}) for number in (1, 2))


def test_a_page_begins_after_its_seat_and_has_a_limit() -> None:
    documents = read(ONE, TWO)
    asked = plan(PLACES, order="stars", now=NOON)
    assert page(documents, asked) == [ONE, TWO]
    assert page(documents, replace(asked, limit=1)) == [ONE]
    assert page(documents, replace(asked, after=seat_of(asked.order, *documents[0]))) == [TWO]


def test_a_seat_holds_scalars_alone() -> None:
    (one,) = read(ONE)
    asked = plan(PLACES, order=("stars", "tags"), now=NOON)
    assert seat_of(asked.order, *one) == Seat((1, None), NOON * 1_000_000 + 1, ONE.id)


def test_words_and_conditions_both_count() -> None:
    documents = read(ONE, TWO)
    asked = plan(PLACES, {"stars": 2}, text="x", now=NOON)
    assert matching(documents, asked, ["title"]) == documents[1:]
    assert matching(documents, asked, ["city"]) == []


def test_figures_of_nothing_are_null() -> None:
    figures = [Figure("n", "count", None), Figure("sum", "sum", "stars"), Figure("least", "min", "open")]
    assert aggregated([], figures, None) == [{"n": 0, "sum": None, "least": None}]
    assert aggregated([], figures, "city") == []
    assert aggregated(read(ONE, TWO), figures, "city") == [{"city": "B", "n": 2, "sum": 3, "least": None}]
