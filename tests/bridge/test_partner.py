from typing import Any

import pytest

from peerset.bridge.effects import Say, Take
from peerset.bridge.limits import (
    ANSWER_SECONDS,
    ASK_INTERVAL_SECONDS,
    PATHS_ASKED_MAX,
    RECORDS_HELD_MAX,
    RECORDS_PER_REQUEST,
    ROOT_INTERVAL_SECONDS,
)
from peerset.bridge.partner import NEVER, Partner
from peerset.core.clock import Monotonic
from peerset.core.signal import PeerId
from tests.bridge.test_original import ORIGINAL

PAGE = PeerId("p" * 20)
NOW = Monotonic(100.0)
ASKING = Say(PAGE, "subtree", {"requestSubtreeHashes": {"path": "", "depth": 1}})


def uuid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012x}"


def wanting(uuids: Any) -> Say:
    return Say(PAGE, "subtree", {"requestRecords": uuids})


def entry(*uuids: str, path: str = "left", has_children: bool = True) -> Any:
    return {"path": path, "hash": "ab" * 32, "uuids": [*uuids], "hasChildren": has_children}


def asked(wanted: bool = True) -> Partner:
    partner = Partner(PAGE, NOW, wants=lambda _: wanted)
    assert partner.ask(NOW) == [ASKING]
    return partner


def test_one_answer_says_what_a_page_holds_and_records_are_asked_for_some_at_a_time() -> None:
    partner = asked()
    uuids = [uuid(number) for number in range(RECORDS_PER_REQUEST + 5)]
    assert partner.hear_hashes([entry(*uuids[:50]), entry(*uuids[50:])], NOW) == [wanting(uuids[:RECORDS_PER_REQUEST])]
    assert all(map(partner.holds, uuids))
    taken = partner.hear_records({uuids[0]: {**ORIGINAL.write(), "uuid": uuids[0]}, uuids[1]: "nonsense"})
    [take] = taken
    assert isinstance(take, Take)
    assert ([each.uuid for each in take.originals], take.refused) == ([uuids[0]], (uuids[1],))
    assert partner.settle(NOW) == [wanting(uuids[RECORDS_PER_REQUEST:])]


def test_what_was_not_asked_for_is_not_taken() -> None:
    partner = asked(wanted=False)
    assert partner.hear_hashes([entry(uuid(1))], NOW) == []
    assert partner.hear_records({uuid(1): ORIGINAL.write(), uuid(2): ORIGINAL.write()}) == []
    # Nor is an answer that nobody waits for.
    partner.hear_hashes([entry(uuid(3))], NOW)
    assert not partner.holds(uuid(3))


def test_subtrees_that_name_no_uuids_are_asked_for() -> None:
    partner = asked()
    assert partner.hear_hashes([entry(path="left"), entry(path="right")], NOW) == [
        Say(PAGE, "subtree", {"requestSubtreeHashes": {"path": "left", "depth": 1}})
    ]
    assert partner.hear_hashes([entry(uuid(1), path="left.left", has_children=False)], NOW) == [
        Say(PAGE, "subtree", {"requestSubtreeHashes": {"path": "right", "depth": 1}}),
        Say(PAGE, "subtree", {"requestRecords": [uuid(1)]}),
    ]


def test_a_page_whose_tree_has_no_end_is_left_alone() -> None:
    partner, questions = asked(), 1
    while said := partner.hear_hashes([entry(path="left"), entry(path="right")], NOW):
        questions += len(said)
    assert questions == PATHS_ASKED_MAX


@pytest.mark.parametrize("nonsense", [None, [], {}, {"path": 1, "uuids": [], "hasChildren": True}, {"path": "left"}])
def test_nonsense_in_an_answer_is_passed_over(nonsense: Any) -> None:
    partner = asked()
    said = partner.hear_hashes([nonsense, entry("no uuid", uuid(1))], NOW)
    assert said == [Say(PAGE, "subtree", {"requestRecords": [uuid(1)]})]


def test_a_page_is_asked_again_now_and_then_and_when_it_does_not_answer() -> None:
    partner = asked()
    assert partner.deadline == NOW + ANSWER_SECONDS
    assert partner.ask(NOW) == []
    later = Monotonic(NOW + ANSWER_SECONDS)
    assert partner.tick(later) == []
    later = Monotonic(later + ASK_INTERVAL_SECONDS)
    assert partner.tick(later) == [ASKING]
    partner.hear_hashes([], later)
    assert partner.deadline == later + ASK_INTERVAL_SECONDS


def test_records_that_do_not_come_are_not_waited_for_for_ever() -> None:
    partner = asked()
    partner.hear_hashes([entry(*map(uuid, range(RECORDS_PER_REQUEST + 1)))], NOW)
    later = Monotonic(NOW + ANSWER_SECONDS)
    assert Say(PAGE, "subtree", {"requestRecords": [uuid(RECORDS_PER_REQUEST)]}) in partner.tick(later)


def test_the_root_is_told_to_who_lacks_something_until_it_asks() -> None:
    partner = asked(wanted=False)
    assert partner.tell_root("root", [uuid(1)], NOW) == [], "what it holds is not known"
    partner.hear_hashes([entry(uuid(1))], NOW)
    assert partner.tell_root("root", [uuid(1)], NOW) == []
    told = [Say(PAGE, "rootHash", {"merkleRoot": "root"})]
    assert partner.tell_root("root", [uuid(1), uuid(2)], NOW) == told
    assert partner.tell_root("root", [uuid(1), uuid(2)], NOW) == []
    assert partner.tell_root("root", [uuid(2)], Monotonic(NOW + ROOT_INTERVAL_SECONDS)) == told
    partner.note([uuid(2)])
    assert partner.tell_root("root", [uuid(2)], Monotonic(NOW + 5 * ROOT_INTERVAL_SECONDS)) == []


def test_what_a_page_is_said_to_hold_is_bounded() -> None:
    partner = asked(wanted=False)
    for start in range(0, 4 * RECORDS_HELD_MAX, RECORDS_HELD_MAX):
        partner.note([uuid(start + number) for number in range(RECORDS_HELD_MAX)])
    assert len(partner._holds) == 2 * RECORDS_HELD_MAX
    assert partner.deadline < NEVER
