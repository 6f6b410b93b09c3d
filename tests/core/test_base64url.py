"""Base64url: what RFC 4648 gives, and what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.core.base64url import decode_base64url, encode_base64url


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"", ""), (b"f", "Zg"), (b"fo", "Zm8"), (b"foo", "Zm9v"), (b"foob", "Zm9vYg"), (b"\xfb\xff", "-_8")],
)
def test_it_is_that_of_rfc_4648_without_padding(data: bytes, text: str) -> None:
    assert (encode_base64url(data), decode_base64url(text)) == (text, data)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_as_they_were_written(data: bytes) -> None:
    assert decode_base64url(encode_base64url(data)) == data


@pytest.mark.parametrize("text", ["Z", "Zm9v Yg", "Z*8", "Zmü"])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_base64url(text)
