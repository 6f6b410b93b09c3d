"""``peerset watch`` of documents."""

import json
from typing import Any

import pytest

from peerset.cli.exits import ExitCode
from peerset.cli.watching import lines_of
from peerset.core.action import Json
from peerset.data.difference import Difference, Move
from peerset.data.doc import Doc
from peerset.testing.sample_documents import ANN, document
from tests.cli.test_documents import NOWHERE, fill
from tests.cli.test_rooms import wait_for
from tests.patience import PATIENT_SECONDS

pytestmark = pytest.mark.real_time
ALONE = NOWHERE[:2]


def watch(shell: Any, *options: str) -> Any:
    return shell("watch", "lobby", *ALONE, "--seconds", "0", *options)


def test_it_begins_with_what_matches(shell: Any) -> None:
    fill(shell)
    ended = watch(shell, "--collection", "places", "--where", "stars>=4", "--order", "-stars", "--json")
    assert ended.code == 0, ended.err
    found = [json.loads(line) for line in ended.out.splitlines()]
    assert [(row["change"], row["place"], row["key"]) for row in found] == [
        ("added", 0, "forum"),
        ("added", 1, "mitte"),
    ]
    ended = watch(shell, "--collection", "places", "--where", "city=Rome")
    [line] = ended.out.splitlines()
    assert line.startswith("+ ")
    assert "Forum" in line
    assert len(watch(shell, "--collection", "places", "--order", "key", "--limit", "2").out.splitlines()) == 2


def test_each_difference_is_a_line_for_each_document() -> None:
    docs: list[Doc[Json]] = [Doc(document(ANN, at, at), None, at, at, (), ANN.public_key) for at in (1, 2, 3)]
    one, two, three = docs
    difference = Difference(added=((0, one),), removed=((1, two),), moved=(Move(2, 1, three),), changed=((2, one),))
    assert list(lines_of(difference)) == [
        ("removed", 1, two),
        ("added", 0, one),
        ("moved", 1, three),
        ("changed", 2, one),
    ]


def test_what_comes_is_printed_as_it_comes(start: Any, tracker: str, shell: Any) -> None:
    where = ("--collection", "places", "--where", "city=Berlin", "--json")
    watching = start("watch", "lobby", "--signaling", tracker, "--store", "memory:", *where)
    put = (
        "put",
        "lobby",
        "places",
        "zoo",
        '{"city": "Berlin"}',
        "--signaling",
        tracker,
        "--wait",
        str(PATIENT_SECONDS),
    )
    assert shell(*put).code == 0
    assert wait_for(watching, key="zoo")["change"] == "added"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--where", "a=1"), "--collection NAME"),
        (("--where", "a=1", "--collection", "Bad Name"), "a collection's name"),
        (("--where", "=1", "--collection", "places"), "a condition is written"),
        (("--where", "a=1", "--collection", "places", "--kind", "5"), "--kind chooses records"),
        (("--order", "a", "--collection", "places", "--author", "1", "--author", "2"), "one --author"),
    ],
)
def test_what_cannot_be_meant_is_said_before_anybody_is_met(shell: Any, options: tuple[str, ...], said: str) -> None:
    ended = watch(shell, *options)
    assert ended.code == ExitCode.USAGE
    assert said in ended.err
