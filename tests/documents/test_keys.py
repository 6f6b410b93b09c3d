"""Keys of views as bytes."""

from functools import cmp_to_key
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.core.limits import INTEGER_MAX, VIEW_KEY_BYTES_MAX
from peerset.documents.keys import ViewKey, decode_key, encode_key, end_of
from peerset.documents.value import rank
from peerset.errors import ConfigError

NUMBERS: Final = st.one_of(
    st.integers(-INTEGER_MAX, INTEGER_MAX), st.floats(allow_nan=False, allow_infinity=False), st.integers(-3, 3)
)
PARTS: Final = st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=5), st.sampled_from(["a", "a\0", "a\0b"]))
KEYS: Final = st.lists(PARTS, max_size=4)


def compare(one: ViewKey, other: ViewKey) -> int:
    left, right = [rank(part) for part in one], [rank(part) for part in other]
    return (left > right) - (left < right)


@given(KEYS)
def test_a_key_is_read_as_it_was_written(key: ViewKey) -> None:
    assert decode_key(encode_key(key)) == key


@given(st.lists(KEYS, max_size=6))
def test_bytes_sort_as_documents_do(keys: list[ViewKey]) -> None:
    assert sorted(keys, key=encode_key) == sorted(keys, key=cmp_to_key(compare))


@given(KEYS, KEYS)
def test_what_begins_so_lies_before_the_end(prefix: ViewKey, key: ViewKey) -> None:
    begin, data = encode_key(prefix), encode_key(key)
    begins = [rank(part) for part in key[: len(prefix)]] == [rank(part) for part in prefix]
    assert (begin <= data < end_of(begin)) == begins


@pytest.mark.parametrize(
    "key", ["text", 5, None, {"a": 1}, [[1]], [{}], [float("nan")], [float("inf")], [2**53], ["\ud800"], [b"bytes"]]
)
def test_what_is_no_key_is_refused(key: object) -> None:
    with pytest.raises(ConfigError, match="a key of a view"):
        encode_key(key)


def test_a_key_has_a_limit() -> None:
    assert len(encode_key(["k" * (VIEW_KEY_BYTES_MAX - 2)])) == VIEW_KEY_BYTES_MAX
    with pytest.raises(ConfigError, match="a key of 1025 bytes; the limit of a view is 1024"):
        encode_key(["k" * (VIEW_KEY_BYTES_MAX - 1)])
