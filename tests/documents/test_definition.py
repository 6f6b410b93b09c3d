import pytest

from peerset.core.limits import (
    COLLECTION_FIELDS_MAX,
    COLLECTION_INDEXES_MAX,
    COLLECTION_NAME_CHARACTERS_MAX,
    INDEX_FIELDS_MAX,
)
from peerset.documents.definition import Column, ColumnType, Older, define
from peerset.documents.order import Term
from peerset.errors import ConfigError

PLACE = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "city": {"type": ["string", "null"]},
        "stars": {"anyOf": [{"type": "number"}, {"type": "null"}]},
        "open": {"type": "boolean"},
        "floors": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "at": {"type": "object", "properties": {"lat": {"type": "number"}, "lon": {"type": "number"}}},
        "mixed": {"type": ["string", "number"]},
        "anything": {},
        "time": {"type": "string"},
    },
}


def test_scalar_fields_of_one_type_become_columns() -> None:
    columns = define("places", PLACE).columns

    assert columns == (
        Column("title", ColumnType.TEXT),
        Column("city", ColumnType.TEXT),
        Column("stars", ColumnType.NUMBER),
        Column("open", ColumnType.BOOLEAN),
        Column("floors", ColumnType.NUMBER),
        Column("at.lat", ColumnType.NUMBER),
        Column("at.lon", ColumnType.NUMBER),
    )


def test_indexes_end_by_time_and_are_each_there_once() -> None:
    definition = define(
        "places", PLACE, indexes=["city", ["city"], ("city", "-stars"), "-time", "tags[]"], text="title", place="at"
    )
    newest = Term("time", is_descending=True)

    assert definition.indexes == (
        (Term("city"), newest),
        (Term("city"), Term("stars", is_descending=True), newest),
        (newest,),
    )
    assert (definition.arrays, definition.text, definition.place) == (("tags",), ("title",), "at")
    assert definition.column("stars") == 2
    assert definition.column("tags") is None
    assert define("free").fields is None


def test_fields_that_are_named_twice_are_indexed_once() -> None:
    definition = define(
        "places", PLACE, indexes=["tags[]", "tags[]"], text=["title", "tags", "title"], also=Older("spots")
    )

    assert (definition.arrays, definition.text) == (("tags",), ("title", "tags"))
    assert definition.older == (Older("spots"),)


def test_listed_values_of_one_type_and_what_may_be_null_become_columns() -> None:
    point = {"type": "object", "properties": {"lat": {"type": "number"}}}
    optional = {"anyOf": [point, {"type": "null"}], "default": None}
    columns = define("places", {"properties": {"kind": {"enum": ["park", None]}, "at": optional}}, place="at").columns

    assert columns == (Column("kind", ColumnType.TEXT), Column("at.lat", ColumnType.NUMBER))


def test_the_digest_tells_apart_what_tables_are_built_for() -> None:
    digests = [
        define("places", PLACE).digest,
        define("spots", PLACE).digest,
        define("places").digest,
        define("places", PLACE, shared=True).digest,
        define("places", PLACE, indexes="city").digest,
        define("places", PLACE, text="title").digest,
        define("places", PLACE, place="at").digest,
        define("places", PLACE, also=[Older("spots")]).digest,
        define("places", PLACE, also=[Older("spots", lambda value: value)]).digest,
        define("places", PLACE, also=[Older("spots", lambda value: [value])]).digest,
    ]

    assert len(set(digests)) == len(digests)
    assert define("places", PLACE).digest == digests[0]


@pytest.mark.parametrize(
    "name", ["", "Places", "1a", "a b", "a" * (COLLECTION_NAME_CHARACTERS_MAX + 1), "ä", 5, None, "a/b", "a\n"]
)
def test_what_is_no_name_is_refused(name: object) -> None:
    with pytest.raises(ConfigError, match="a collection's name"):
        define(name)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"indexes": "mixed"}, "'mixed' cannot be indexed"),
        ({"indexes": "anything"}, "cannot be indexed"),
        ({"indexes": "nowhere"}, "cannot be indexed"),
        ({"indexes": ["nowhere[]"]}, "no field 'nowhere'"),
        ({"indexes": [5]}, "an index"),
        ({"indexes": [[]]}, "an index is of 1"),
        ({"indexes": [["title"] * (INDEX_FIELDS_MAX + 1)]}, "an index is of 1"),
        ({"indexes": ["title"] * (COLLECTION_INDEXES_MAX + 1)}, "17 indexes"),
        ({"text": "nowhere"}, "no field 'nowhere'"),
        ({"text": [5]}, "a field is a text"),
        ({"place": "nowhere"}, "no field"),
        ({"also": ["spots"]}, "also="),
        ({"also": "spots"}, "also="),
        ({"also": 5}, "also"),
        ({"also": Older("places")}, "'places' is read already"),
        ({"also": [Older("spots"), Older("spots")]}, "'spots' is read already"),
        ({"indexes": "city[]"}, "'city' cannot be indexed as the elements of an array: it is null or string"),
        ({"text": "stars"}, "'stars' cannot be indexed as words"),
        ({"place": "title"}, "'title' cannot be indexed as a place"),
        ({"place": 5}, "a field is a text"),
        ({"shared": "yes"}, "shared is True or False"),
        ({"also": [Older("Spots")]}, "a collection's name"),
        ({"also": [Older("spots", 5)]}, "upgrade a function, not 5"),  # type: ignore[arg-type] # that is what is tried
    ],
)
def test_what_cannot_be_indexed_is_refused(options: dict[str, object], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        define("places", PLACE, **options)  # type: ignore[arg-type] # wrong on purpose


def test_a_collection_is_of_objects_with_so_many_fields() -> None:
    with pytest.raises(ConfigError, match="of objects, not of array"):
        define("places", {"type": "array"})
    fields = {f"f{place}": {"type": "string"} for place in range(COLLECTION_FIELDS_MAX + 1)}
    with pytest.raises(ConfigError, match="65 fields"):
        define("places", {"properties": fields})
