"""Conditions made fast say what `matches` says."""

from hypothesis import given
from hypothesis import strategies as st

from peerset.core.action import Json
from peerset.data.facts import UNRANKED, Facts, equality_of
from peerset.data.facts import test_of as make_test
from peerset.documents.document import row_of
from peerset.documents.order import Seat, read_order
from peerset.documents.plan import plan
from peerset.documents.value import rank
from peerset.documents.where import matches, read_where
from peerset.documents.words import read_words
from peerset.testing.check_queries import WHERES
from peerset.testing.sample_documents import ANN, ANYTHING, NOON, PLACES, document, sample_places

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from([0.5, -0.0, "", "a", "ab", "b"]))
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=2), st.dictionaries(st.sampled_from("ab"), SCALARS, max_size=2))
CONDITIONS = st.one_of(
    VALUES,
    st.dictionaries(st.sampled_from(["eq", "ne"]), VALUES, min_size=1),
    st.dictionaries(
        st.sampled_from(["gt", "gte", "lt", "lte"]), SCALARS.filter(lambda each: each is not None), min_size=1
    ),
    st.builds(lambda values: {"in": values}, st.lists(VALUES, max_size=3)),
    st.builds(lambda value: {"has": value}, SCALARS),
    st.builds(lambda value: {"exists": value}, st.booleans()),
)
SIMPLE = st.dictionaries(st.sampled_from(["x", "y", "x.a"]), CONDITIONS, max_size=3)
ANY_WHERE = st.one_of(
    SIMPLE, st.builds(lambda where, any_of: where | {"any": any_of}, SIMPLE, st.lists(SIMPLE, min_size=1, max_size=3))
)


def facts_of(value: Json) -> Facts:
    record = document(ANN, 1, value, collection=ANYTHING)
    row = row_of(ANYTHING, record)
    assert row is not None
    return Facts(ANYTHING, record, row)


@given(ANY_WHERE, st.dictionaries(st.sampled_from("xy"), VALUES, max_size=2))
def test_a_test_says_what_matches_says(asked: dict[str, object], value: Json) -> None:
    where = read_where(asked, fields=None, now=NOON)
    facts = facts_of(value)
    assert make_test(where, ())(facts) == matches(where, facts.value)


def test_every_operator_is_tested_as_it_is_found() -> None:
    for record in sample_places():
        row = row_of(PLACES, record)
        assert row is not None
        facts = Facts(PLACES, record, row)
        for asked in WHERES:
            where = plan(PLACES, asked, now=NOON).where
            assert make_test(where, ())(facts) == matches(where, facts.value), asked


def test_words_are_tested_too() -> None:
    record = document(ANN, 1, {"title": "Vegan breakfast"})
    row = row_of(PLACES, record)
    assert row is not None
    facts = Facts(PLACES, record, row)
    assert make_test((), read_words("vegan break*"))(facts)
    assert not make_test((), read_words("dinner"))(facts)


def test_what_is_no_scalar_has_no_rank() -> None:
    facts = facts_of({"x": [1], "y": 1})
    assert (facts.rank("x"), facts.rank("y"), facts.rank("z")) == (UNRANKED, rank(1), rank(None))
    order = read_order(("x", "-y"))
    assert facts.seat(order) == Seat((None, 1), NOON * 1_000_000 + 1, facts.record.id)


def test_a_query_is_found_by_its_last_equality() -> None:
    where = read_where({"x": 1, "y": {"gt": 1}, "z": "a", "any": [{"q": 1}], "l": [1]}, fields=None, now=NOON)
    assert equality_of(where) == ("z", rank("a"))
    assert equality_of(read_where({"y": {"gt": 1}}, fields=None, now=NOON)) is None
