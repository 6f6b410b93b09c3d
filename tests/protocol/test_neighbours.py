"""Strikes, and bans of keys and addresses, through a whole node."""

from collections.abc import Callable

import pytest

from peerset.core.limits import (
    BAN_SECONDS,
    LIVE_RECORD_BYTES_MIN,
    LIVE_WINDOW_BYTES,
    MESSAGE_BURST_MAX,
    OPEN_STABLE_SECONDS,
    PULL_TIMEOUT_SECONDS,
    REDIAL_MAX_SECONDS,
    ROUND_TIMEOUT_SECONDS,
    STRIKE_ADDRESS_PART,
    STRIKES_BANNED,
)
from peerset.core.message import Announce, Ping, Pong, Records
from peerset.core.signal import Offer, OfferId, Via
from peerset.protocol.effects import Effect, MakeAnswer, Verify
from peerset.protocol.events import (
    PeerJoined,
    StrikeCounted,
)
from peerset.protocol.inputs import (
    Closed,
    KeyBanned,
    OfferReceived,
    PlacesAllowed,
)
from peerset.protocol.strikes import WEIGHTS, Fault
from tests.protocol.pair import make_record
from tests.protocol.stranger import ADDRESS, Host, Stranger, farewells, told


def test_strikes_against_a_key_lead_to_a_ban_that_outlives_the_session() -> None:
    host = Host()
    stranger = Stranger(host, 2)
    states = []
    for _ in range(int(STRIKES_BANNED / WEIGHTS[Fault.MALFORMED])):
        stranger.establish()
        effects = stranger.say(Records(0, (b"no record",)))
        states += [strike.state for strike in told(effects, StrikeCounted)]
    assert states == ["warned", "warned", "warned", "banned"]
    assert farewells(effects, stranger.peer) == ["BANNED"]
    refused = Stranger(host, 2).establish()
    assert farewells(refused, stranger.peer) == ["BANNED"]
    assert told(refused, PeerJoined) == []
    host.wait(BAN_SECONDS)
    assert told(Stranger(host, 2).establish(), PeerJoined) != []


def test_a_ban_ends_every_session_of_the_key() -> None:
    host = Host()
    one, two = Stranger(host, 2), Stranger(host, 3)
    two.key = one.key
    one.establish()
    for _ in range(int(STRIKES_BANNED / WEIGHTS[Fault.MALFORMED])):
        two.establish()
        effects = two.say(Records(0, (b"no record",)))
    assert farewells(effects, one.peer) == ["BANNED"]
    assert farewells(effects, two.peer) == ["BANNED"]


def test_faults_before_the_proof_cost_a_channel_and_leave_the_others_of_that_address_alone() -> None:
    host = Host()
    vandal = Stranger(host, 2)
    for _ in range(5):
        vandal.open()
        effects = vandal.utter(b"bad")
        assert farewells(effects, vandal.peer) == ["FAULT"]
        (strike,) = told(effects, StrikeCounted)
        assert (strike.key, strike.state, strike.address) == (None, "clear", "")
    assert told(Stranger(host, 3).establish(), PeerJoined) != []
    assert host.node.saved_strikes(host.now) == ()


def test_who_breaks_the_rules_before_its_proof_rests_however_its_channel_ends() -> None:
    host = Host()
    vandal = Stranger(host, 2)
    vandal.open()
    host.wait(OPEN_STABLE_SECONDS)
    vandal.utter(b"bad")
    host.feed(Closed(vandal.peer, "gone"))
    offer = OfferReceived(vandal.peer, Offer(OfferId("again"), "sdp"), Via("tracker"))
    assert not any(isinstance(effect, MakeAnswer) for effect in host.feed(offer))
    host.wait(REDIAL_MAX_SECONDS)
    assert any(isinstance(effect, MakeAnswer) for effect in host.feed(offer))


Deed = Callable[[Stranger], list[Effect]]


def forge(stranger: Stranger) -> list[Effect]:
    spoiled = bytearray(make_record().wire)
    spoiled[-1] ^= 1
    return stranger.say(Records(0, (bytes(spoiled),)))


def be_malformed(stranger: Stranger) -> list[Effect]:
    return stranger.utter(b"garbage")


def announce_and_keep_silent(stranger: Stranger) -> list[Effect]:
    stranger.say(Announce((b"nothing!",)))
    return stranger.host.wait(PULL_TIMEOUT_SECONDS)


def leave_the_round(stranger: Stranger) -> list[Effect]:
    # It answers heartbeats, so that it does not count as dead.
    stranger.host.wait(ROUND_TIMEOUT_SECONDS / 2)
    stranger.say(Pong(0))
    return stranger.host.wait(ROUND_TIMEOUT_SECONDS / 2)


def flood_with_messages(stranger: Stranger) -> list[Effect]:
    return stranger.say(*(Ping(number) for number in range(MESSAGE_BURST_MAX)))


def flood_with_records(stranger: Stranger) -> list[Effect]:
    stranger.host.unanswered.add(Verify)
    blobs = [make_record(number).wire for number in range(LIVE_WINDOW_BYTES // LIVE_RECORD_BYTES_MIN + 1)]
    return stranger.say(Records(0, tuple(blobs)))


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        (forge, "a signature is not its author's"),
        (be_malformed, "not a msgpack array"),
        (flood_with_messages, "messages a second"),
        (flood_with_records, "more than was granted"),
    ],
)
def test_a_fault_is_told_with_its_reason_and_counted_against_key_and_address(deed: Deed, reason: str) -> None:
    host = Host()
    # The smaller nonce opens the first round, which it is then for the other to answer.
    stranger = next(each for each in (Stranger(host, number) for number in range(2, 99)) if answers(each))
    (strike,) = told(deed(stranger), StrikeCounted)
    assert reason in strike.reason
    assert (strike.key, strike.address) == (stranger.key.public_key, ADDRESS)


@pytest.mark.parametrize("deed", [announce_and_keep_silent, leave_the_round])
def test_what_loss_or_load_can_cause_is_no_fault(deed: Deed) -> None:
    host = Host()
    stranger = next(each for each in (Stranger(host, number) for number in range(2, 99)) if answers(each))
    assert told(deed(stranger), StrikeCounted) == []


def answers(stranger: Stranger) -> bool:
    stranger.establish()
    return not stranger.is_initiator


def disgrace(stranger: Stranger) -> list[Effect]:
    """Let *stranger* do what bans its key."""
    effects: list[Effect] = []
    for _ in range(int(STRIKES_BANNED / WEIGHTS[Fault.MALFORMED])):
        stranger.establish()
        effects = stranger.say(Records(0, (b"no record",)))
    return effects


def test_fresh_keys_from_one_address_are_in_the_end_refused_with_it() -> None:
    host = Host()
    witness, stranger = Stranger(host, 40), Stranger(host, 41)
    witness.establish()
    for number in range(2, 2 + round(1 / STRIKE_ADDRESS_PART)):
        stranger.open()
        effects = disgrace(Stranger(host, number))
    (strike,) = told(effects, StrikeCounted)
    assert (strike.state, strike.address) == ("banned", ADDRESS)
    assert farewells(effects, stranger.peer) == ["BANNED"]
    assert farewells(effects, witness.peer) == []
    late = Stranger(host, 50)
    assert farewells(late.open(), late.peer) == ["BANNED"]


def test_the_address_of_a_relay_is_held_against_nobody() -> None:
    host = Host()
    for number in range(2, 12):
        effects = disgrace(Stranger(host, number, route="relayed"))
        assert [strike.address for strike in told(effects, StrikeCounted)] == [""]
    late = Stranger(host, 50)
    assert farewells(late.open(), late.peer) == []


# What the user decides.


def test_a_key_that_the_user_bans_is_sent_away_now_and_refused_later() -> None:
    host = Host()
    stranger, other = Stranger(host, 2), Stranger(host, 3)
    stranger.establish()
    other.establish()
    effects = host.feed(KeyBanned(stranger.key.public_key, 60.0))
    assert farewells(effects, stranger.peer) == ["BANNED"]
    assert farewells(effects, other.peer) == []
    host.feed(Closed(stranger.peer, "gone"))
    assert farewells(stranger.establish(), stranger.peer) == ["BANNED"]


def test_a_ban_that_the_user_lifts_is_over() -> None:
    host = Host()
    stranger = Stranger(host, 2)
    host.feed(KeyBanned(stranger.key.public_key, 60.0))
    host.feed(KeyBanned(stranger.key.public_key, 0.0))
    assert told(stranger.establish(), PeerJoined) != []
    assert farewells(host.feed(KeyBanned(stranger.key.public_key, 0.0)), stranger.peer) == []


def test_a_ban_of_a_network_address_ends_its_sessions_and_refuses_the_next() -> None:
    host = Host()
    stranger = Stranger(host, 2)
    stranger.establish()
    assert farewells(host.feed(KeyBanned(ADDRESS, 60.0)), stranger.peer) == ["BANNED"]
    assert farewells(Stranger(host, 3).open(), Stranger(host, 3).peer) == ["BANNED"]


def test_of_more_neighbours_than_the_user_wants_the_least_useful_are_sent_away() -> None:
    host = Host()
    strangers = [Stranger(host, number) for number in range(2, 6)]
    for stranger in strangers:
        stranger.establish()
    effects = host.feed(PlacesAllowed(1))
    gone = [stranger for stranger in strangers if farewells(effects, stranger.peer) == ["FULL"]]
    assert len(gone) == 3
    [places] = [budget for budget in host.node.health(host.now).budgets if budget.name == "places"]
    assert (places.limit, places.count, places.since is not None) == (1, 3, True)
    for stranger in gone:
        host.feed(Closed(stranger.peer, "gone"))
    # Who comes then takes the place of nobody, and is at no fault.
    late = Stranger(host, 9)
    assert farewells(late.establish(), late.peer) == ["FULL"]
    host.feed(Closed(late.peer, "gone"))
    host.feed(PlacesAllowed(2))
    assert farewells(late.establish(), late.peer) == []


def test_a_ban_outlives_the_node_and_ends_by_itself() -> None:
    first, second = Host(), Host()
    stranger = Stranger(second, 2)
    first.feed(KeyBanned(stranger.key.public_key, 60.0))
    second.node.restore_strikes(first.node.saved_strikes(first.now), second.now)
    assert farewells(stranger.establish(), stranger.peer) == ["BANNED"]
    second.feed(Closed(stranger.peer, "gone"))
    second.wait(61.0)
    assert second.node.saved_strikes(second.now) == ()
    assert told(stranger.establish(), PeerJoined) != []
