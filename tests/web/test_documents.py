"""Documents and queries in both languages: whatever is drawn, a page makes of it what Python does, byte for byte."""

import json
import unicodedata
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peerset.core.action import Json
from peerset.core.clock import UnixTime
from peerset.core.record import KIND_KEYED, KIND_RECORD, Record, RecordId, sign_record
from peerset.documents.cursor import write_cursor
from peerset.documents.definition import Definition, Older, define
from peerset.documents.document import Row, State, Version, columns_of, heads_of, row_of
from peerset.documents.order import Seat, compare, in_order, names_of
from peerset.documents.plan import plan
from peerset.documents.schema import Schema
from peerset.documents.value import Scalar, canonical, read_json
from peerset.documents.where import matches
from peerset.documents.words import fold, has_words, words_in, words_of
from peerset.errors import PeersetError, SchemaError
from tests.web.pool import key
from tests.web.world import Answer, Harness

pytestmark = [pytest.mark.real_time, pytest.mark.node]

WEB: Final = Path(__file__).resolve().parents[2] / "web"
NOW: Final = 1_790_000_000
PLANES: Final = 0x110000
CHARACTERS_AT_ONCE: Final = 4_096

PLACE: Final[Json] = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "stars": {"type": ["number", "null"], "default": 0},
        "open": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "at": {"type": "object", "properties": {"lat": {"type": "number"}, "lon": {"type": "number"}}},
        "note": {},
    },
}
OPTIONS: Final[Json] = {
    "indexes": ["city", "-stars", ["city", "-stars"], "tags[]"],
    "text": ["city", "tags"],
    "place": "at",
    "also": [{"name": "spots"}],
}

each_drawn = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def page() -> Iterator[Harness]:
    """Start a process that runs what pages run."""
    harness = Harness(["node", "--import", "tsx", "test/documents/harness.ts"], WEB)
    yield harness
    harness.close()


# What is drawn.

texts = st.text(
    alphabet=st.sampled_from('abzß\u0130\u0131ΣςǅﬁÅ①²_9 -*.\u0301日\ufffd\uffff🙂\U0001d400\n"\\'), max_size=8
)
numbers = st.one_of(
    st.integers(-3, 5),
    st.sampled_from([-0.0, 0.5, 1e20, -1e300, 2**53 - 1, 1 - 2**53, 5e-324, 4.5]),
    st.floats(allow_nan=False, allow_infinity=False),
)
scalars = st.one_of(st.none(), st.booleans(), numbers, texts)
names = st.sampled_from(["city", "stars", "open", "tags", "at", "note", "lat", "lon", "__proto__", "constructor", "eq"])
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=3)),
    max_leaves=8,
)
points = st.fixed_dictionaries({"lat": st.integers(-95, 95), "lon": st.integers(-185, 185)})
places = st.fixed_dictionaries(
    {},
    optional={
        "city": st.sampled_from(["Berlin", "Bern", "Straße", "\uffff", "🙂", ""]),
        "stars": st.one_of(st.none(), numbers),
        "open": st.booleans(),
        "tags": st.lists(st.sampled_from(["vegan", "Bio", "late", "ΣΑΣ"]), max_size=3),
        "at": points,
        "note": values,
    },
)
STRANGE_TEXTS: Final = (
    *(
        "9007199254740991",
        "-9007199254740992",
        "[9007199254740993]",
        "1e400",
        "-0",
        "-0.0",
        "1.0",
        "9007199254740993.0",
    ),
    *('"9007199254740993"', '{"a":1,"a":2}', '{"__proto__":{"a":1}}', '"\\ud800"', '"\\ud83d\\ude42"', "NaN", "1_0"),
    *("", " 1 ", "\ufeff1", "01", "+1", ".5", "1.", "[1,]", "'a'", '"\t"', "[" * 32 + "]" * 32, "[" * 33 + "]" * 33),
    *("[" * 5_000 + "]" * 5_000, '{"a":' * 33 + "1" + "}" * 33, "1" * 400, "-", "tru", "null", "\u00a01", '"\\x"'),
)
KEYWORDS: Final = ["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "title", "$ref", "format"]
types = st.sampled_from(["object", "array", "string", "number", "integer", "boolean", "null", "date"])


def schemas() -> st.SearchStrategy[Json]:
    """Draw schemas, most of them good."""
    leaf = st.fixed_dictionaries(
        {},
        optional={
            "type": st.one_of(types, st.lists(types, max_size=2)),
            "enum": st.lists(values, max_size=3),
            "const": values,
            "default": values,
        },
    )
    bounded = st.tuples(leaf, st.dictionaries(st.sampled_from(KEYWORDS), st.integers(-1, 4), max_size=2))
    return st.recursive(
        bounded.map(lambda both: both[0] | both[1]),
        lambda inner: st.fixed_dictionaries(
            {},
            optional={
                "type": types,
                "properties": st.dictionaries(names, inner, max_size=3),
                "required": st.lists(names, max_size=2),
                "additionalProperties": st.one_of(st.booleans(), inner),
                "items": inner,
                "anyOf": st.lists(inner, max_size=2),
            },
        ),
        max_leaves=5,
    )


fields = st.sampled_from(["city", "stars", "open", "tags", "at", "at.lat", "note", "key", "author", "time", "nothing"])
times = st.one_of(
    st.integers(NOW - 50, NOW + 50),
    st.sampled_from([float(NOW), NOW + 0.25, "1h", "2026-09-21", "2026-09-21T14:13:20Z", "2026-02-31", "2024-02-29"]),
)
asked = st.one_of(
    values, times, st.sampled_from([key(1).public_key.hex(), "Ber", "vegan", [40, -170, 60, 20], [9, 9, 1e6]])
)
OPS: Final = ["eq", "ne", "in", "gt", "gte", "lt", "lte", "prefix", "exists", "has", "within", "near", "like"]
conditions = st.one_of(
    asked,
    st.dictionaries(st.sampled_from(OPS), asked, min_size=1, max_size=2),
    st.lists(asked, max_size=3).map(lambda some: {"in": some}),
    st.booleans().map(lambda wanted: {"exists": wanted}),
)
flat = st.dictionaries(fields, conditions, max_size=2)
plain = st.fixed_dictionaries(
    {},
    optional={
        "city": st.one_of(st.sampled_from(["Berlin", "🙂"]), st.sampled_from([{"prefix": "Ber"}, {"gt": "Bern"}])),
        "stars": st.one_of(
            numbers, numbers.map(lambda limit: {"gte": limit}), numbers.map(lambda limit: {"lt": limit})
        ),
        "tags": st.sampled_from([{"has": "vegan"}, {"exists": True}]),
        "at": st.sampled_from([{"within": [-80, 170, 80, -10]}, {"near": [10, 10, 9e6]}, None]),
        "key": st.sampled_from([None, "a", {"ne": "a"}]),
    },
)
wheres = st.one_of(
    plain,
    plain,
    flat,
    st.lists(plain, max_size=3).map(lambda some: {"any": some}),
    st.lists(flat, max_size=3).map(lambda some: {"any": some}),
)
orders = st.one_of(
    st.sampled_from(["-time", "time", "stars", "-stars", "city", "-city", "note", "key", "-", "nothing"]),
    st.lists(st.sampled_from(["city", "-stars", "open", "time", "author"]), max_size=4),
)
queries = st.fixed_dictionaries(
    {},
    optional={
        "where": wheres,
        "order": orders,
        "limit": st.integers(-1, 5),
        "text": st.sampled_from(["vegan", "strass*", "ber* bio", "σας", "*", "", "Bern_"]),
        "at": times,
        "author": st.sampled_from([key(1).public_key.hex(), "nobody"]),
    },
)
tags = st.sampled_from(
    [
        *(
            ("void",),
            ("expiration", "1790000001"),
            ("expiration", "soon"),
            ("batch", "00"),
            ("us", "7"),
            ("c", "other"),
        ),
        *(("e", "ab" * 32, "", "prev"), ("e", "cd" * 32, "", "root"), ("e", "cd" * 32, "", "prev")),
    ]
)


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Draw a record, most of which are documents."""
    kind = draw(st.sampled_from([KIND_RECORD, KIND_KEYED, KIND_KEYED, 1]))
    name = draw(st.sampled_from(["places", "places", "spots", "other"]))
    known = [("d", draw(st.sampled_from([f"{name}/a", f"{name}/b", f"{name}/", "a", f"{name}/" + "é" * 257])))]
    more = draw(st.lists(tags, max_size=2))
    content = draw(st.one_of(places.map(json.dumps), places.map(json.dumps), st.sampled_from(STRANGE_TEXTS)))
    created_at = UnixTime(NOW + draw(st.integers(-2, 2)))
    return sign_record(
        key(draw(st.integers(1, 2))),
        created_at=created_at,
        kind=kind,
        tags=[("c", name), *known, *more],
        content="".join(each for each in content if each >= " "),
    )


# The tests.


@each_drawn
@given(text=st.one_of(values.map(json.dumps), st.sampled_from(STRANGE_TEXTS)))
def test_a_text_is_the_same_value_or_none_in_both_languages(page: Harness, text: str) -> None:
    expected = attempt(lambda: {"canonical": canonical(read_json(text)).hex()})
    assert page.ask(do="read", text=text) == expected


def test_every_character_is_folded_alike_and_counts_as_part_of_a_word_alike(page: Harness) -> None:
    """Of what this Python's Unicode knows; later letters are none to it yet."""
    known = [chr(code) for code in range(PLANES) if unicodedata.category(chr(code)) not in ("Cn", "Cs")]
    for start in range(0, len(known), CHARACTERS_AT_ONCE):
        text = "\n".join(known[start : start + CHARACTERS_AT_ONCE])
        answer = page.ask(do="fold", text=text)
        assert answer["folded"] == fold(text)
        assert answer["words"] == words_in(text)


@each_drawn
@given(schema=schemas(), value=values)
def test_a_schema_takes_the_same_values_and_fills_in_the_same_defaults(
    page: Harness, schema: Json, value: Json
) -> None:
    def check() -> Answer:
        read = Schema(schema)
        read.check(value)
        return {"canonical": canonical(read.filled(value)).hex()}

    assert page.ask(do="check", schema=json.dumps(schema), text=json.dumps(value)) == attempt(check)


@each_drawn
@given(
    schema=schemas(), options=st.fixed_dictionaries({}, optional={"indexes": orders, "text": orders, "place": fields})
)
def test_a_collection_is_defined_alike(page: Harness, schema: Json, options: Any) -> None:
    name = "places" if "place" in options else "Places"
    expected = attempt(lambda: shown_definition(defined("a" + name, schema, options)))
    assert ask_page(page, "define", "a" + name, schema, options) == expected


@each_drawn
@given(record=records(), schema=st.one_of(st.just(PLACE), st.none()))
def test_a_record_is_read_as_the_same_document(page: Harness, record: Record, schema: Json) -> None:
    options = OPTIONS if schema is not None else {}
    definition = defined("places", schema, options)
    row = row_of(definition, record)
    expected = {"row": None if row is None else shown_row(definition, row)}
    assert ask_page(page, "row", "places", schema, options, wire=record.wire.hex()) == expected


@each_drawn
@given(data=st.data())
def test_the_heads_of_a_register_are_the_same(page: Harness, data: st.DataObject) -> None:
    ids = [RecordId(bytes([number]) * 32) for number in range(6)]
    registers = [
        [
            Version(
                record_id,
                bytes(32),
                data.draw(st.integers(0, 3)),
                State(data.draw(st.sampled_from([0, 0, 1, 2, 4, 32, 64]))),
                tuple(data.draw(st.lists(st.sampled_from(ids), max_size=2))),
            )
            for record_id in ids
        ]
        for _ in range(3)
    ]
    shown = [[shown_version(each) for each in versions] for versions in registers]
    expected = [[each.id.hex() for each in heads_of(versions)] for versions in registers]
    assert page.ask(do="heads", versions=shown) == {"heads": expected}


@each_drawn
@given(some=st.lists(records(), max_size=12, unique_by=lambda record: record.id), query=queries)
def test_a_query_finds_the_same_documents_in_the_same_order_and_pages_go_on_alike(
    page: Harness, some: list[Record], query: dict[str, Any]
) -> None:
    wires = [record.wire.hex() for record in some]
    after: dict[str, Any] = {}
    for _ in range(3):
        found = attempt(partial(find, some, query | after))
        text = json.dumps(query | after)
        assert ask_page(page, "find", "places", PLACE, OPTIONS, wires=wires, query=text, now=NOW) == found
        if not found.get("cursors"):
            return
        after = {"after": found["cursors"][-1]}


# What Python says.


def attempt(make: Any) -> Answer:
    """Give what *make* gives, or what kind of mistake it is."""
    try:
        answer: Answer = make()
    except SchemaError as error:
        return {"error": "SchemaError", "path": error.path}
    except PeersetError as error:
        return {"error": type(error).__name__}
    except ValueError:
        return {"error": "ValueError"}
    return answer


def defined(name: str, schema: Json, options: Any) -> Definition:
    older = [Older(each["name"]) for each in options.get("also", [])]
    return define(name, schema, **{**options, "also": older})


def ask_page(page: Harness, what: str, name: str, schema: Json, options: Json, **more: Any) -> Answer:
    return page.ask(do=what, name=name, schema=json.dumps(schema), options=json.dumps(options), **more)


def shown_definition(definition: Definition) -> Answer:
    return {
        "digest": definition.digest.hex(),
        "columns": sorted([column.field, column.type.value] for column in definition.columns),
        "indexes": [names_of(index) for index in definition.indexes],
        "arrays": list(definition.arrays),
        "text": list(definition.text),
        "place": definition.place,
        "fields": None if definition.fields is None else sorted(definition.fields),
    }


def shown_row(definition: Definition, row: Row) -> Answer:
    columns = zip(definition.columns, columns_of(definition, row), strict=True)
    return {
        "key": row.key,
        "stamp": row.stamp,
        "state": int(row.state),
        "value": canonical(row.value).hex(),
        "expiresAt": row.expires_at,
        "parents": [each.hex() for each in row.parents],
        "batch": row.batch,
        "columns": sorted([column.field, canonical(value).hex()] for column, value in columns),
        "words": sorted(words_of(row.value, definition.text), key=lambda word: word.encode("utf-16-be")),
    }


def shown_version(version: Version) -> Answer:
    return {
        "id": version.id.hex(),
        "author": version.author.hex(),
        "stamp": version.stamp,
        "state": int(version.state),
        "parents": [each.hex() for each in version.parents],
    }


def find(some: list[Record], query: dict[str, Any]) -> Answer:
    definition = defined("places", PLACE, OPTIONS)
    wish = {name: value for name, value in query.items() if name != "where"}
    wanted = plan(definition, query.get("where"), **wish, now=NOW)
    rows = [(record, row) for record in some if (row := row_of(definition, record)) is not None and not row.state]
    seated: list[tuple[Seat, Seat]] = []
    for record, row in rows:
        words = words_of(row.value, definition.text)
        if matches(wanted.where, partial(row.field, record=record)) and has_words(wanted.words, words):
            found = [row.field(term.field, record) for term in wanted.order[:-1]]
            seat = Seat(tuple(scalar_of(value) for value in found), row.stamp, record.id)
            seated.append((seat, seat))
    seats = [
        seat
        for seat in in_order(wanted.order, seated)
        if wanted.after is None or compare(wanted.order, wanted.after, seat) < 0
    ][: wanted.limit]
    return {
        "digest": wanted.digest.hex(),
        "found": [seat.id.hex() for seat in seats],
        "cursors": [write_cursor(wanted.digest, seat) for seat in seats],
    }


def scalar_of(value: Json) -> Scalar:
    return value if value is None or isinstance(value, bool | int | float | str) else None
