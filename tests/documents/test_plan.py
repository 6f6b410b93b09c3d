from dataclasses import replace

import pytest

from peerset.core.clock import UnixTime
from peerset.core.limits import PAGE_DOCUMENTS_MAX
from peerset.core.record import RecordId, sign_record
from peerset.core.stamp import stamp_of
from peerset.data.doc import made_doc
from peerset.documents.cursor import write_cursor
from peerset.documents.definition import define
from peerset.documents.order import Seat
from peerset.documents.plan import Figure, Plan, check_column, plan, read_figures
from peerset.documents.where import Condition, Op
from peerset.errors import QueryError
from tests.documents.test_definition import PLACE
from tests.documents.test_document import KEY

NOW = 1_790_000_000
PLACES = define("places", PLACE, text="title")


def planned(where: object = None, **options: object) -> Plan:
    return plan(PLACES, where, **options, now=NOW)  # type: ignore[arg-type] # what people type


def test_a_query_is_read_whole() -> None:
    found = planned({"city": "Berlin"}, order="-stars", limit=3, text="a b*", author=KEY, at=5)

    assert found.where == (Condition("city", Op.EQ, "Berlin"), Condition("author", Op.EQ, KEY.public_key.hex()))
    assert (len(found.order), found.limit, len(found.words), found.at) == (2, 3, 2, 5_999_999)


def test_as_of_what_was_written_means_its_microsecond_where_whole_seconds_mean_their_end() -> None:
    def at(*tags: tuple[str, str]) -> int | None:
        written = sign_record(KEY, created_at=UnixTime(NOW), kind=1078, tags=tags, content="")
        doc = made_doc(written, None, None, stamp_of(written), (), written.author)
        assert planned(at=doc).at == planned(at=written).at
        return planned(at=doc).at

    assert planned(at=NOW * 1_000_000 / 1e6).at == NOW * 1_000_000 + 999_999
    assert at() == at(("us", "0")) == NOW * 1_000_000
    assert at(("us", "24")) == NOW * 1_000_000 + 24
    with pytest.raises(QueryError):
        planned(at=object())


def test_a_page_begins_after_another_of_the_same_query() -> None:
    seat = Seat(("x",), 5, RecordId(bytes(32)))
    cursor = write_cursor(planned(order="stars").digest, seat)

    assert planned(order="stars", after=cursor, limit=5).after == seat
    for other in ({"order": "-stars"}, {"order": "stars", "text": "a"}, {"order": "stars", "at": 5}):
        with pytest.raises(QueryError, match="another query"):
            planned(**other, after=cursor)
    with pytest.raises(QueryError, match="another query"):
        planned({"city": "x"}, order="stars", after=cursor)


def test_an_age_in_a_query_is_the_same_query_a_minute_later() -> None:
    asked = {"time": {"gte": "2h"}}

    one, later = plan(PLACES, asked, at="1h", now=NOW), plan(PLACES, asked, at="1h", now=NOW + 60)
    assert one.where != later.where
    assert one.digest == later.digest


def test_the_same_conditions_in_another_order_are_the_same_query() -> None:
    one = {"city": "x", "any": [{"stars": {"gt": 1, "lt": 3}}, {"open": True}]}
    other = {"any": [{"open": True}, {"stars": {"lt": 3, "gt": 1}}], "city": "x"}

    assert planned(one).digest == planned(other).digest
    assert planned({"city": "x", "title": "y"}).digest != planned({"city": "y", "title": "x"}).digest


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"order": "nowhere"}, "no field 'nowhere'"),
        ({"limit": -1}, "a page has"),
        ({"limit": PAGE_DOCUMENTS_MAX + 1}, "a page has"),
        ({"limit": 1.5}, "a page has"),
        ({"limit": True}, "a page has"),
        ({"author": "me"}, "npub"),
        ({"at": "soon"}, "soon"),
        ({"text": ""}, "a text to search for"),
    ],
)
def test_what_cannot_be_meant_is_refused(options: dict[str, object], reason: str) -> None:
    with pytest.raises(QueryError, match=reason):
        planned(**options)


def test_text_is_searched_for_where_it_is_declared() -> None:
    with pytest.raises(QueryError, match="no fields of text"):
        plan(define("free"), text="a", now=NOW)


def test_figures_are_read_by_function_and_field() -> None:
    assert read_figures(PLACES, {"n": "count", "best": "max:stars"}) == (
        Figure("n", "count", None),
        Figure("best", "max", "stars"),
    )
    assert check_column(PLACES, "time") == "time"
    assert len(read_figures(PLACES, {"all": "sum:open", "when": "mean:time", "last": "max:city"})) == 3


@pytest.mark.parametrize(
    "compute",
    [
        None,
        {},
        {"n": "median:stars"},
        {"n": "count:stars"},
        {"n": "max"},
        {"n": 5},
        {1: "count"},
        {"n": "max:tags"},
        {"n": "sum:city"},
        {"n": "mean:key"},
    ],
)
def test_what_cannot_be_computed_is_refused(compute: object) -> None:
    with pytest.raises(QueryError, match=r"figure|computed|of texts"):
        read_figures(PLACES, compute)


def test_a_part_of_a_plan_differs_by_its_seat_and_its_limit_alone() -> None:
    whole = plan(PLACES, {"time": {"gte": "1d"}}, order="-title", limit=7, at="2h", now=NOW)
    seat = Seat(("x",), NOW * 1_000_000, RecordId(bytes(32)))
    assert whole.part(after=seat, limit=3) == replace(whole, after=seat, limit=3)
    assert whole.part(after=None, limit=3).digest == whole.digest
