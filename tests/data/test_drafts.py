"""What is to be written, made into records."""

import pytest

from peerset.core.action import Json
from peerset.core.limits import DOCUMENT_LINKS_MAX, RECORD_BYTES_MAX
from peerset.data.drafts import content_of, follow_all, with_unknown
from peerset.documents.schema import Schema
from peerset.errors import ConfigError, MalformedError
from tests.data.places import alone
from tests.protocol.pair import make_record


def test_a_document_is_written_without_spaces_and_its_texts_as_they_are() -> None:
    assert content_of({"title": "Café", "n": [1, 2]}) == '{"title":"Café","n":[1,2]}'


def test_a_document_that_no_record_can_hold_is_refused_before_it_is_signed() -> None:
    with pytest.raises(MalformedError, match="the limit is 65536 bytes"):
        content_of("x" * RECORD_BYTES_MAX)


def test_what_a_later_model_wrote_is_kept() -> None:
    schema = Schema({"properties": {"a": {}, "in": {"properties": {"b": {}}}}})
    old: Json = {"a": 1, "new": True, "in": {"b": 1, "c": 2}, "list": [1]}
    assert with_unknown({"a": 2, "in": {"b": 3}}, old, schema) == {
        "a": 2,
        "in": {"b": 3, "c": 2},
        "new": True,
        "list": [1],
    }
    assert with_unknown([1], old, schema) == [1]
    maybe = Schema({"properties": {"in": {"anyOf": [{"type": "null"}, schema.properties["in"].json]}}})
    assert with_unknown({"in": {"b": 3}}, old, maybe) == {"in": {"b": 3, "c": 2}, "a": 1, "new": True, "list": [1]}
    assert with_unknown({"a": 2}, old, None) == {"a": 2}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object"},
        {"additionalProperties": {"type": "number"}},
        {"properties": {"b": {}}, "additionalProperties": {"type": "number"}},
    ],
)
def test_what_is_taken_out_of_a_table_of_names_is_gone(schema: Json) -> None:
    assert with_unknown({"b": 1}, {"a": 1, "b": 1}, Schema(schema)) == {"b": 1}


def test_what_is_followed_is_named_once() -> None:
    one, two = make_record(1), make_record(2)
    here = {two.id: two, one.id: one}
    assert follow_all([one.id, two.id, one.id], here) == [one, two]
    with pytest.raises(ConfigError, match=r"there is no record .* here to follow"):
        follow_all([make_record(3).id, one.id], here)


@pytest.mark.parametrize("ttl", [0, -1, "long", True, float("nan")])
async def test_a_document_cannot_live_for_no_time(ttl: float) -> None:
    async with alone() as room:
        notes = room.collection("notes")
        with pytest.raises(ConfigError, match="a ttl"):
            await notes.add({"n": 1}, ttl=ttl)
        with pytest.raises(ConfigError, match="a ttl"):
            room.collection("other", ttl=ttl)


async def test_a_document_follows_no_more_than_others_read() -> None:
    async with alone() as room:
        notes = room.collection("notes")
        docs = [await notes.add({"n": number}) for number in range(DOCUMENT_LINKS_MAX + 1)]
        with pytest.raises(ConfigError, match="at most 32 others, not 33"):
            await notes.add({"n": 0}, follows=docs)
        last = await notes.add({"n": 0}, follows=docs[1:])
        assert len(last.follows) == DOCUMENT_LINKS_MAX
