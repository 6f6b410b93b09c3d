"""The node among its peers: who is let in, who is sent away, and what it costs the others."""

import pytest

from peerset.core.action import Action
from peerset.core.limits import (
    ANNOUNCE_DELAY_SECONDS,
    CLOCK_SKEW_SECONDS_NOTED,
    FOREIGN_PEERS_MAX,
    HALF_OPEN_SESSIONS_MAX,
    HELLO_TIMEOUT_SECONDS,
    PUSH_DELAY_SECONDS,
)
from peerset.core.message import Announce, Goodbye, GoodbyeReason, Hello, Ping, Pong, Records, Root, Unknown
from peerset.core.signal import Offer, OfferId, PeerId, Via
from peerset.protocol.effects import Announce as AnnounceOffers
from peerset.protocol.effects import Disconnect, DropOffers, Effect, Expire, MakeOffers, Send
from peerset.protocol.events import (
    ActionReceived,
    ClockSkewed,
    ForeignPeerJoined,
    ForeignPeerLeft,
    PeerJoined,
    PeerLeft,
    StrikeCounted,
)
from peerset.protocol.inputs import (
    AnswerMade,
    Closed,
    DialFailed,
    Faulted,
    Input,
    Left,
    Loaded,
    OfferReceived,
    OffersMade,
    Published,
    Received,
)
from tests.protocol.messages import EXAMPLES
from tests.protocol.pair import make_record
from tests.protocol.stranger import Host, Stranger, farewells, said, told

NOBODY = PeerId("0000nobody")


def test_a_proven_peer_has_joined_and_one_that_is_gone_has_left() -> None:
    host = Host()
    stranger = Stranger(host, 2)
    assert told(stranger.establish(), PeerJoined) == [PeerJoined(stranger.peer, stranger.key.public_key)]
    left = told(host.feed(Closed(stranger.peer, "gone")), PeerLeft)
    assert left == [PeerLeft(stranger.peer, stranger.key.public_key, "gone")]
    assert host.node.peers == []


def test_a_channel_that_proved_nothing_comes_and_goes_unseen() -> None:
    host = Host()
    stranger = Stranger(host, 2)
    stranger.open()
    assert told(host.feed(Closed(stranger.peer, "gone")), PeerLeft) == []


def test_a_start_collects_what_grew_old_and_prepares_offers() -> None:
    host = Host(is_started=False)
    assert [type(effect) for effect in host.node.start(host.now)] == [Expire, MakeOffers]


# What peers do wrong.


@pytest.mark.parametrize("data", [b"", b"garbage", b"\x91\x3f", b"\xff" * 100], ids=["none", "text", "type", "ff"])
def test_bytes_that_are_no_message_are_a_strike_and_end_the_session(data: bytes) -> None:
    host = Host()
    stranger = Stranger(host, 2)
    stranger.establish()
    effects = stranger.utter(data)
    (strike,) = told(effects, StrikeCounted)
    assert (strike.peer, strike.key, strike.state) == (stranger.peer, stranger.key.public_key, "warned")
    assert farewells(effects, stranger.peer) == ["FAULT"]
    assert stranger.utter(data) == []


def test_an_extension_that_we_do_not_know_is_no_fault() -> None:
    host = Host()
    stranger = Stranger(host, 2)
    stranger.establish()
    assert stranger.utter(b"\x93\x7f\xa3abc\x01") == []


def test_a_peer_that_breaks_the_transports_rules_is_struck_and_sent_away() -> None:
    host = Host()
    stranger = Stranger(host, 2)
    stranger.establish()
    effects = host.feed(Faulted(stranger.peer, "an endless message"))
    assert [strike.reason for strike in told(effects, StrikeCounted)] == ["an endless message"]
    assert farewells(effects, stranger.peer) == ["FAULT"]


def test_an_illegal_answer_is_told_but_counts_against_nobody_known() -> None:
    effects = Host().feed(DialFailed(NOBODY, "two fingerprints", is_fault=True))
    assert told(effects, StrikeCounted) == [StrikeCounted(NOBODY, None, "two fingerprints", "clear")]
    assert Host().feed(DialFailed(NOBODY, "out of reach")) == []


@pytest.mark.parametrize(
    "event",
    [
        Received(NOBODY, b"garbage"),
        Faulted(NOBODY, "an endless message"),
        Loaded(NOBODY, 1, ()),
        Closed(NOBODY, "gone"),
    ],
    ids=lambda event: type(event).__name__,
)
def test_what_is_said_of_an_unknown_peer_is_ignored(event: Input) -> None:
    assert Host().feed(event) == []


def test_records_read_for_a_peer_that_has_not_proven_itself_go_nowhere() -> None:
    host = Host()
    stranger = Stranger(host, 2)
    stranger.open()
    assert host.feed(Loaded(stranger.peer, 1, (b"blob",))) == []


@pytest.mark.parametrize("kind", [kind for kind in EXAMPLES if kind not in (Hello, Goodbye)])
def test_before_the_proof_nothing_but_hello_and_goodbye_is_taken(kind: type) -> None:
    host = Host()
    stranger = Stranger(host, 2)
    stranger.open()
    effects = stranger.utter(b"\x91\x40") if kind is Unknown else stranger.say(EXAMPLES[kind])
    assert farewells(effects, stranger.peer) == ["FAULT"]
    assert told(effects, StrikeCounted)[0].key is None


def test_leaving_says_goodbye_to_all_and_lets_nobody_in() -> None:
    host = Host()
    strangers = [Stranger(host, number) for number in (2, 3)]
    for stranger in strangers:
        stranger.establish()
    effects = host.feed(Left())
    assert [farewells(effects, stranger.peer) for stranger in strangers] == [["LEAVING"], ["LEAVING"]]
    late = Stranger(host, 4)
    assert farewells(late.open(), late.peer) == ["LEAVING"]


def test_after_leaving_signals_are_ignored_and_late_offers_dropped() -> None:
    host = Host()
    host.feed(Left())
    offer = Offer(OfferId("o" * 20), "sdp")
    assert host.feed(OfferReceived(NOBODY, offer, Via("tracker"))) == []
    assert host.feed(AnswerMade(NOBODY, None)) == []
    assert host.feed(OffersMade((offer,))) == [DropOffers((offer.id,))]


# Bounds.


def test_only_so_many_sessions_may_be_half_open() -> None:
    host = Host()
    for number in range(2, 2 + HALF_OPEN_SESSIONS_MAX):
        Stranger(host, number).open()
    late = Stranger(host, 99)
    assert farewells(late.open(), late.peer) == ["FULL"]
    host.wait(HELLO_TIMEOUT_SECONDS)
    assert told(Stranger(host, 98).establish(), PeerJoined) != []


def test_only_so_many_peers_of_other_applications_are_kept() -> None:
    host = Host()
    sent_away: list[Effect] = []
    for number in range(FOREIGN_PEERS_MAX + 1):
        Stranger(host, 2 + number).open()
        if number % HALF_OPEN_SESSIONS_MAX == 0:
            sent_away += host.wait(HELLO_TIMEOUT_SECONDS)
    assert [effect for effect in sent_away if isinstance(effect, Disconnect)] == [
        Disconnect(PeerId(f"0000{2 + FOREIGN_PEERS_MAX:016}"), "too many peers of other applications")
    ]


def test_a_peer_that_connects_and_says_nothing_costs_others_nothing() -> None:
    host = Host()
    silent, other = Stranger(host, 2), Stranger(host, 3)
    silent.open()
    other.establish()
    effects = other.say(Records(0, (make_record(1).wire,)))
    effects += host.wait(ANNOUNCE_DELAY_SECONDS)
    assert len(host.disk) == 1
    assert not any(isinstance(effect, Send) and effect.peer == silent.peer for effect in effects)
    other.settle()
    assert host.node.is_quiet
    effects = host.wait(HELLO_TIMEOUT_SECONDS)
    assert not any(isinstance(effect, Send | Disconnect) and effect.peer == silent.peer for effect in effects)
    assert [status.state for status in host.node.peers] == ["foreign", "established"]


def test_a_peer_of_another_application_is_told_of_when_it_comes_and_goes() -> None:
    host = Host()
    silent = Stranger(host, 2)
    silent.open()
    assert told(host.wait(HELLO_TIMEOUT_SECONDS), ForeignPeerJoined) == [ForeignPeerJoined(silent.peer)]
    gone = host.feed(Closed(silent.peer, "closed the page"))
    assert told(gone, ForeignPeerLeft) == [ForeignPeerLeft(silent.peer, "closed the page")]


# Channels that are opened again.


def test_a_new_channel_of_a_peer_replaces_its_old_session() -> None:
    host = Host()
    stranger = Stranger(host, 2)
    stranger.establish()
    effects = stranger.establish()
    assert told(effects, PeerJoined) == [PeerJoined(stranger.peer, stranger.key.public_key)]
    assert len(host.node.peers) == 1
    effects = stranger.open()
    assert [left.reason for left in told(effects, PeerLeft)] == ["the peer opened a new channel"]
    assert len(said(effects, stranger.peer, Hello)) == 1


# Everyday life.


def test_actions_of_applications_pass_through() -> None:
    host = Host()
    event = ActionReceived(NOBODY, Action("chat", "hi"))
    assert told(host.feed(event), ActionReceived) == [event]


def test_a_ping_is_answered_and_goes_no_further() -> None:
    host = Host()
    stranger = Stranger(host, 2)
    stranger.establish()
    assert stranger.say(Ping(5)) == [Send(stranger.peer, Pong(5))]


def test_a_goodbye_ends_the_session_without_a_word() -> None:
    host = Host()
    stranger = Stranger(host, 2)
    stranger.establish()
    effects = stranger.say(Goodbye(GoodbyeReason.LEAVING, "see you"))
    assert effects == [Disconnect(stranger.peer, "goodbye: leaving see you")]
    assert stranger.say(Announce((b"a" * 8,))) == []


def test_a_clock_that_two_peers_contradict_is_told() -> None:
    host = Host()
    ahead = CLOCK_SKEW_SECONDS_NOTED + 30
    Stranger(host, 2, ahead_seconds=ahead).establish()
    effects = Stranger(host, 3, ahead_seconds=ahead).establish()
    assert told(effects, ClockSkewed) == [ClockSkewed(-ahead, 2, is_ours=True)]


def test_the_peer_with_the_smaller_nonce_opens_the_first_round() -> None:
    for number in range(2, 8):
        host = Host()
        stranger = Stranger(host, number)
        roots = said(stranger.establish(), stranger.peer, Root)
        assert len(roots) == (0 if stranger.is_initiator else 1)


def test_the_deadline_is_that_of_whoever_waits_least() -> None:
    host = Host(is_started=False)
    assert host.node.deadline is None
    host.node.start(host.now)
    # The first collection and the first offers are under way: nothing is due before they are done.
    assert host.node.deadline is None
    Stranger(host, 2).open()
    host.feed(Published((make_record(1),)))
    assert host.node.deadline == host.now.monotonic + HELLO_TIMEOUT_SECONDS
    Stranger(host, 3).establish()
    host.feed(Published((make_record(2),)), Published((make_record(3),)))
    assert host.node.deadline == host.now.monotonic + PUSH_DELAY_SECONDS


def test_offers_that_are_ready_are_announced() -> None:
    host = Host()
    offer = Offer(OfferId("o" * 20), "sdp")
    assert AnnounceOffers((offer,)) in host.feed(OffersMade((offer,)))
