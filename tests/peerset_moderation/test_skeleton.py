# ruff: noqa: RUF001 - look-alike characters are what this file is about
"""What a text looks like to a reader, and the way back."""

import pytest

from peerset_moderation.skeleton import BIDI_CONTROL, Fold

FOLD = Fold.load()


@pytest.mark.parametrize(
    "text",
    [
        "ｂａｄ",
        "𝒃𝖆𝕕",
        "ⓑⓐⓓ",
        "🅱🅰🅳",
        "b\u0301a\u0300d\u0489",
        "b\u200ba\u00add",
        "ƄАԁ",
        "βαԁ",
        "ᏴᎪᎠ",
        "BAD",
        "ʙᴀᴅ",
        "b\x7fad",
        "ḃäđ",
    ],
)
def test_what_looks_like_a_word_folds_to_it(text: str) -> None:
    assert FOLD.fold(text) == "bad"


def test_a_space_of_any_kind_is_a_space_and_any_symbol_is_none() -> None:
    assert FOLD.fold("a\u3000b\u00a0c\td\n") == "a b c d "
    assert FOLD.fold("a💩b—c•d") == "a~b~c~d"


def test_letters_that_look_like_none_of_ours_only_lose_their_case() -> None:
    assert FOLD.fold("ЖФ") == "жф"
    assert FOLD.fold("日本語") == "日本語"


def test_digits_of_every_script_are_digits() -> None:
    assert FOLD.fold("１٣५") == "135"


def test_a_span_leads_back_over_what_vanished_and_what_grew() -> None:
    text = "\u200bx\u200by ﬁ\u0301n e"
    folded = FOLD.fold(text)
    assert folded == "xy fin e"
    assert FOLD.source_span(text, folded.index("fin"), folded.index("fin") + 3) == (5, 8)
    assert FOLD.source_span(text, 0, 2) == (1, 4)


def test_a_span_is_found_behind_long_text() -> None:
    text = "e\u0301" * 1_000 + "bad" + "\u200b" * 600
    assert FOLD.source_span(text, 1_000, 1_003) == (2_000, 2_003)


@pytest.mark.parametrize("start", [0, 1, 255, 256, 257, 512, 700])
@pytest.mark.parametrize("length", [1, 2, 255, 256, 257, 1_000])
def test_a_span_is_found_wherever_it_lies_among_the_pieces(start: int, length: int) -> None:
    text = "x\u200b" * 2_000
    assert FOLD.source_span(text, start, start + length) == (2 * start, 2 * (start + length) - 1)


def test_a_span_up_to_the_end_takes_all_that_is_left() -> None:
    assert FOLD.source_span("abc", 1, 9) == (1, 3)


@pytest.mark.parametrize(
    "control", ["\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"]
)
def test_what_reverses_text_is_a_control(control: str) -> None:
    assert BIDI_CONTROL.search(f"a{control}b")
