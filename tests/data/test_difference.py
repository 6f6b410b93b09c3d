"""Differences between lists of documents."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.data.difference import Difference, Move, Place, difference_of

Version = tuple[str, int]


def places(*versions: Version) -> list[Place[Version]]:
    return [Place(name, version, (name, version)) for name, version in versions]


def listed(text: str) -> list[Place[str]]:
    """Read a list of versions: each a letter, the register, and a digit."""
    return [Place(text[at], text[at : at + 2], text[at : at + 2]) for at in range(0, len(text), 2)]


VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "diffs.json").read_text("utf-8"))["differences"]


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: f"{case['before']}-{case['after']}")
def test_lists_differ_as_everywhere(case: dict[str, Any]) -> None:
    found = difference_of(listed(case["before"]), listed(case["after"]))
    assert [list(each) for each in found.added] == case["added"]
    assert [list(each) for each in found.removed] == case["removed"]
    assert [[each.before, each.after, each.doc] for each in found.moved] == case["moved"]
    assert [list(each) for each in found.changed] == case["changed"]
    assert "".join(found.apply([each.doc for each in listed(case["before"])])) == case["after"]


@st.composite
def two_lists(draw: st.DrawFn) -> tuple[list[Version], list[Version]]:
    """Draw a list and what might come of it: what keeps its version keeps its order."""
    names = draw(st.lists(st.sampled_from("abcdefgh"), unique=True))
    old = [(name, 0) for name in names]
    kept = [each for each in old if draw(st.integers(0, 3))]
    new = list(kept)
    for name in "abcdefgh":
        if draw(st.booleans()):
            new = [each for each in new if each[0] != name]
            new.insert(draw(st.integers(0, len(new))), (name, 1))
    return old, new


@given(two_lists())
def test_applied_to_the_list_of_before_it_gives_that_of_after(lists: tuple[list[Version], list[Version]]) -> None:
    old, new = lists
    difference = difference_of(places(*old), places(*new))
    assert difference.apply(old) == new
    assert bool(difference) == (old != new)
    names = {name for name, _ in old} & {name for name, _ in new}
    assert not names & {doc[0] for _, doc in (*difference.added, *difference.removed)}


def test_a_newer_version_at_the_same_place_is_a_change() -> None:
    found = difference_of(places(("a", 0), ("b", 0)), places(("n", 0), ("a", 1), ("b", 0)))
    assert found == Difference(added=((0, ("n", 0)),), changed=((1, ("a", 1)),))


def test_a_newer_version_at_another_place_is_a_move() -> None:
    found = difference_of(places(("a", 0), ("b", 0), ("c", 0)), places(("c", 1), ("a", 0), ("b", 0)))
    assert found == Difference(moved=(Move(2, 0, ("c", 1)),))


def test_two_versions_of_one_register_may_meet_for_a_moment() -> None:
    old, both, new = [("a", 0)], [("a", 1), ("a", 0)], [("a", 1)]
    first, second = difference_of(places(*old), places(*both)), difference_of(places(*both), places(*new))
    assert first.apply(old) == both
    assert second.apply(both) == new


def test_equal_lists_differ_in_nothing() -> None:
    assert not difference_of(places(("a", 0)), places(("a", 0)))
    none: Difference[Version] = Difference()
    assert none.apply([("a", 0)]) == [("a", 0)]
