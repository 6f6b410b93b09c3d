import pytest

from peerset.core.action import Json
from peerset.core.limits import DOCUMENT_WORDS_MAX, QUERY_WORDS_MAX
from peerset.documents.words import Word, has_words, read_words, words_in, words_of
from peerset.errors import QueryError


def test_words_are_runs_of_letters_and_digits_in_one_form() -> None:
    assert words_in("Caf\u00e9, na\u00efve_Stra\u00dfe 42!") == ["caf\u00e9", "na\u00efve", "strasse", "42"]
    assert words_in("\ufb01ne e\u0301t\u00e9") == ["fine", "\u00e9t\u00e9"]


def test_words_of_a_document_are_those_of_its_texts() -> None:
    value: Json = {"title": "One two", "tags": ["two", "three", 4], "other": "five"}

    assert words_of(value, ["title", "tags", "missing"]) == ["one", "two", "three"]
    many: Json = {"title": " ".join(f"w{place}" for place in range(DOCUMENT_WORDS_MAX + 1))}
    assert len(words_of(many, ["title"])) == DOCUMENT_WORDS_MAX


def test_all_words_must_occur_and_a_star_ends_a_beginning() -> None:
    wanted = read_words("Vegan breakf*")

    assert wanted == (Word("vegan", is_beginning=False), Word("breakf", is_beginning=True))
    assert has_words(wanted, ["vegan", "breakfast"])
    assert not has_words(wanted, ["vegan"])
    assert not has_words(wanted, ["vegans", "breakfast"])
    assert read_words(None) == ()


@pytest.mark.parametrize("given", ["", "* _ !", 5, " ".join(["a"] * (QUERY_WORDS_MAX + 1))])
def test_what_has_no_words_is_refused(given: object) -> None:
    with pytest.raises(QueryError, match="a text to search for"):
        read_words(given)
