"""Conditions as SQL mean what they mean in Python."""

import sqlite3
from contextlib import closing
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from peerset.core.keys import SecretKey
from peerset.documents.definition import define
from peerset.documents.where import matches, read_where
from peerset.stores.indexed.conditions import NEVER, Clause, Kind, after, clause_of, either, every, same

KEY = SecretKey(bytes(31) + b"\x07").public_key.hex()
FIELDS = {"yes": "boolean", "number": "number", "text": "string"}
DEFINITION = define("all", {"type": "object", "properties": {name: {"type": type_} for name, type_ in FIELDS.items()}})

TEXT = st.text(st.sampled_from("ab\x00\ud7ff\ue000\uffff\U0001f30d\U0010ffff"), max_size=3)
NUMBER = st.one_of(st.integers(-3, 3), st.sampled_from([0.5, -0.0, 2**53 - 1, 1e300]))
VALUE = st.one_of(st.none(), st.booleans(), NUMBER, TEXT)
ASKED = st.one_of(VALUE, st.just([1]), st.just({"a": 1}))
RANGE = st.one_of(st.booleans(), NUMBER, TEXT)
CONDITION = st.one_of(
    st.builds(lambda op, value: {op: value}, st.sampled_from(["eq", "ne"]), ASKED),
    st.builds(lambda op, value: {op: value}, st.sampled_from(["gt", "gte", "lt", "lte"]), RANGE),
    st.builds(lambda values: {"in": values}, st.lists(ASKED, max_size=4)),
    st.builds(lambda value: {"exists": value}, st.booleans()),
    st.builds(lambda value: {"prefix": value}, TEXT),
    st.builds(lambda value: {"has": value}, ASKED),
    st.just({"near": [0, 0, 1]}),
)
DOCUMENT = st.fixed_dictionaries(
    {
        "yes": st.one_of(st.none(), st.booleans()),
        "number": st.one_of(st.none(), NUMBER),
        "text": st.one_of(st.none(), TEXT),
    }
)


def holds(clause: Clause, document: dict[str, Any]) -> bool:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE doc (f0 ANY, f1 ANY, f2 ANY, key TEXT, author BLOB, stamp INTEGER) STRICT")
        places = [DEFINITION.column(name) for name in FIELDS]
        said = ", ".join(f"f{place}" for place in places)
        values = [document[name] for name in FIELDS]
        values = [int(value) if isinstance(value, bool) else value for value in values]
        db.execute(f"INSERT INTO doc ({said}, key, author, stamp) VALUES (?, ?, ?, 'k', x'{KEY}', 5)", values)
        return bool(db.execute(f"SELECT count(*) FROM doc WHERE {clause.sql}", clause.values).fetchone()[0])


@given(st.dictionaries(st.sampled_from([*FIELDS]), CONDITION), DOCUMENT)
def test_a_condition_of_sql_holds_when_it_holds(given_where: dict[str, Any], document: dict[str, Any]) -> None:
    where = read_where(given_where, fields=DEFINITION.fields, now=0)
    clauses = [clause_of(each, DEFINITION) for each in where]
    assert holds(every([each for each in clauses if each is not None]), document) == matches(where, document.get)


def test_a_documents_own_fields_are_columns_too() -> None:
    document = dict.fromkeys(FIELDS)
    for where, is_met in (
        ({"author": KEY}, True),
        ({"author": {"ne": KEY}}, False),
        ({"author": {"gte": KEY}}, True),
        ({"key": {"prefix": "k"}}, True),
        ({"time": {"gt": 5}}, False),
        ({"time": {"lt": 1}}, True),
        ({"any": [{"key": "x"}, {"key": "k"}]}, True),
        ({"any": [{"key": "x"}]}, False),
    ):
        (condition,) = read_where(where, fields=DEFINITION.fields, now=0)
        clause = clause_of(condition, DEFINITION)
        assert clause is not None
        assert holds(clause, document) == is_met, where


def test_what_columns_do_not_tell_is_left_to_others() -> None:
    for where in ({"author": {"prefix": "ab"}}, {"any": [{"key": "k"}, {"other": 1}]}, {"other": 1}):
        (condition,) = read_where(where, fields=None, now=0)
        assert clause_of(condition, DEFINITION) is None


@given(st.sampled_from([*FIELDS]), VALUE, DOCUMENT, st.booleans())
def test_what_stands_after_a_value_is_after_it_in_exactly_one_case(
    field: str, value: Any, document: dict[str, Any], is_descending: bool
) -> None:
    kind, found = Kind(DEFINITION, field), document[field]
    cases = [holds(each, document) for each in after(kind, value, is_descending=is_descending)]
    mine, asked = _rank(found), _rank(value)
    assert sum(cases) == ((mine < asked) if is_descending else (mine > asked))
    assert holds(same(kind, value), document) == (mine == asked)


def test_conditions_are_joined() -> None:
    one, two = Clause("a = ?", (1,)), Clause("b = ?", (2,))
    assert every([one, two]) == Clause("a = ? AND b = ?", (1, 2))
    assert either([one, NEVER, two]).values == (1, 2)
    assert every([one, NEVER]).is_never
    assert either([NEVER]).is_never


def _rank(value: Any) -> tuple[int, Any]:
    if value is None:
        return 0, 0
    if isinstance(value, bool):
        return 1, value
    return (2, value) if isinstance(value, int | float) else (3, value)
