"""Finding many words in one pass."""

from hypothesis import given
from hypothesis import strategies as st

from peerset_moderation.automaton import Automaton

WORDS = st.lists(st.text("ab", min_size=1, max_size=4), max_size=8)


def test_overlapping_words_are_all_found_in_the_order_of_their_ends() -> None:
    automaton = Automaton.of(["he", "she", "hers", "his", "he"])
    assert list(automaton.find("ushers")) == [(4, "she"), (4, "he"), (6, "hers")]


def test_no_words_are_never_found() -> None:
    automaton = Automaton.of(["", ""])
    assert automaton.words == ()
    assert not automaton.finds_any("anything")


def test_a_word_is_found_behind_a_near_match() -> None:
    assert Automaton.of(["abac"]).finds_any("ababac")
    assert not Automaton.of(["abac"]).finds_any("ababab")


@given(WORDS, st.text("abc", max_size=30))
def test_it_finds_what_a_search_for_each_word_finds(words: list[str], text: str) -> None:
    automaton = Automaton.of(words)
    expected = {
        (start + len(word), word) for word in words for start in range(len(text)) if text.startswith(word, start)
    }
    assert set(automaton.find(text)) == expected
    assert automaton.finds_any(text) == bool(expected)


@given(WORDS)
def test_a_row_leads_only_to_states_that_are_there(words: list[str]) -> None:
    automaton = Automaton.of(words)
    states = range(len(automaton.rows))
    assert all(target in states for row in automaton.rows for target in row.values())
    assert len(automaton.ends) == len(automaton.rows) <= 1 + sum(map(len, set(words)))
