"""Whom a peer asks for introductions, whom it calls by a neighbour, and what it takes of what is passed on to it."""

import itertools
import json
import random
from pathlib import Path
from typing import Final

import pytest

from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.keys import PublicKey, SecretKey
from peerset.core.limits import (
    INTRODUCED_KEYS_MAX,
    INTRODUCED_PER_CHOSEN,
    INTRODUCED_PER_MINUTE,
    INTRODUCTIONS_PER_MINUTE,
    NEIGHBOURS_CHOSEN,
    NEIGHBOURS_INTERVAL_SECONDS,
    SDP_BYTES_MAX,
    SEEK_INTERVAL_MAX_SECONDS,
    SEEK_TIMEOUT_SECONDS,
)
from peerset.core.message import Introduce, Message, Neighbours, Seek
from peerset.core.sealed import seal
from peerset.core.signal import Answer, Offer, OfferId, PeerId, by_neighbour
from peerset.protocol.effects import Dial, Errand, Send, SendAnswer, SendOffer, Signalled
from peerset.protocol.inputs import AnswerReceived, OfferReceived
from peerset.protocol.introductions import CALLS_AT_ONCE, TRANSITIONS, AskChange, AskState, Introductions
from tests.protocol.pair import ROOM, key

SEALED: Final = json.loads((Path(__file__).parents[1] / "vectors" / "sealed.json").read_text("utf-8"))["sealed"]
OWN, FRIEND, OTHER = (PeerId(letter * 20) for letter in "ofs")
OFFER = Offer(OfferId("q" * 20), "v=0")


def at(seconds: float) -> Moment:
    return Moment(Monotonic(1_000.0 + seconds), UnixTime(1_790_000_000))


def stranger(number: int) -> PeerId:
    return PeerId(f"{number:020}")


class Dialer:
    """Lacks what a test says, and may call whom it does not know."""

    def __init__(self, missing: int = 8, *, is_calling: bool = True) -> None:
        self.lacks = missing
        self.is_calling = is_calling
        self.known: set[PeerId] = {OWN, FRIEND, OTHER}
        self.useful: set[PeerId] = set()

    def missing(self, now: Moment) -> int:
        return self.lacks

    def may_call(self, peer: PeerId, now: Moment) -> bool:
        return peer not in self.known

    def is_useful(self, peer: PeerId, now: Moment) -> bool:
        return peer in self.useful


def make(dialer: Dialer | None = None, *, own: PeerId = OWN, secret: SecretKey | None = None) -> Introductions:
    return Introductions(own, secret or key(1), ROOM.tag, dialer=dialer or Dialer(), rng=random.Random(1))


def named(*numbers: int) -> Neighbours:
    return Neighbours(b"".join(stranger(number).encode() + key(number + 1).public_key for number in numbers))


def sends(errands: list[Errand]) -> list[tuple[PeerId, type[Message]]]:
    return [(errand.peer, type(errand.message)) for errand in errands if isinstance(errand, Send)]


def dialed(errands: list[Errand]) -> list[PeerId]:
    return [peer for errand in errands if isinstance(errand, Dial) for peer, _ in errand.callees]


def sealed(text: bytes, *, source: int = 5, to: PublicKey | None = None) -> Introduce:
    own, other = OWN.encode(), stranger(source).encode()
    data = seal(text, key(source), to or key(1).public_key, context=ROOM.tag + other + own, salt=bytes(16))
    return Introduce(own, other, data)


def offered(text: bytes = b"\0\x04offrsdp") -> Introduce:
    return sealed(text)


@pytest.mark.parametrize(("state", "change"), list(itertools.product(AskState, AskChange)))
def test_the_table_has_one_way_round(state: AskState, change: AskChange) -> None:
    ways = {AskChange.ASK: AskState.FRESH, AskChange.WAKE: AskState.RESTING}
    assert ((state, change) in TRANSITIONS) == (ways.get(change, AskState.ASKED) is state)


def test_a_new_neighbour_is_asked_at_once_if_others_are_lacking() -> None:
    assert make().join(FRIEND, key(2).public_key, at(0)) == [Send(FRIEND, Seek())]
    assert make(Dialer(0)).join(FRIEND, key(2).public_key, at(0)) == []


def test_a_neighbour_that_never_answers_is_asked_again_later_and_later() -> None:
    introductions = make()
    introductions.join(FRIEND, key(2).public_key, at(0))
    asked = [second for second in range(1, 3_000) if introductions.tick(at(second))]
    pauses = [after - before for before, after in itertools.pairwise([0, *asked])]
    assert pauses[0] == SEEK_TIMEOUT_SECONDS + NEIGHBOURS_INTERVAL_SECONDS
    assert max(pauses) <= SEEK_TIMEOUT_SECONDS + SEEK_INTERVAL_MAX_SECONDS


def test_a_neighbour_that_says_nothing_new_is_asked_more_and_more_seldom_until_one_leaves() -> None:
    introductions = make()
    for peer in (FRIEND, OTHER):
        introductions.join(peer, key(2).public_key, at(0))
    asked = []
    for second in range(3_000):
        for errand in introductions.tick(at(second)):
            assert isinstance(errand, Send)
            introductions.receive(errand.peer, Neighbours(b""), at(second))
            asked += [second] if errand.peer == FRIEND else []
    pauses = [after - before for before, after in itertools.pairwise(asked)]
    assert pauses == sorted(pauses)
    assert max(pauses) == SEEK_INTERVAL_MAX_SECONDS
    introductions.leave(OTHER, at(3_000))
    assert any(sends(introductions.tick(at(3_000 + second))) for second in range(40))


def test_a_neighbour_that_is_the_only_one_is_asked_as_often_though_it_says_nothing_new() -> None:
    introductions = make()
    introductions.join(FRIEND, key(2).public_key, at(0))
    introductions.receive(FRIEND, Neighbours(b""), at(0))
    for turn in range(1, 20):
        assert sends(introductions.tick(at(turn * NEIGHBOURS_INTERVAL_SECONDS))) == [(FRIEND, Seek)]
        introductions.receive(FRIEND, Neighbours(b""), at(turn * NEIGHBOURS_INTERVAL_SECONDS))


def test_those_that_are_named_first_are_called_one_more_than_are_lacking() -> None:
    dialer = Dialer(2)
    introductions = make(dialer)
    introductions.join(FRIEND, key(2).public_key, at(0))
    assert dialed(introductions.receive(FRIEND, named(7, 3, 5, 1), at(0))) == [stranger(7), stranger(3), stranger(5)]

    introductions.join(OTHER, key(3).public_key, at(1))
    dialer.lacks = 0
    assert dialed(introductions.receive(OTHER, named(9, 8), at(1))) == []


def test_of_neighbours_that_are_good_for_something_only_these_are_asked() -> None:
    dialer = Dialer(0)
    introductions = make(dialer)
    for peer in (FRIEND, OTHER):
        introductions.join(peer, key(2).public_key, at(0))
    dialer.lacks, dialer.useful = 3, {OTHER}
    assert sends(introductions.tick(at(40))) == [(OTHER, Seek)]


def test_nobody_is_asked_where_nobody_dials() -> None:
    introductions = make(Dialer(is_calling=False))
    assert introductions.join(FRIEND, key(2).public_key, at(0)) == []
    introductions.leave(FRIEND, at(1))
    assert introductions.deadline is None


def test_one_neighbour_brings_at_most_half_of_those_that_are_looked_for() -> None:
    introductions = make()
    introductions.join(FRIEND, key(2).public_key, at(0))
    first = dialed(introductions.receive(FRIEND, named(*range(10)), at(0)))
    assert len(first) == CALLS_AT_ONCE == NEIGHBOURS_CHOSEN // INTRODUCED_PER_CHOSEN
    for peer in first:
        introductions.join(peer, key(3).public_key, at(1))
    introductions.tick(at(40))
    assert dialed(introductions.receive(FRIEND, named(*range(10, 20)), at(40))) == []


def test_by_one_neighbour_only_so_many_are_called_in_a_minute() -> None:
    introductions = make()
    introductions.join(FRIEND, key(2).public_key, at(0))
    called = 0
    for second in range(600):
        introductions.tick(at(second))
        called += len(dialed(introductions.receive(FRIEND, named(*range(second, second + 10)), at(second))))
    assert called <= CALLS_AT_ONCE + 10 * INTRODUCED_PER_MINUTE


def test_only_who_can_be_called_is_and_an_answer_that_nobody_asked_for_is_ignored() -> None:
    dialer = Dialer(8)
    dialer.known.add(stranger(2))
    introductions = make(dialer)
    assert introductions.receive(FRIEND, named(1), at(0)) == []
    introductions.join(FRIEND, key(2).public_key, at(0))
    noise = b"?" * 20 + key(9).public_key + stranger(3).encode() + b"\xff" * 32 + b"cut off"
    assert dialed(introductions.receive(FRIEND, Neighbours(named(1, 2).peers + noise), at(0))) == [stranger(1)]
    assert introductions.receive(FRIEND, named(4), at(1)) == []


def test_an_offer_of_ours_reaches_whom_it_is_for_and_the_answer_comes_back_the_same_way() -> None:
    ours, theirs = make(), make(own=stranger(4), secret=key(5))
    ours.join(FRIEND, key(2).public_key, at(0))
    ours.receive(FRIEND, named(4), at(0))
    theirs.join(FRIEND, key(2).public_key, at(0))
    [call] = ours.carry(SendOffer(stranger(4), OFFER, by_neighbour(FRIEND)), at(1))
    assert isinstance(call, Send)
    assert isinstance(call.message, Introduce)
    assert b"v=0" not in call.message.sealed
    heard = theirs.receive(FRIEND, call.message, at(1))
    assert heard == [Signalled(OfferReceived(OWN, OFFER, by_neighbour(FRIEND)))]
    answer = Answer(OFFER.id, "an answer")
    [reply] = theirs.carry(SendAnswer(OWN, answer, by_neighbour(FRIEND)), at(2))
    assert isinstance(reply, Send)
    assert isinstance(reply.message, Introduce)
    back = ours.receive(FRIEND, reply.message, at(2))
    assert back == [Signalled(AnswerReceived(stranger(4), answer, by_neighbour(FRIEND)))]


@pytest.mark.parametrize(
    ("name", "signal"),
    [
        ("an offer", Offer(OfferId("offr"), "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n")),
        ("an answer in two scripts", Answer(OfferId("offr"), "später 再见")),
    ],
)
def test_what_the_vectors_hold_is_read(name: str, signal: Offer | Answer) -> None:
    [case] = (case for case in SEALED if case["name"] == name)
    context = bytes.fromhex(case["context"])
    source, to = context[16:36], context[36:]
    introductions = make(own=PeerId(to.decode()), secret=SecretKey(bytes.fromhex(case["to"])))
    introductions.join(FRIEND, key(2).public_key, at(0))
    heard = introductions.receive(FRIEND, Introduce(to, source, bytes.fromhex(case["sealed"])), at(0))
    peer, via = PeerId(source.decode()), by_neighbour(FRIEND)
    told = OfferReceived(peer, signal, via) if isinstance(signal, Offer) else AnswerReceived(peer, signal, via)
    assert heard == [Signalled(told)]


def test_nothing_is_sent_by_a_neighbour_that_is_gone_or_to_who_is_not_known() -> None:
    introductions = make()
    introductions.join(FRIEND, key(2).public_key, at(0))
    assert introductions.carry(SendOffer(stranger(4), OFFER, by_neighbour(FRIEND)), at(1)) == []
    introductions.receive(FRIEND, named(4), at(0))
    introductions.leave(FRIEND, at(1))
    assert introductions.carry(SendOffer(stranger(4), OFFER, by_neighbour(FRIEND)), at(1)) == []


@pytest.mark.parametrize(
    "message",
    [
        offered(b""),
        offered(b"\x02\x04offrsdp"),
        offered(b"\0\0sdp"),
        offered(b"\0\x04of"),
        offered(b"\0\x04of!rsdp"),
        offered(b"\0\x04offr\xff"),
        offered(b"\0\x21" + b"o" * 33 + b"sdp"),
        offered(b"\0\x04offr" + b"x" * (SDP_BYTES_MAX + 1)),
        sealed(b"\0\x04offrsdp", to=key(8).public_key),
        Introduce(OWN.encode(), b"?" * 20, b""),
    ],
)
def test_what_is_no_offer_for_us_is_nobodys_fault(message: Introduce) -> None:
    introductions = make()
    introductions.join(FRIEND, key(2).public_key, at(0))
    assert introductions.receive(FRIEND, message, at(0)) == []


def test_what_a_neighbour_passes_on_to_us_is_looked_at_only_so_often() -> None:
    introductions = make()
    introductions.join(FRIEND, key(2).public_key, at(0))
    heard = [introductions.receive(FRIEND, offered(), at(0)) for _ in range(100)]
    assert sum(map(len, heard)) == 2 * INTRODUCTIONS_PER_MINUTE
    assert make().receive(FRIEND, offered(), at(0)) == []


def test_keys_of_only_so_many_are_remembered() -> None:
    introductions = make()
    introductions.join(FRIEND, key(2).public_key, at(0))
    introductions.receive(FRIEND, named(1), at(0))
    for number in range(INTRODUCED_KEYS_MAX):
        introductions.receive(FRIEND, sealed(b"\0\x04offrsdp", source=number + 100), at(60 * number))
    assert introductions.carry(SendOffer(stranger(1), OFFER, by_neighbour(FRIEND)), at(99_999)) == []


def test_what_is_for_others_is_passed_on() -> None:
    introductions = make()
    for peer in (FRIEND, OTHER):
        introductions.join(peer, key(2).public_key, at(0))
    message = Introduce(OTHER.encode(), FRIEND.encode(), b"sealed")
    assert introductions.receive(FRIEND, message, at(0)) == [Send(OTHER, message)]
    assert sends(introductions.receive(OTHER, Seek(), at(0))) == [(OTHER, Neighbours)]
