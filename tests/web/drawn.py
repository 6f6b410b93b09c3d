"""What the tests of documents in both languages draw: values, schemas, records and queries."""

import json
from typing import Final

from hypothesis import strategies as st

from peerset.core.action import Json
from peerset.core.clock import UnixTime
from peerset.core.record import KIND_KEYED, KIND_RECORD, Record, sign_record
from tests.web.pool import key

NOW: Final = 1_790_000_000
NONCE: Final = "0c" * 16
"""Of the one batch that there is of each author."""

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
        "100000000000000000000",
        "[-123456789012300000000, 1152921504606846976, 1152921504606847000]",
        "1000000000000000000000",
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
                "properties": st.dictionaries(
                    st.one_of(names, st.sampled_from(["", "a.b", "-c", "d[]"])), inner, max_size=3
                ),
                "required": st.lists(names, max_size=2),
                "additionalProperties": st.one_of(st.booleans(), inner),
                "items": inner,
                "anyOf": st.one_of(st.lists(inner, max_size=2), inner.map(lambda one: [one, {"type": "null"}])),
            },
        ),
        max_leaves=5,
    )


fields = st.sampled_from(["city", "stars", "open", "tags", "at", "at.lat", "note", "key", "author", "time", "nothing"])
times = st.one_of(
    st.integers(NOW - 50, NOW + 50),
    st.sampled_from(
        [
            float(NOW),
            NOW + 0.25,
            1e305,
            -9_999_999_999_999,
            "1h",
            "2026-09-21",
            "2026-09-21T14:13:20Z",
            "2026-02-31",
            "2024-02-29",
        ]
    ),
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
            ("batch", NONCE),
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
