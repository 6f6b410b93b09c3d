from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.bridge.effects import BridgeEffect, Say, Take
from peerset.bridge.exchange import Exchange
from peerset.bridge.limits import (
    ENTRIES_MAX,
    GIVEN_BURST,
    PARTNERS_MAX,
    PATH_BYTES_MAX,
    QUESTIONS_BURST,
    RECORDS_HELD_MAX,
    RECORDS_IGNORED_MAX,
    RECORDS_PER_MESSAGE,
    ROOT_QUIET_SECONDS,
    UUIDS_PER_MESSAGE_MAX,
)
from peerset.bridge.original import Original
from peerset.core.action import Action
from peerset.core.clock import Monotonic
from peerset.core.signal import PeerId
from tests.bridge.test_original import ORIGINAL
from tests.bridge.test_partner import ASKING, NOW, PAGE, entry, uuid
from tests.transports.test_frames import json_values


def original(number: int) -> Original:
    return replace(ORIGINAL, uuid=uuid(number), hash=f"{number:064x}")


def subtree(**message: Any) -> Action:
    return Action("subtree", message)


QUESTION = subtree(requestSubtreeHashes={"path": "", "depth": 1})


def met(count: int = 0) -> Exchange:
    exchange = Exchange()
    exchange.hold(map(original, range(count)), NOW)
    assert exchange.meet(PAGE, NOW) == [ASKING]
    return exchange


def payload_of(effects: list[BridgeEffect]) -> Any:
    [effect] = effects
    assert isinstance(effect, Say)
    return effect.payload


def test_a_page_is_met_by_whatever_it_says_first() -> None:
    exchange = Exchange()
    root = Action("rootHash", {"merkleRoot": "ab" * 32})
    assert exchange.receive(PAGE, root, NOW) == [ASKING]
    assert exchange.partners == [PAGE]
    assert exchange.receive(PeerId("o" * 20), Action("chat", "hello"), NOW) == []
    exchange.part([])
    assert exchange.partners == []


def test_who_asks_is_told_of_all_it_lacks_in_one_answer() -> None:
    exchange = met(5)
    answered = payload_of(exchange.receive(PAGE, QUESTION, NOW))["subtreeHashes"]
    assert [(each["path"], each["hasChildren"]) for each in answered] == [("left", False), ("right", False)]
    assert [name for each in answered for name in each["uuids"]] == [uuid(number) for number in range(5)]
    exchange.receive(PAGE, subtree(subtreeHashes=[entry(*map(uuid, range(4)))]), NOW)
    answered = payload_of(exchange.receive(PAGE, QUESTION, NOW))["subtreeHashes"]
    assert [each["uuids"] for each in answered] == [[uuid(4)]]
    assert payload_of(exchange.receive(PAGE, subtree(requestSubtreeHashes={"path": "up", "depth": 1}), NOW)) == {
        "subtreeHashes": []
    }


def test_records_are_given_some_in_a_message() -> None:
    exchange = met(RECORDS_PER_MESSAGE + 1)
    wanted = subtree(requestRecords=[*map(uuid, range(RECORDS_PER_MESSAGE + 1)), uuid(10**6), 7, uuid(0)])
    first, second = exchange.receive(PAGE, wanted, NOW)
    assert isinstance(first, Say)
    assert isinstance(second, Say)
    assert isinstance(first.payload, dict)
    assert len(first.payload) == RECORDS_PER_MESSAGE
    assert second.payload == {uuid(RECORDS_PER_MESSAGE): original(RECORDS_PER_MESSAGE).write()}


def test_what_comes_is_saved_once_and_then_held() -> None:
    exchange = met()
    exchange.receive(PAGE, subtree(subtreeHashes=[entry(uuid(1), uuid(2))]), NOW)
    records = Action("fullRecord", {uuid(number): original(number).write() for number in (1, 2, 3)})
    [take] = exchange.receive(PAGE, records, NOW)
    assert take == Take(PAGE, (original(1), original(2)), ())
    assert exchange.settle(PAGE, [original(1)], [uuid(2)], NOW) == []
    assert (exchange.has(uuid(1)), exchange.has(uuid(2)), exchange.held) == (True, False, 1)
    # Neither is asked for again.
    assert exchange.receive(PAGE, subtree(subtreeHashes=[entry(uuid(1), uuid(2))]), NOW) == []
    exchange.part([])
    exchange.meet(PAGE, NOW)
    assert exchange.receive(PAGE, subtree(subtreeHashes=[entry(uuid(1), uuid(2))]), NOW) == []


def test_a_root_is_told_two_seconds_after_the_last_record() -> None:
    exchange = met()
    exchange.receive(PAGE, subtree(subtreeHashes=[]), NOW)
    exchange.hold([original(1)], NOW)
    assert exchange.deadline == NOW + ROOT_QUIET_SECONDS
    assert exchange.tick(Monotonic(NOW + 1)) == []
    told = Say(PAGE, "rootHash", {"merkleRoot": exchange.tree.root})
    assert exchange.tick(Monotonic(NOW + ROOT_QUIET_SECONDS)) == [told]


def test_a_root_that_differs_makes_us_ask() -> None:
    exchange = met(1)
    exchange.receive(PAGE, subtree(subtreeHashes=[entry(uuid(0))]), NOW)
    assert exchange.receive(PAGE, Action("rootHash", {"merkleRoot": exchange.tree.root}), NOW) == []
    assert exchange.receive(PAGE, Action("rootHash", {"merkleRoot": "other"}), NOW) == [ASKING]


def test_what_is_dropped_is_given_to_nobody_and_not_asked_for() -> None:
    exchange = met(2)
    exchange.drop(uuid(0))
    exchange.drop(uuid(7))
    assert exchange.receive(PAGE, subtree(requestRecords=[uuid(0)]), NOW) == []
    assert exchange.receive(PAGE, subtree(subtreeHashes=[entry(uuid(0), uuid(1))]), NOW) == []


def test_what_is_held_and_ignored_is_bounded() -> None:
    exchange = met()
    exchange.hold(map(original, range(RECORDS_HELD_MAX + 10)), NOW)
    exchange.settle(PAGE, [], map(uuid, range(10**9, 10**9 + RECORDS_IGNORED_MAX + 10)), NOW)
    assert exchange.held == RECORDS_HELD_MAX
    assert len(exchange._ignored) == RECORDS_IGNORED_MAX
    assert exchange.receive(PAGE, subtree(subtreeHashes=[entry(uuid(10**10))]), NOW) == []
    answered = payload_of(exchange.receive(PAGE, QUESTION, NOW))["subtreeHashes"]
    assert sum(len(each["uuids"]) for each in answered) <= UUIDS_PER_MESSAGE_MAX


def test_what_one_page_can_make_us_do_is_bounded() -> None:
    exchange = met(10)
    answered = [exchange.receive(PAGE, QUESTION, NOW) for _ in range(int(QUESTIONS_BURST) + 5)]
    assert [bool(effects) for effects in answered] == [True] * int(QUESTIONS_BURST) + [False] * 5
    wanted = subtree(requestRecords=[*map(uuid, range(10))])
    given = [exchange.receive(PAGE, wanted, NOW) for _ in range(int(GIVEN_BURST) // 10 + 1)]
    assert given[-2] != []
    assert given[-1] == []
    far = subtree(requestSubtreeHashes={"path": "left." * PATH_BYTES_MAX, "depth": 1})
    assert exchange.receive(PAGE, far, Monotonic(NOW + 100)) == []


def test_pages_are_few() -> None:
    exchange = met()
    for number in range(PARTNERS_MAX):
        exchange.meet(PeerId(f"{number:020}"), NOW)
    assert len(exchange.partners) == PARTNERS_MAX
    assert exchange.receive(PeerId("z" * 20), QUESTION, NOW) == []


@pytest.mark.parametrize("name", ["rootHash", "subtree", "fullRecord"])
@given(payload=json_values | st.binary(max_size=20))
def test_any_payload_is_survived(name: str, payload: Any) -> None:
    for effect in met(3).receive(PAGE, Action(name, payload), NOW):
        assert isinstance(effect, Say)


@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "requestSubtreeHashes": st.fixed_dictionaries({"path": st.text(max_size=12), "depth": json_values}),
                "subtreeHashes": st.lists(
                    st.fixed_dictionaries(
                        {"path": st.text(max_size=8), "uuids": st.lists(st.just(uuid(1)) | json_values, max_size=3)},
                        optional={"hasChildren": st.booleans(), "hash": json_values},
                    ),
                    max_size=3,
                ),
                "requestRecords": st.lists(st.just(uuid(1)) | json_values, max_size=3),
            },
        ),
        max_size=6,
    )
)
def test_any_messages_are_survived(messages: list[Any]) -> None:
    exchange = met(3)
    for message in messages:
        exchange.receive(PAGE, Action("subtree", message), NOW)
    assert exchange.held == 3


def test_long_answers_are_read_in_part() -> None:
    exchange = met()
    entries = [entry(uuid(number)) for number in range(ENTRIES_MAX + 1)]
    exchange.receive(PAGE, subtree(subtreeHashes=entries), NOW)
    partner = exchange._partners[PAGE]
    assert partner.holds(uuid(ENTRIES_MAX - 1))
    assert not partner.holds(uuid(ENTRIES_MAX))
