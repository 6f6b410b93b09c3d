"""Percent-encoding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.core.percent import quoted, unquoted
from peerset.errors import ConfigError


@given(st.text(st.characters(min_codepoint=32, codec="utf-8")))
def test_any_text_without_control_characters_is_read_as_it_was_written(text: str) -> None:
    written = quoted(text, plain=":@")
    assert unquoted(written) == text
    assert written.isascii()
    assert not set(written) & set(' "#<>[]\\^`{|}?&=/+')


def test_letters_beyond_ascii_are_read_as_they_are() -> None:
    assert unquoted("gr\u00fc%C3%BC") == "gr\u00fc\u00fc"


@pytest.mark.parametrize(
    "text", ["%", "a%2", "%zz", "%ff", "%c0%af", "%ed%a0%80", "\ud800", "a b", "a#b", "%00", "a\x7f"]
)
def test_what_is_not_encoded_so_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        unquoted(f"secret{text}")
    assert "secret" not in str(caught.value)
