"""What a note may be."""

import pytest

from peerset.core.note import NOTE_KEY_BYTES_MAX, NOTE_TEXT_BYTES_MAX, check_note
from peerset.errors import ConfigError


def test_a_note_within_the_limits_is_allowed() -> None:
    check_note("muted-authors", b"k" * NOTE_KEY_BYTES_MAX, "x" * NOTE_TEXT_BYTES_MAX)
    check_note("muted", b"k", None)


@pytest.mark.parametrize("kind", ["", "Muted", "mu ted", "x" * 33, "1st", "muted\n"])
def test_a_kind_is_a_short_lower_case_word(kind: str) -> None:
    with pytest.raises(ConfigError, match="the kind of a note"):
        check_note(kind, b"k", "")


@pytest.mark.parametrize("key", [b"", b"k" * (NOTE_KEY_BYTES_MAX + 1)])
def test_a_key_has_a_bounded_length(key: bytes) -> None:
    with pytest.raises(ConfigError, match="1 to 256 bytes"):
        check_note("muted", key, "")


def test_a_text_is_bounded_in_bytes_and_encodable() -> None:
    with pytest.raises(ConfigError, match="at most 4096 bytes, not 4098"):
        check_note("muted", b"k", "é" * 2_049)
    with pytest.raises(ConfigError, match="surrogate"):
        check_note("muted", b"k", "\ud800")
