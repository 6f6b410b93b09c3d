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
from peerset.core.record import Record, RecordId
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
from tests.web.drawn import (
    NOW,
    OPTIONS,
    PLACE,
    STRANGE_TEXTS,
    fields,
    orders,
    queries,
    records,
    schemas,
    values,
)
from tests.web.world import Answer, Harness

pytestmark = [pytest.mark.real_time, pytest.mark.node]

WEB: Final = Path(__file__).resolve().parents[2] / "web"
PLANES: Final = 0x110000
CHARACTERS_AT_ONCE: Final = 4_096

each_drawn = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def page() -> Iterator[Harness]:
    """Start a process that runs what pages run."""
    harness = Harness(["node", "--import", "tsx", "test/documents/harness.ts"], WEB)
    yield harness
    harness.close()


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
        if matches(wanted.where, row.field) and has_words(wanted.words, words):
            found = [row.field(term.field) for term in wanted.order[:-1]]
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
