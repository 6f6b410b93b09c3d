# ruff: noqa: RUF001 - look-alike characters are what this file is about
"""Folding: what is invisible goes, what looks like ASCII becomes it, and places can be found again."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset_moderation.folding import fold, fold_case, fold_lookalikes, unfold_span


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Plain ASCII", "Plain ASCII"),
        ("ｆｕｌｌ　ｗｉｄｔｈ．", "full width."),
        ("𝐛𝐨𝐥𝐝 𝔣𝔯𝔞𝔨 𝟙𝟚𝟛", "bold frak 123"),
        ("ⓒⓘⓡ① 🄰🅱🅒", "cir1 ABC"),
        ("ᵗⁱⁿʸ ₐₑ ᴄᴀᴘ", "tiny ae cap"),
        ("a\u200bb\u00adc\ufeffd\u0336e\U000e0041f", "abcdef"),
        ("。｡․", "..."),
        ("naïve ñ ß Ж 中", "naïve ñ ß Ж 中"),
    ],
)
def test_look_alikes_become_ascii_and_the_rest_stays(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_folding_agrees_with_compatibility_decomposition_where_that_gives_one_ascii_letter() -> None:
    letters = [chr(code) for code in range(0x80, 0x20000) if unicodedata.normalize("NFKC", chr(code)).isascii()]
    single = [each for each in letters if len(unicodedata.normalize("NFKC", each)) == 1]
    wrong = [each for each in single if each.isalnum() and fold(each) != unicodedata.normalize("NFKC", each)]
    # What remains are a few letters that no keyboard or font page offers.
    assert len(wrong) <= 8


@pytest.mark.parametrize(("text", "folded"), [("ÄÖÜ", "äöü"), ("ЖЁ", "жё"), ("STRASSE", "strasse"), ("ＡＢ", "ab")])
def test_case_is_folded_too_when_asked(text: str, folded: str) -> None:
    assert fold_case(text) == folded


def test_cyrillic_letters_become_those_they_look_like() -> None:
    assert fold_lookalikes("сом") == "com"


def test_a_span_of_the_folded_text_is_found_in_the_original() -> None:
    text = "ab\u200bс\u0301d"
    assert unfold_span(text, 1, 3) == (1, 4)
    assert unfold_span("abc", 1, 2) == (1, 2)


@given(st.text(alphabet=st.sampled_from("aЖ中\u200b\u0301ａ𝐛。"), min_size=1), st.data())
def test_a_span_found_again_folds_to_what_it_was(text: str, data: st.DataObject) -> None:
    folded = fold(text)
    if not folded:
        return
    start = data.draw(st.integers(0, len(folded) - 1))
    end = data.draw(st.integers(start + 1, len(folded)))
    assert fold(text[slice(*unfold_span(text, start, end))]) == folded[start:end]
