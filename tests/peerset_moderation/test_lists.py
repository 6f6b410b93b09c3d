"""Word lists: the shipped ones, and the user's own."""

from pathlib import Path

import pytest

from peerset import ConfigError
from peerset_moderation.lists import LANGUAGES, LIST_BYTES_MAX, LIST_WORDS_MAX, WordList
from peerset_moderation.skeleton import Fold

FOLD = Fold.load()
TEXT = "# ours\nSpamm\n*Scam*  # inside of words too\n+scampi\n+fish and  scam\n\nŠpäm\r\n"


def read(text: str) -> WordList:
    return WordList.read(text, "ours", FOLD)


def test_a_list_holds_words_parts_and_innocents_folded() -> None:
    assert read(TEXT) == WordList(
        frozenset({"spamm", "scam", "spam"}), frozenset({"scam"}), frozenset({"scampi", "fish and scam"})
    )


def test_equal_lists_have_equal_digests_however_they_are_written() -> None:
    assert read("ac\nab\n*cd*").digest == read("*CD*\r\n# x\nAB\nac\nac").digest
    assert len({read(text).digest for text in ("abc", "*abc*", "+abc", "abd")}) == 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_shipped_list_is_well_formed(language: str) -> None:
    words = WordList.shipped(language, FOLD)
    assert len(words.whole) > 5
    assert words.parts <= words.whole


def test_a_language_without_a_list_is_refused() -> None:
    with pytest.raises(ConfigError, match="no list for 'tlh'; there are: de, en"):
        WordList.shipped("tlh", FOLD)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fine\nfine\nno good", "line 3: not a single word of letters"),
        ("*a b*", "line 1: not a single word"),
        ("**", "line 1: not a single word"),
        ("xy\n\x00", "line 2: a control character"),
        ("a\u202eb", "line 1: a control character"),
        ("a\rb", "line 1: a control character"),
        ("x" * 65, "line 1: a word has 2 to 64 letters"),
        ("x", "line 1: a word has 2 to 64 letters"),
        ("+", "line 1: not words of letters and digits"),
        ("+" + "ab " * 30, "line 1: a word has 2 to 64 letters"),
    ],
)
def test_a_malformed_line_is_named(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=f"words: ours, {message}"):
        read(text)


def test_too_many_words_are_refused() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = (f"xy{a}{b}{c}{d}" for a in letters for b in letters for c in letters for d in letters)
    with pytest.raises(ConfigError, match=f"more than {LIST_WORDS_MAX} words"):
        read("\n".join(word for word, _ in zip(words, range(LIST_WORDS_MAX + 2_000), strict=False)))


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "own.txt"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.encode())
    assert WordList.open(path, FOLD) == read(TEXT)


def test_a_file_in_another_encoding_is_refused_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.txt"
    path.write_bytes("fine\nblöd\n".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"latin\.txt, line 2: not UTF-8"):
        WordList.open(path, FOLD)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.txt cannot be read: No such file"):
        WordList.open(tmp_path / "none.txt", FOLD)


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.txt"
    path.write_bytes(b"#" * (LIST_BYTES_MAX + 1))
    with pytest.raises(ConfigError, match=f"longer than {LIST_BYTES_MAX} bytes"):
        WordList.open(path, FOLD)


def test_lists_join() -> None:
    joined = WordList.union([read("ab\n*cd*"), read("+ef\nab")])
    assert joined == WordList(frozenset({"ab", "cd"}), frozenset({"cd"}), frozenset({"ef"}))
    assert WordList.union([]) == WordList(frozenset(), frozenset(), frozenset())
