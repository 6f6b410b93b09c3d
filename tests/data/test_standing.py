"""Standing queries: what a live query asks, and what stands in its window."""

from peerset.core.record import Record
from peerset.data.facts import Facts
from peerset.data.standing import Standing
from peerset.documents.document import Row, row_of
from peerset.documents.plan import plan
from peerset.testing.sample_documents import ANN, BOB, NOON, PLACES, WIKI, document


def title_of(record: Record, row: Row) -> object:
    assert row.collection in ("places", "wiki")
    return row.value["title"] if isinstance(row.value, dict) and "title" in row.value else record.id


def facts_of(record: Record) -> Facts:
    row = row_of(PLACES, record)
    assert row is not None
    return Facts(PLACES, record, row)


def test_it_makes_documents_of_what_stands_in_its_window_alone() -> None:
    query = Standing(PLACES, plan(PLACES, order="title", limit=2, now=NOON), title_of)
    a, b, c = (document(ANN, number, {"title": name}) for number, name in enumerate("abc"))
    query.window.fill(query.read([b, c])[0], 2)
    assert query.take(facts_of(a)) == c.id
    assert [place.doc for place in query.window.places] == ["a", "b"]
    assert query.take(facts_of(c)) is None


def test_versions_of_one_register_have_one_identity() -> None:
    query = Standing(PLACES, plan(PLACES, limit=5, now=NOON), title_of)
    old, new = (document(ANN, number, {"title": "x"}, key="k") for number in (1, 2))
    theirs, alone = document(BOB, 3, {"title": "x"}, key="k"), document(ANN, 4, {"title": "x"})
    query.window.fill(query.read([alone, theirs, new, old])[0], 5)
    names = [place.identity for place in query.window.places]
    assert (names[2] == names[3], len(set(names))) == (True, 3)
    shared = Standing(WIKI, plan(WIKI, limit=5, now=NOON), title_of)
    shared.window.fill(
        shared.read([document(each, 1, {"text": "x"}, collection=WIKI, key="k") for each in (ANN, BOB)])[0], 5
    )
    assert len({place.identity for place in shared.window.places}) == 1


def test_it_is_found_by_an_equality() -> None:
    assert Standing(PLACES, plan(PLACES, {"city": "B"}, now=NOON), title_of).equality == ("city", (4, "B"))
    assert Standing(PLACES, plan(PLACES, {"stars": {"gt": 1}}, now=NOON), title_of).equality is None
