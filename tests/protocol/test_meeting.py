"""Dialing and introductions together: who was named by a neighbour is called by it."""

import random

from peerset.core.limits import OFFERS_POOLED
from peerset.core.message import Introduce, Neighbours, Seek
from peerset.core.signal import Answer, Offer, OfferId, PeerId, by_neighbour
from peerset.protocol.effects import AcceptAnswer, Effect, MakeAnswer, MakeOffers, Send
from peerset.protocol.inputs import AnswerMade, AnswerReceived, OfferReceived, OffersMade, Purpose
from peerset.protocol.meeting import Meeting
from peerset.protocol.mesh import Mesh
from tests.protocol.dials import START, VIA, later, opened, pooled
from tests.protocol.pair import ROOM, key

ONE, TWO, FRIEND = (PeerId(letter * 20) for letter in "otf")
OFFER = Offer(OfferId("q" * 20), "our offer")


def make(own: PeerId, number: int) -> Meeting:
    """A meeting whose first offers are out, with FRIEND as its neighbour."""
    meeting = Meeting(own, key(number), ROOM.tag, rng=random.Random(number), mesh=Mesh(24))
    meeting.start(START)
    meeting.receive(OffersMade(tuple(pooled(each) for each in range(OFFERS_POOLED))), START)
    meeting.receive(opened(FRIEND), START)
    assert meeting.join(FRIEND, key(3).public_key, START) == [Send(FRIEND, Seek())]
    return meeting


def introduced(effects: list[Effect]) -> Introduce:
    [send] = effects
    assert isinstance(send, Send)
    assert send.peer == FRIEND
    assert isinstance(send.message, Introduce)
    return send.message


def test_two_strangers_meet_by_a_friend_of_both() -> None:
    one, two = make(ONE, 1), make(TWO, 2)
    named = Neighbours(TWO.encode() + key(2).public_key)
    assert one.hear(FRIEND, named, START) == [MakeOffers(1, Purpose.INTRODUCED)]
    call = introduced(one.receive(OffersMade((OFFER,), Purpose.INTRODUCED), START))
    assert two.hear(FRIEND, call, START) == [MakeAnswer(ONE, OFFER)]
    reply = introduced(two.receive(AnswerMade(ONE, Answer(OFFER.id, "their answer")), later(1)))
    assert one.hear(FRIEND, reply, later(1))[0] == AcceptAnswer(TWO, Answer(OFFER.id, "their answer"))


def test_the_offer_for_one_is_of_no_use_to_another() -> None:
    one = make(ONE, 1)
    one.hear(FRIEND, Neighbours(TWO.encode() + key(2).public_key), START)
    one.receive(OffersMade((OFFER,), Purpose.INTRODUCED), START)
    thief = AnswerReceived(PeerId("t" * 19 + "x"), Answer(OFFER.id, "not for you"), VIA)
    assert one.receive(thief, START) == []


def test_offers_for_callees_and_for_trackers_are_told_apart_by_their_purpose() -> None:
    one = make(ONE, 1)
    answered = one.receive(AnswerReceived(PeerId("a" * 20), Answer(pooled(0).id, "an answer"), VIA), later(5))
    assert MakeOffers(1) in answered
    assert one.hear(FRIEND, Neighbours(TWO.encode() + key(2).public_key), later(5)) == [
        MakeOffers(1, Purpose.INTRODUCED)
    ]
    assert not any(isinstance(effect, Send) for effect in one.receive(OffersMade((pooled(9),)), later(5)))
    introduced(one.receive(OffersMade((OFFER,), Purpose.INTRODUCED), later(5)))


def test_an_attempt_by_a_tracker_yields_to_one_that_a_neighbour_brings() -> None:
    two = make(TWO, 2)
    for number in range(40):
        two.receive(OfferReceived(PeerId(f"x{number:019}"), OFFER, VIA), START)
    before = two.dialing.attempt_count
    by_friend = OfferReceived(ONE, OFFER, by_neighbour(FRIEND))
    assert MakeAnswer(ONE, OFFER) in two.receive(by_friend, START)
    assert two.dialing.attempt_count == before


def test_who_leaves_calls_nobody_any_more() -> None:
    one = make(ONE, 1)
    one.stop(START)
    one.leave(FRIEND, START)
    assert one.deadline is None
    assert one.hear(FRIEND, Neighbours(TWO.encode() + key(2).public_key), START) == []
