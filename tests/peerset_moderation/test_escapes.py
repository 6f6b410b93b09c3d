"""What escapes in JSON hide, with the length kept or the places told."""

import pytest

from peerset_moderation.escapes import opens_like_json, places_in, unescape, unescape_in_place
from peerset_moderation.skeleton import Fold

FOLD = Fold.load()


@pytest.mark.parametrize("raw", ["\\", "a\\", "\\u12", "\\uzzzz", "\\ud83d", "\\ude00\\ud83d", ""])
def test_broken_escapes_are_read_as_they_can_be(raw: str) -> None:
    places = places_in(raw)
    assert len(places) == len(unescape(raw)) + 1
    assert places[-1] == len(raw)


def test_each_character_has_its_place() -> None:
    raw = r"a\u0062\n\ud83d\ude00c"
    assert unescape(raw) == "ab\n\U0001f600c"
    assert places_in(raw) == [0, 1, 7, 9, 21, 22]


def test_objects_and_arrays_open_like_json() -> None:
    assert [opens_like_json(raw) for raw in (" {", "\n[", '"', "x{")] == [True, True, False, False]


def test_escapes_in_json_are_undone_in_place() -> None:
    content = r'{"a": "b\u0061d\nworse \ud83d\ude00"}'
    shown = unescape_in_place(content)
    assert len(shown) == len(content)
    assert FOLD.fold(shown) == '{"a": "bad  worse ~"}'
    assert shown.index("d", 8) == content.index("d\\n")


def test_a_lone_half_of_a_pair_is_shown_as_a_question() -> None:
    assert unescape_in_place(r'["\u0061\ud83d"]').startswith('["a\ufffd')


@pytest.mark.parametrize("content", [r"plain \u0061 text", "{no escapes}", ""])
def test_other_content_is_left_alone(content: str) -> None:
    assert unescape_in_place(content) == content
