"""What a store found to fit is read again as it was read first."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.core.action import Json
from peerset.core.record import KIND_KEYED, Record, sign_record
from peerset.documents.definition import Definition, Older, define
from peerset.documents.document import row_of
from peerset.documents.seen import read_seen
from peerset.testing.sample_documents import ANN, ANYTHING, NOON, PLACES, document, sample_places

NAMED = define("named", {"type": "object", "properties": {"deep": {"properties": {"n": {"default": {"x": 1}}}}}})
NUMBERS = ["1", "-0", "0.0", "1e3", "9007199254740991", "-9007199254740991", "100000000000000000000", "1e400", "NaN"]
VALUES = st.recursive(
    st.none() | st.booleans() | st.sampled_from(NUMBERS).map(json.loads) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["deep", "n", "x"]), inner, max_size=3),
    max_leaves=6,
)
TAGS = st.lists(
    st.sampled_from(
        [
            ("c", "named"),
            ("c", "anything"),
            ("c",),
            ("d", "named/k"),
            ("d", "anything/a/b"),
            ("d", ""),
            ("us", "12"),
            ("us", "012"),
            ("us",),
            ("e", "ab" * 32, "", "prev"),
            ("e", "cd" * 32),
            ("e", "ef" * 32, "", "prev"),
            ("expiration", "7"),
            ("expiration", "soon"),
            ("batch", "b"),
            ("void",),
        ]
    ),
    max_size=8,
)


def agree(definition: Definition, record: Record) -> bool:
    """Say whether it fits, after making sure that it is read alike."""
    row = row_of(definition, record)
    if row is None or row.state:
        return False
    # Whole numbers and others are equal and not the same.
    assert repr(read_seen(definition, record)) == repr((row.key, row.value, row.stamp, row.parents, row.author))
    return True


@given(value=VALUES, tags=TAGS, is_keyed=st.booleans(), space=st.sampled_from(["", " "]))
def test_what_fits_is_read_alike(value: Json, tags: list[tuple[str, ...]], is_keyed: bool, space: str) -> None:
    kind = KIND_KEYED if is_keyed else 1_078
    record = sign_record(ANN, created_at=NOON, kind=kind, tags=tags, content=space + json.dumps(value))
    for definition in (NAMED, ANYTHING):
        agree(definition, record)


@pytest.mark.parametrize(
    "content", [f'{{"n": {number}}}' for number in NUMBERS] + ["[]", "3", ' {"n": 1}', '{"n": 1} ']
)
def test_every_form_of_content_is_read_alike(content: str) -> None:
    tags = [("c", "anything"), ("us", "5")]
    record = sign_record(ANN, created_at=NOON, kind=1_078, tags=tags, content=content)
    assert agree(ANYTHING, record) == ("400" not in content and "NaN" not in content)


def test_places_and_what_older_collections_say() -> None:
    newer = define("new", None, also=[Older("places", lambda value: {"was": value})])
    for record in sample_places():
        assert agree(PLACES, record)
        assert agree(newer, record)
        assert read_seen(ANYTHING, record) is None


def test_values_are_not_shared() -> None:
    record = document(ANN, 1, {"deep": {}}, collection=NAMED)
    one, other = read_seen(NAMED, record), read_seen(NAMED, record)
    assert one is not None
    assert other is not None
    assert one[1] == {"deep": {"n": {"x": 1}}}
    assert isinstance(one[1], dict)
    one[1]["deep"] = None
    assert other[1] == {"deep": {"n": {"x": 1}}}
