# ruff: noqa: RUF001 - look-alike characters are what this file is about
"""Duplicates: the lowest id of what says the same stays visible, in whatever order it is looked at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset import ConfigError, PolicyClass, RecordId, Seat
from peerset_moderation.duplicates import DuplicateRule, normalise
from tests.peerset_moderation.records import fill, make_record

SEATS = st.lists(st.builds(Seat, st.integers(0, 9), st.binary(min_size=2, max_size=2).map(RecordId)), unique=True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hello  World", " hello\nworld "),
        ("hello", "h\u200be\u00adllo"),
        ("hello", "ｈｅｌｌｏ"),
        ("ÄRGER", "ärger"),
        ("ПРИВЕТ", "привет"),
        ('{"a": 1, "b": "X"}', '{"b":"x","a":1}'),
        ('{"a": "\\u0078"}', '{"a": "x"}'),
    ],
)
def test_these_say_the_same(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(("one", "other"), [("hello", "hello!"), ('{"a": 1}', '{"a": 2}'), ("a b", "ab"), ("1", "l")])
def test_these_do_not(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


def test_it_is_a_set_rule_with_a_reason() -> None:
    rule = DuplicateRule.parse("")
    assert (rule.policy_class, rule.reason) == (PolicyClass.SET_RULE, "another record says the same")


def test_the_same_content_competes_whoever_says_it() -> None:
    rule = DuplicateRule.parse("")
    assert rule.group(make_record("Hello")) == rule.group(make_record("hello ", author=2, kind=1, at=5))
    assert rule.group(make_record("hello")) != rule.group(make_record("goodbye"))


def test_per_author_others_may_say_the_same() -> None:
    rule = DuplicateRule.parse("per=author")
    assert rule.group(make_record("hello")) == rule.group(make_record("Hello"))
    assert rule.group(make_record("hello")) != rule.group(make_record("hello", author=2))


def test_some_records_do_not_compete() -> None:
    rule = DuplicateRule.parse("")
    assert rule.group(make_record("")) is None
    assert rule.group(make_record(" \n\u200b")) is None
    assert rule.group(make_record("mistake", kind=5, tags=[("e", "0" * 64)])) is None
    assert rule.group(make_record("profile", kind=30_078, tags=[("d", "me")])) is None
    assert DuplicateRule.parse("least=6").group(make_record("hello")) is None


@pytest.mark.parametrize("content", ['{"a": "\\ud800"}', '"\\ud800', fill("[1],"), fill("é"), "[" + fill("1,") + "1]"])
def test_anything_has_a_digest(content: str) -> None:
    group = DuplicateRule.parse("").group(make_record(content))
    assert group is not None
    assert len(group[0]) == 64


def test_the_lowest_id_stays() -> None:
    seats = [Seat(1, 0, RecordId(b"b")), Seat(9, 0, RecordId(b"a")), Seat(0, 0, RecordId(b"c"))]
    assert DuplicateRule.parse("").keep(seats) == {b"a"}
    assert DuplicateRule.parse("").keep([]) == frozenset()


@given(SEATS, st.data())
def test_the_order_does_not_matter(group: list[Seat], data: st.DataObject) -> None:
    rule = DuplicateRule()
    kept = rule.keep(group)
    assert rule.keep(data.draw(st.permutations(group))) == kept
    assert len(kept) == min(1, len(group))


@pytest.mark.parametrize("parameters", ["least=0", "least=x", "per=collection", "size=5"])
def test_wrong_parameters_are_refused(parameters: str) -> None:
    with pytest.raises(ConfigError, match="duplicates"):
        DuplicateRule.parse(parameters)


def test_the_manifest_changes_with_the_parameters() -> None:
    assert len({DuplicateRule.parse(text).manifest for text in ("", "least=6", "per=author")}) == 3
