# ruff: noqa: RUF001 - look-alike characters are what this file is about
"""Links in texts, by a corpus: what is one in any disguise, and what only has dots in it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset_moderation.hosts import HostFinder
from peerset_moderation.linktext import LinkFinder
from tests.peerset_moderation.records import fill

FINDER = LinkFinder(HostFinder.load())
HERE = Path(__file__).parent


def lines(name: str) -> list[str]:
    return (HERE / name).read_text("utf-8").splitlines()


def test_the_corpus_is_large_enough() -> None:
    assert len(set(lines("links_found.txt"))) >= 200
    assert len(set(lines("links_none.txt"))) >= 300


def test_every_link_is_found() -> None:
    places = {text: FINDER.find(text) for text in lines("links_found.txt")}
    missed = [text for text, found in places.items() if found is None or not 0 <= found.start < found.end <= len(text)]
    assert missed == []


def test_what_is_no_link_passes() -> None:
    assert {text: found for text in lines("links_none.txt") if (found := FINDER.find(text)) is not None} == {}


@pytest.mark.parametrize(
    ("text", "rule", "seen"),
    [
        ("see https://example.com", "scheme", "https://example.com"),
        ("mailto:a@b.c", "scheme", "mailto:a@b.c"),
        ("hxxp:x", "disguised", "hxxp:x"),
        ("http[:]//x", "disguised", "http[:]//x"),
        ("see www.example", "www", "www.example"),
        ("at 10.0.0.1:8080", "numbers", "10.0.0.1:8080"),
        ("see example.com now", "domain", "example.com"),
        ("see a@example.com now", "address", "example.com"),
        ("see example[.]com now", "disguised", "example[.]com"),
        ("see example dot com now", "disguised", "example dot com"),
        ("sее ｅｘａｍ\u200bｐｌｅ。ｃｏｍ now", "domain", "ｅｘａｍ\u200bｐｌｅ。ｃｏｍ"),
    ],
)
def test_the_rule_and_the_place_are_told(text: str, rule: str, seen: str) -> None:
    found = FINDER.find(text)
    assert found is not None
    assert (found.rule, text[found.start : found.end]) == (rule, seen)


UNITS = (
    *("://", ":/", "www", "www.", "@", "h**p ", "hxxp", "http: ", "http [", "dot ", "a dot ", "a [.] ", "[.", "1."),
    *("a (dot) to ", "1.1.1.1 ", "\u0300", "\u200b", "㏂", "。", "é.к ", "a<dot>", " . com", "data:", "javascript: "),
)


@pytest.mark.parametrize("unit", UNITS)
def test_a_full_record_of_anything_is_read_to_its_end(unit: str) -> None:
    text = fill(unit)
    found = FINDER.find(text)
    assert found is None or 0 <= found.start < found.end <= len(text)
    assert FINDER.find(text + " https://example.com") is not None


@given(st.text(alphabet=st.sampled_from("ab1.:/-@ []()dotwcmhxp\u200b。ａé中\n")))
def test_any_text_gives_a_place_within_it_or_nothing(text: str) -> None:
    found = FINDER.find(text)
    assert found is None or 0 <= found.start < found.end <= len(text)
