"""Which live queries a change concerns."""

from peerset.core.record import Record, RecordId
from peerset.data.standing import Standing
from peerset.data.switchboard import Switchboard
from peerset.documents.document import Row
from peerset.documents.plan import plan
from peerset.testing.sample_documents import ANN, ANYTHING, NOON, PLACES, document


def make(record: Record, row: Row) -> RecordId:
    del row
    return record.id


def open_query(board: Switchboard, where: object = None, *, limit: int = 3) -> Standing[RecordId]:
    query = Standing(PLACES, plan(PLACES, where, limit=limit, now=NOON), make)
    query.window.fill([], limit)
    board.add(query)
    return query


def ids(query: Standing[RecordId]) -> list[RecordId]:
    return [place.doc for place in query.window.places]


def test_a_document_goes_to_the_queries_that_it_matches() -> None:
    board = Switchboard(PLACES)
    every, berlin, rome = (open_query(board, where) for where in ({}, {"city": "Berlin"}, {"city": "Rome"}))
    both = open_query(board, {"stars": {"gt": 3}, "city": "Berlin"})
    record = document(ANN, 1, {"title": "x", "city": "Berlin"})
    assert set(board.take_came(record)) == {every, berlin}
    assert [ids(each) for each in (every, berlin, rome, both)] == [[record.id], [record.id], [], []]
    assert board.take_came(record) == []
    assert set(board.take_gone(record.id)) == {every, berlin}
    assert list(board.take_gone(record.id)) == []


def test_what_falls_out_of_a_window_concerns_its_query_no_more() -> None:
    board = Switchboard(PLACES)
    query = open_query(board, limit=1)
    old, new, older = (document(ANN, number, {"title": "x"}) for number in (1, 2, 0))
    for record in (old, new, older):
        board.take_came(record)
    assert ids(query) == [new.id]
    assert list(board.take_gone(old.id)) == []
    assert list(board.take_gone(new.id)) == [query]


def test_what_is_no_document_of_the_collection_concerns_nobody() -> None:
    board = Switchboard(PLACES)
    open_query(board)
    assert board.take_came(document(ANN, 1, {"title": "x"}, collection=ANYTHING)) == []


def test_a_query_that_is_gone_is_forgotten() -> None:
    board = Switchboard(PLACES)
    queries = [open_query(board, where) for where in ({}, {"city": "Berlin"}, {"city": "Berlin"})]
    record = document(ANN, 1, {"title": "x", "city": "Berlin"})
    board.take_came(record)
    for number, query in enumerate(queries):
        board.remove(query)
        assert list(board) == queries[number + 1 :]
    assert list(board.take_gone(record.id)) == []
    assert board.take_came(record) == []
