"""Finding many words in one pass."""

from hypothesis import given
from hypothesis import strategies as st

from peerset_moderation.automaton import Automaton

WORDS = st.lists(st.text("ab", min_size=1, max_size=4), max_size=8)


def test_overlapping_words_are_all_found_in_their_own_order() -> None:
    automaton = Automaton.of(["she", "he", "hers", "his", "he"])
    assert automaton.words_in("ushers") == ["he", "hers", "she"]


def test_no_words_are_never_found() -> None:
    automaton = Automaton.of(["", ""])
    assert automaton.words == ()
    assert automaton.words_in("anything") == []


def test_a_word_is_found_behind_a_near_match() -> None:
    assert Automaton.of(["abac"]).words_in("ababac") == ["abac"]
    assert Automaton.of(["abac"]).words_in("ababab") == []


@given(WORDS, st.text("abc", max_size=30))
def test_it_finds_what_a_search_for_each_word_finds(words: list[str], text: str) -> None:
    assert Automaton.of(words).words_in(text) == sorted({word for word in words if word in text})


@given(WORDS)
def test_a_row_leads_only_to_states_that_are_there(words: list[str]) -> None:
    automaton = Automaton.of(words)
    states = range(len(automaton.rows))
    assert all(target in states for row in automaton.rows for target in row.values())
    assert len(automaton.ends) == len(automaton.rows) <= 1 + sum(map(len, set(words)))
