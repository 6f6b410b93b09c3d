"""The ways in which a reader may take a text apart into words."""

import pytest

from peerset_moderation.readings import level, read_all


def words_of(folded: str) -> list[list[str]]:
    return [reading.words for reading in read_all(folded)]


def test_plain_text_is_read_once() -> None:
    assert words_of("one two, one; three!") == [["one", "two", "three"]]


def test_an_empty_text_has_no_readings() -> None:
    assert words_of("") == words_of("12, 3 - 4!") == []


def test_digits_and_symbols_among_letters_are_read_as_letters() -> None:
    assert words_of("w0rd")[1] == ["word"]
    assert words_of("$|+3 a@")[1] == ["site", "aa"]


def test_punctuation_around_a_chunk_is_not_read() -> None:
    assert words_of("(w0rd!)")[1:] == [["word"], ["cword"]]
    assert words_of("*w0rd*")[1] == ["word"]


def test_punctuation_inside_takes_a_chunk_apart_and_is_left_out() -> None:
    assert words_of("wo-r.d")[1:] == [["wo", "r", "d"], ["word"]]
    assert words_of("w*rd")[1:] == [["w*rd"], ["wrd"]]


def test_a_bracket_is_a_c_only_where_whole_words_are_sought() -> None:
    _, pieces, joined = read_all("ba(on")
    assert (pieces.words, pieces.has_parts) == (["ba", "on"], True)
    assert (joined.words, joined.has_parts) == (["bacon"], False)


@pytest.mark.parametrize("text", ["w o r d", "w. o. r. d", "w  o  r  d", "w~o~r~d", "w 0 r d", "w\to/r,d"])
def test_single_letters_are_read_as_a_word(text: str) -> None:
    assert words_of(text)[-1][0] == "word"


def test_repeated_letters_are_read_as_they_stand() -> None:
    assert words_of("ww o rr dd")[-1] == ["wworrdd"]


def test_an_article_or_a_digit_before_single_letters_may_belong_to_none() -> None:
    assert words_of("a w o r d")[-1] == ["aword", "word"]
    assert words_of("7, w o r d")[-1] == ["tword", "word"]


def test_wide_gaps_part_single_letters() -> None:
    assert words_of("w o r d  w e l l")[-1] == ["wordwell", "word", "well"]


@pytest.mark.parametrize("text", ["a b c", "w o rd", "plan b c due"])
def test_few_single_letters_are_no_word(text: str) -> None:
    assert words_of(text) == [text.split()]


def test_lone_signs_between_letters_are_letters() -> None:
    assert words_of("s ! g n")[-1] == ["sign"]
    assert level("a ! b\nc") == "a i b c"


def test_what_was_seen_and_what_was_read_stand_side_by_side() -> None:
    for reading in read_all("a w0rd, t.w.o; t h r e e; (f0ur)"):
        assert len(reading.seen) == len(reading.signs) == len(reading.words)
        assert all(len(signs) == len(word) for _, signs, word in reading)
        assert all(seen in level("a w0rd, t.w.o; t h r e e; (f0ur)") for seen in reading.seen)
