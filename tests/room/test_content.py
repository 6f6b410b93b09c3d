"""What a user publishes, as text and tags."""

from datetime import UTC, datetime
from typing import Any

import pytest

from peerset.core.action import Action
from peerset.core.limits import RECORD_BYTES_MAX
from peerset.errors import ConfigError, MalformedError
from peerset.room.content import check_action, read_peers, tags_of, text_of


def test_a_text_stays_and_the_rest_is_json() -> None:
    assert text_of("é") == "é"
    assert text_of({"a": ["é", None, True]}) == '{"a": ["é", null, true]}'


def looped() -> list[object]:
    inner: list[object] = []
    inner.append(inner)
    return inner


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"bytes", r"the content cannot be b'bytes'"),
        (float("nan"), "the content cannot be nan"),
        (
            {"a": [1, {"when": datetime(2026, 1, 1, tzinfo=UTC)}]},
            r"the content at \['a'\]\[1\]\['when'\] cannot be datetime",
        ),
        ({"a": float("inf")}, r"at \['a'\] cannot be inf"),
        ({1, 2}, "cannot be {1, 2}"),
        ({(1, 2): 3}, r"cannot be \{\(1, 2\): 3\}"),
        (looped(), r"cannot be \[\[...\]\]"),
        (object, "cannot be <class 'object'>"),
    ],
)
def test_what_json_cannot_say_is_named_with_its_place(content: Any, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        text_of(content)


def test_what_is_longer_than_any_record_is_refused_before_it_is_signed() -> None:
    with pytest.raises(MalformedError, match="65537 characters"):
        text_of("x" * (RECORD_BYTES_MAX + 1))


def test_tags_stand_in_lists_or_by_name() -> None:
    assert tags_of([["t", "a"], ("e",)]) == [("t", "a"), ("e",)]
    assert tags_of({"t": ["a", "b"], "d": "key"}) == [("t", "a"), ("t", "b"), ("d", "key")]
    assert tags_of(()) == []


@pytest.mark.parametrize("tags", [5, "t", b"t", ["t"], [5], [["t", 5]], {"t": 5}, {5: "t"}, [{"t": "a"}]])
def test_what_are_no_tags_is_named(tags: object) -> None:
    with pytest.raises(ConfigError):
        tags_of(tags)


def test_actions_are_checked_before_they_are_sent() -> None:
    action = Action("wave", {"a": 1})
    assert check_action(action) is action
    assert check_action(Action("wave", b"bytes")).payload == b"bytes"
    for bad in (Action("wave", {1, 2}), Action("wave", 1, metadata=b"x"), Action(5, 1)):  # type: ignore[arg-type]
        with pytest.raises(ConfigError):
            check_action(bad)


def test_one_peer_or_several_are_read() -> None:
    assert read_peers("0000abcd") == read_peers(["0000abcd"]) == ["0000abcd"]
    with pytest.raises(ConfigError):
        read_peers([5])
