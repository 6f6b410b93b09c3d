"""What clients of a relay say."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.errors import WireError
from peerset.faces import relay_wire
from peerset.faces.facade import Fate, Outcome
from peerset.faces.relay_wire import Ask, Close, Count, Prove, Publish, decode

JSON = st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.lists(inner), max_leaves=5)


def test_what_clients_say_is_read() -> None:
    assert decode('["EVENT",{"id":"a"}]') == Publish({"id": "a"})
    assert decode('["REQ","a",{},{"limit":1}]') == Ask("a", [{}, {"limit": 1}])
    assert decode('["COUNT","a",{}]') == Count("a", [{}])
    assert decode('["CLOSE","a"]') == Close("a")
    assert decode('["AUTH",{}]') == Prove({})


@given(st.text() | JSON.map(json.dumps) | st.lists(JSON).map(lambda rest: json.dumps(["REQ", *rest])))
def test_whatever_comes_is_a_message_or_refused(text: str) -> None:
    try:
        said = decode(text)
    except WireError:
        return
    assert isinstance(said, Ask)


@pytest.mark.parametrize("name", ["", "x" * 65])
def test_a_subscription_has_a_name_of_some_length(name: str) -> None:
    with pytest.raises(WireError, match="1 to 64 characters"):
        decode(json.dumps(["REQ", name, {}]))


def test_every_end_of_a_record_has_the_word_that_nostr_has_for_it() -> None:
    said = {outcome: json.loads(relay_wire.answer("id", Fate(outcome, "why"))) for outcome in Outcome}
    assert {outcome: message[2:] for outcome, message in said.items()} == {
        Outcome.TAKEN: [True, ""],
        Outcome.KNOWN: [True, "duplicate: it is here already"],
        Outcome.POSTPONED: [True, "why"],
        Outcome.INVALID: [False, "invalid: why"],
        Outcome.REFUSED: [False, "blocked: why"],
        Outcome.FAILED: [False, "error: why"],
    }
    assert json.loads(relay_wire.answer("id", Fate(Outcome.REFUSED, "too fast", "rate")))[3] == "rate-limited: too fast"
    assert json.loads(relay_wire.event("ü\ud800", '{"a":1}')) == ["EVENT", "ü\ud800", {"a": 1}]
