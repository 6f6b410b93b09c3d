"""The ways in which a listed word is written."""

import re

import pytest

from peerset_moderation.spellings import Spelling, key_of, respell, spell, spellings_of


def spells(word: str, text: str) -> bool:
    return bool(Spelling(word, word).pattern.fullmatch(text))


def test_a_key_merges_look_alikes_and_runs() -> None:
    assert key_of("fool pill vvex aaaa") == "foi pi uex a"
    assert key_of("a" * 65_536) == "a"
    assert key_of("жжж日日b") == "ж日b"
    assert key_of("") == ""


@pytest.mark.parametrize("text", ["a  b", " a", "a ", "a   b", "    ", "a\ud800\ud800b", "aa  aa"])
def test_the_keys_of_words_stand_between_the_same_spaces(text: str) -> None:
    assert key_of(text).split(" ") == [key_of(word) for word in text.split(" ")]
    assert key_of(text).count(" ") == text.count(" ")


@pytest.mark.parametrize("text", ["bitter", "bbiitttteerr", "bltter", "biiitter"])
def test_letters_may_be_repeated_and_look_alike(text: str) -> None:
    assert spells("bitter", text)


@pytest.mark.parametrize("text", ["biter", "bilter", "bitte", "abitter"])
def test_a_run_is_at_least_as_long_as_in_the_word_and_of_one_letter(text: str) -> None:
    assert not spells("bitter", text)


def test_neighbours_that_look_alike_may_be_any_of_both() -> None:
    assert all(spells("dildos", text) for text in ("diidos", "dlldos", "dlidos"))
    assert not spells("dildos", "didos")


def test_short_words_are_written_with_their_own_letters() -> None:
    assert spells("ill", "iill")
    assert not spells("ill", "iil")
    assert not spells("cup", "cvp")


def test_a_word_is_found_in_another_only_at_the_start_of_a_run() -> None:
    pattern = Spelling("bell", "bell").pattern
    assert [match.span() for match in pattern.finditer("abbell bell")] == [(1, 6), (7, 11)]


def test_a_word_is_respelled_and_masked() -> None:
    assert list(respell("fife")) == ["fife", "phiphe"]
    assert list(spell("cafes")) == ["cafes", "caphes", "cafez", "c*fes", "caf*s", "c*f*s", "c***s"]
    assert list(spell("cat")) == ["cat"]


def test_spellings_of_one_key_are_kept_side_by_side() -> None:
    found = spellings_of(["coop", "cop"], lambda word: [word])
    assert [spelling.word for spelling in found["cop"]] == ["coop", "cop"]
    assert all(isinstance(spelling.pattern, re.Pattern) for spelling in found["cop"])


def test_a_spelling_two_words_share_is_the_first_words() -> None:
    found = spellings_of(["fan", "phan"], respell)
    assert [spelling.word for spelling in found["phan"]] == ["fan"]
