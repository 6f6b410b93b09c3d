"""Writes data.json: how documents are read, checked, chosen and sorted. Run it after a change of peerset/documents."""

import json
import random
from pathlib import Path
from typing import Any, Final

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import KIND_KEYED, KIND_RECORD, Record, RecordId, event_of, sign_record
from peerset.documents.cursor import digest_of, read_cursor, write_cursor
from peerset.documents.definition import Definition, define
from peerset.documents.document import Row, State, Version, heads_of, present, row_of
from peerset.documents.order import TIME, Seat, in_order, names_of
from peerset.documents.plan import plan
from peerset.documents.schema import Schema
from peerset.documents.sums import mean_of, sum_of
from peerset.documents.value import canonical, rank, read_json
from peerset.documents.where import matches
from peerset.documents.words import has_words, words_in, words_of
from peerset.errors import ConfigError, QueryError, SchemaError

FILE: Final = Path(__file__).with_name("data.json")
NOTE: Final = (
    "How documents are read (docs/protocol.md, Documents). Where something is refused, it is null. rows: events, and "
    "how the collection of `definition` reads them. queries: what of the rows is seen and matches, by place, in order."
)
NOW: Final = 1_790_000_000
KEYS: Final = (SecretKey(bytes([1]) * 32), SecretKey(bytes([2]) * 32))
LONE: Final = "\\ud800"

CONTENTS: Final = (
    *("{}", "[]", "null", "true", "0", "-0", "1.0", "1e2", '"a"', ' {"a" : [1, 2.5, {"b": null}]} ', '{"a":1,"a":2}'),
    *('{"__proto__": 1}', "9007199254740991", "-9007199254740991", '"\\ud83c\\udf0d"', '"\\u0000"', "1e22", "5e-324"),
    *(
        "",
        "{",
        "nul",
        "NaN",
        "Infinity",
        "-Infinity",
        "1e400",
        "9007199254740992",
        "-9007199254740992",
        "01",
        "+1",
        "'a'",
    ),
    *(
        f'"{LONE}"',
        f'{{"{LONE}": 1}}',
        "[" * 32 + "]" * 32,
        "[" * 33 + "]" * 33,
        '{"a": 9007199254740993}',
        "[1,]",
        "\ufeff{}",
    ),
)
VALUES: Final[tuple[Any, ...]] = (
    *(None, False, True, 0, -1, 1.5, 2**53 - 1, 1e300, "", "a", "\u00e9", "\uffff", "\U0001f30d"),
    *([], [None, [1]], {}, {"b": 1, "a": {"\U0001f30d": 1, "\uffff": 2}}),
)
PLACE: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "minLength": 1, "maxLength": 20},
        "city": {"type": ["string", "null"]},
        "stars": {"type": "number", "minimum": 0, "maximum": 5, "default": 1},
        "open": {"type": "boolean"},
        "floors": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 3},
        "at": {"type": "object", "properties": {"lat": {"type": "number"}, "lon": {"type": "number"}}},
        "owner": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
        "mixed": {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "null"}]},
        "size": {"enum": ["s", "m", 3]},
    },
    "required": ["title"],
}
NO_SCHEMAS: Final[tuple[Any, ...]] = (
    *({"$ref": "#"}, {"pattern": "a"}, {"type": "date"}, {"minimum": "1"}, {"maxLength": -1}),
    *({"required": "a"}, {"enum": 1}, {"properties": []}, {"items": []}, {"anyOf": {}}, 5),
)
SCHEMAS: Final[tuple[tuple[Any, tuple[Any, ...]], ...]] = (
    (
        PLACE,
        (
            *({"title": "a"}, {"title": "a", "more": [1]}, {"title": "\U0001f30d" * 20}, {"title": "\U0001f30d" * 21}),
            *([], None, {}, {"title": ""}, {"title": 5}, {"title": "a", "stars": 5.5}, {"title": "a", "stars": True}),
            *({"title": "a", "floors": 2.0}, {"title": "a", "floors": 2.5}, {"title": "a", "tags": ["a", 1]}),
            *({"title": "a", "tags": ["a"] * 4}, {"title": "a", "owner": {}}, {"title": "a", "owner": {"name": 1}}),
            *({"title": "a", "mixed": True}, {"title": "a", "mixed": None}, {"title": "a", "size": "3"}),
            *({"title": "a", "size": 3}, {"title": "a", "city": None}, {"title": "a", "at": {"lat": "1"}}),
        ),
    ),
    ({"const": {"a": [1]}}, ({"a": [1.0]}, {"a": [True]}, {"a": []})),
    ({"additionalProperties": {"items": {"type": "null"}, "minItems": 1}}, ({"x": [None]}, {"x": []}, {"x": [0]}, "x")),
    *((schema, ()) for schema in NO_SCHEMAS),
)
DEFINITIONS: Final[tuple[dict[str, Any], ...]] = (
    {"name": "free", "schema": None},
    {
        "name": "places",
        "schema": PLACE,
        "indexes": ["city", "-stars", ["city", "-stars"], "tags[]"],
        "text": ["title"],
        "place": "at",
    },
    {"name": "places", "schema": PLACE, "shared": True, "indexes": ["time", "-key", "owner.name"]},
    {"name": "Places", "schema": None},
    {"name": "places", "schema": PLACE, "indexes": ["mixed"]},
    {"name": "places", "schema": PLACE, "indexes": ["tags"]},
    {"name": "places", "schema": PLACE, "text": ["nowhere"]},
    {"name": "places", "schema": {"type": "array"}},
    {"name": "a" * 65, "schema": None},
)
TEXTS: Final = (
    *(
        "",
        "Hello, world",
        "Caf\u00e9 cafe\u0301",
        "na\u00efve_42-x",
        "\ufb01ne",
        "\u4e2d\u6587 \u0410\u0411\u0412",
        "\u0130stanbul I\u0131",
    ),
    *("Stra\u00dfe STRASSE", "\u03a3\u03b1\u03c2 \u03c3", "a\u200db", "\u0661\u0662", "x\u00b2", "\U0001f30d earth"),
)
QUERIES: Final[tuple[dict[str, Any], ...]] = (
    *({}, {"order": "time"}, {"order": "title"}, {"order": ["city", "-stars"]}, {"order": "-open", "limit": 3}),
    *(
        {"where": {"city": "Berlin"}},
        {"where": {"city": None}},
        {"where": {"stars": {"gte": 2, "lt": 5}}, "order": "stars"},
    ),
    *({"where": {"open": False}}, {"where": {"open": {"ne": True}}}, {"where": {"title": {"prefix": "\u00c4"}}}),
    *(
        {"where": {"tags": {"has": "a"}}},
        {"where": {"tags": {"all": ["a", "b"]}}, "limit": 2},
        {"where": {"tags": {"all": ["b"], "has": "a"}}, "order": "time"},
        {"where": {"owner.name": {"exists": True}}},
        {"where": {"owner": {"name": "x"}}},
    ),
    *({"where": {"city": {"in": ["Berlin", None]}}}, {"where": {"any": [{"stars": 5}, {"tags": {"has": "b"}}]}}),
    *({"where": {"at": {"within": [-90, 170, 90, -170]}}}, {"where": {"at": {"near": [52.5, 13.4, 5_000]}}}),
    *(
        {"where": {"key": {"prefix": "a"}}, "order": "key"},
        {"where": {"mixed": {"gt": 1}}},
        {"where": {"mixed": {"gt": "1"}}},
    ),
    *(
        {"where": {"time": {"gte": NOW - 20}}},
        {"where": {"time": {"gte": "1m"}}},
        {"text": "caf\u00e9"},
        {"text": "CA* two"},
    ),
    *({"where": {"author": KEYS[1].public_key.hex()}}, {"where": {"size": {"in": [3, "m"]}}}, {"at": NOW - 5}),
    *({"where": {"nowhere": 1}}, {"where": {"stars": {"above": 1, "gt": 1}}}, {"where": {"stars": {"gt": None}}}),
    *({"where": {"stars": {"above": 1}}}, {"where": {"key": {"above": 1}}}, {"where": {"any": [{"city": {}}]}}),
    *({"where": {"tags": {"all": []}}}, {"where": {"tags": {"all": "a"}}}, {"where": {"tags": {"all": ["a"] * 17}}}),
    *({"where": {"city": {"in": "abc"}}}, {"where": {"any": []}}, {"where": {"any": [{"any": [{"stars": 1}]}]}}),
    *({"where": {"at": {"within": [1, 0, 0, 0]}}}, {"where": {"author": "me"}}, {"where": []}, {"order": "nowhere"}),
    *(
        {"order": ["time", "stars"]},
        {"order": ["stars", "-stars"]},
        {"limit": 1_001},
        {"limit": -1},
        {"text": ""},
        {"at": "soon"},
    ),
)
CURSORS_REFUSED: Final = ("", "AAAA", "====", "\u00e4", "MTIzNDU2Nzg", "MTIzNDU2NzhhAAAAAg")


def make() -> str:
    """Give the text of the file."""
    definition = define(**DEFINITIONS[1])
    records = _records()
    rows = [row_of(definition, record) for record in records]
    parts = {
        "note": NOTE,
        "now": NOW,
        "contents": [{"content": text, **_read(text)} for text in CONTENTS],
        "canonical": [{"value": value, "bytes": canonical(value).hex()} for value in VALUES],
        "scalars": sorted((value for value in VALUES if not isinstance(value, list | dict)), key=rank),
        "schemas": [_checked(schema, values) for schema, values in SCHEMAS],
        "definitions": [{**given, "read": _defined(given)} for given in DEFINITIONS],
        "definition": 1,
        "rows": [{"event": event_of(record), "row": _shown(row)} for record, row in zip(records, rows, strict=True)],
        "heads": _heads(),
        "queries": [{**query, "read": _answered(definition, query, records, rows)} for query in QUERIES],
        "cursors": _cursors(),
        "words": [{"text": text, "words": words_in(text)} for text in TEXTS],
        "sums": [{"numbers": each, "sum": sum_of(each), "mean": mean_of(each)} for each in _numbers()],
    }
    # One entry a line, so that changes of different entries merge.
    return "{\n" + ",\n".join(f' "{name}": {_lines(part)}' for name, part in parts.items()) + "\n}\n"


def _numbers() -> list[list[float]]:
    """Give numbers whose sums depend on the order in which most programs add them."""
    rng = random.Random(8)
    chosen: list[list[float]] = [[], [0.1] * 10, [1e16, 1, 1e-16], [1e16, 1, -1e16], [1e308, 1e308, -1e308]]
    chosen += [[1e308, 1e308], [1, 2**-53, 2**-106], [1, 2**-53, -(2**-106)], [2**53 - 1] * 3, [-0.0], [5e-324, 5e-324]]
    for _ in range(30):
        most = rng.choice([1, 10, 60, 300])
        chosen.append([rng.uniform(-1, 1) * 10 ** rng.randint(-most, most) for _ in range(rng.randint(2, 12))])
    return chosen


def _lines(part: object) -> str:
    if not isinstance(part, list):
        return json.dumps(part)
    return "[\n" + ",\n".join(f"  {json.dumps(each)}" for each in part) + "\n ]"


def _read(text: str) -> dict[str, Any]:
    try:
        return {"bytes": canonical(read_json(text)).hex()}
    except ValueError:
        return {"bytes": None}


def _checked(schema: object, values: tuple[Any, ...]) -> dict[str, Any]:
    try:
        read = Schema(schema)
    except ConfigError:
        return {"schema": schema, "values": None}
    return {"schema": schema, "values": [{"value": value, **_verdict(read, value)} for value in values]}


def _verdict(schema: Schema, value: Any) -> dict[str, Any]:
    try:
        schema.check(value)
    except SchemaError as error:
        return {"refused_at": error.path}
    return {"filled": schema.filled(value)}


def _defined(given: dict[str, Any]) -> dict[str, Any] | None:
    try:
        read = define(**given)
    except ConfigError:
        return None
    return {
        "digest": read.digest.hex(),
        "columns": [[column.field, column.type.value] for column in read.columns],
        "indexes": [names_of(index) for index in read.indexes],
        "arrays": [*read.arrays],
        "fields": None if read.fields is None else sorted(read.fields),
    }


def _records() -> list[Record]:
    titled: list[dict[str, Any]] = [
        {
            "title": "a",
            "city": "Berlin",
            "stars": 4.5,
            "open": True,
            "tags": ["a", "b"],
            "at": {"lat": 52.52, "lon": 13.405},
        },
        {"title": "\u00c4rger", "city": "Berlin", "stars": 2, "open": False, "owner": {"name": "x"}, "mixed": "2"},
        {"title": "\U0001f30d", "city": None, "stars": 5, "mixed": 2, "size": 3, "at": {"lat": 0, "lon": 179.9}},
        {"title": "\uffff two caf\u00e9", "tags": [], "size": "m", "mixed": None, "at": {"lat": 0, "lon": -170.5}},
        {"title": "Cafe\u0301 two", "city": "", "tags": ["b"], "more": {"x": [1]}, "at": {"lat": 91, "lon": 0}},
        {"title": "z", "city": "berlin", "stars": 0, "tags": ["a"], "owner": {"name": "y", "age": 5}},
    ]
    made = [_record(place, value, key=place % 2) for place, value in enumerate(titled)]
    made += [_record(-60 - place, value, ["d", f"places/{'abc'[place % 3]}"]) for place, value in enumerate(titled)]
    odd: list[tuple[Any, list[list[str]], int]] = [
        ("", [["d", "places/v"], ["void"]], KIND_KEYED),
        ("", [["void"]], KIND_RECORD),
        ({"title": "a"}, [["d", "a"]], KIND_KEYED),
        ({"title": "a"}, [["d", "places/"]], KIND_KEYED),
        ({"title": "a"}, [], KIND_KEYED),
        ({"title": "a"}, [["d", "places/" + "k" * 513]], KIND_KEYED),
        ({"title": "a"}, [["d", "places/" + "k" * 512]], KIND_KEYED),
        ({"title": 1}, [], KIND_RECORD),
        ("{", [], KIND_RECORD),
        ({"title": "e"}, [["expiration", "1790000100"]], KIND_RECORD),
        ({"title": "e"}, [["expiration", "x"], ["expiration", "5"]], KIND_RECORD),
        ({"title": "b"}, [["batch", "ab" * 16]], KIND_RECORD),
        ({"title": "l"}, [["e", "11" * 32, "", "prev"], ["e", "22" * 32], ["e", "11" * 32, "", "prev"]], KIND_RECORD),
        ({"title": "u"}, [["us", "7"]], KIND_RECORD),
        ({"title": "k"}, [], 7),
    ]
    made += [_record(-200 - place, value, *tags, kind=kind) for place, (value, tags, kind) in enumerate(odd)]
    made.append(_record(-300, {"title": "o"}, collection="other"))
    return made


def _record(
    at: int, value: Any, *tags: list[str], key: int = 0, kind: int | None = None, collection: str = "places"
) -> Record:
    is_keyed = any(tag[0] == "d" for tag in tags)
    return sign_record(
        KEYS[key],
        created_at=UnixTime(NOW + at),
        kind=kind or (KIND_KEYED if is_keyed else KIND_RECORD),
        tags=[["h", "00" * 16], ["c", collection], *tags],
        content=value if isinstance(value, str) else json.dumps(value),
    )


def _shown(row: Row | None) -> dict[str, Any] | None:
    if row is None:
        return None
    parents = [parent.hex() for parent in row.parents]
    state, expires_at = int(row.state), row.expires_at
    return {
        "key": row.key,
        "stamp": row.stamp,
        "state": state,
        "value": row.value,
        "expires_at": expires_at,
        "parents": parents,
        "batch": row.batch,
    }


def _heads() -> list[dict[str, Any]]:
    """Give versions as [id's first byte, stamp, state, what they follow], and who is present and who a head."""
    cases: list[list[tuple[int, int, int, tuple[int, ...]]]] = [
        [(1, 10, 0, ()), (2, 20, 0, (1,)), (3, 30, 0, (1,)), (4, 40, 0, (2,))],
        [(1, 10, 0, (2,)), (2, 10, 0, (1,)), (3, 5, 0, (1,))],
        [(1, 10, 0, ()), (2, 20, int(State.HIDDEN), (1,)), (3, 15, int(State.VOID), ())],
        [(9, 10, 0, ()), (1, 10, 0, ()), (5, 11, int(State.MISFIT), (9, 1))],
        [(1, 10, int(State.SUPERSEDED), ()), (2, 20, int(State.VOID | State.SUPERSEDED), (1,)), (3, 30, 0, (8,))],
    ]
    found = []
    for case in cases:
        versions = [
            Version(_id(number), b"", stamp, State(state), tuple(map(_id, follows)))
            for number, stamp, state, follows in case
        ]
        heads = [each.id[0] for each in heads_of(versions)]
        found.append({"versions": case, "present": [each.id[0] for each in present(versions)], "heads": heads})
    return found


def _id(number: int) -> RecordId:
    return RecordId(bytes([number]) * 32)


def _answered(
    definition: Definition, query: dict[str, Any], records: list[Record], rows: list[Row | None]
) -> dict[str, Any] | None:
    given = dict(query)
    try:
        asked = plan(definition, given.pop("where", None), **given, now=NOW)
    except (QueryError, ConfigError):
        return None
    found = []
    for place, (record, row) in enumerate(zip(records, rows, strict=True)):
        if row is None or row.state or (asked.at is not None and row.stamp > asked.at):
            continue
        if not matches(asked.where, row.field):
            continue
        if has_words(asked.words, words_of(row.value, definition.text)):
            fields = [term.field for term in asked.order if term.field != TIME]
            values = [row.field(field) for field in fields]
            found.append((Seat(tuple(values), row.stamp, record.id), place))  # type: ignore[arg-type] # scalars
    return {"digest": asked.digest.hex(), "found": in_order(asked.order, found)[: asked.limit]}


def _cursors() -> list[dict[str, Any]]:
    digest = digest_of(["places"])
    seats = [
        Seat((), 0, _id(0)),
        Seat(("Berlin", 4.5, True, None), NOW * 10**6 + 7, _id(7)),
        Seat((2**53 - 1,), 1, _id(255)),
    ]
    made: list[dict[str, Any]] = [
        {
            "text": write_cursor(digest, seat),
            "digest": digest.hex(),
            "values": [*seat.values],
            "stamp": seat.stamp,
            "id": seat.id.hex(),
        }
        for seat in seats
    ]
    for text in CURSORS_REFUSED:
        try:
            read_cursor(text, digest, 0)
        except QueryError:
            made.append({"text": text, "digest": digest.hex(), "values": None, "stamp": None, "id": None})
    return made


if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
