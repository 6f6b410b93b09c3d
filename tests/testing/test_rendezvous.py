import random

from peerset.core.signal import Answer, Offer, OfferId, PeerId, Via
from peerset.protocol.effects import Announce, SendAnswer, SendOffer
from peerset.protocol.inputs import AnswerReceived, OfferReceived, PeerAnnounced, SignalingInput
from peerset.testing.clockwork import Clockwork
from peerset.testing.rendezvous import GHOST_SECONDS_MAX, Rendezvous, Tracker

ALICE, BOB, CAROL = PeerId("alice"), PeerId("bob"), PeerId("carol")
OFFERS = (Offer(OfferId("one"), "offer"), Offer(OfferId("two"), "offer"))
ANSWER = Answer(OfferId("one"), "answer")


class Square:
    """One tracker or board, and what it tells to whom."""

    def __init__(self, *, trackers: int = 1, boards: int = 0) -> None:
        self.clock = Clockwork(random.Random(1))
        self.heard: list[tuple[PeerId, SignalingInput]] = []
        self.rendezvous = Rendezvous(
            self.clock,
            lambda peer, event: self.heard.append((peer, event)),
            lambda: 0.1,
            trackers=trackers,
            boards=boards,
        )
        self.tracker = self.rendezvous.trackers[0]

    def offered(self) -> list[tuple[PeerId, PeerId]]:
        return [(event.peer, to) for to, event in self.heard if isinstance(event, OfferReceived)]


def test_each_offer_goes_to_another_member() -> None:
    square = Square()
    for peer in (BOB, CAROL):
        square.rendezvous.announce(peer, ())

    square.rendezvous.announce(ALICE, OFFERS)
    square.clock.run(1.0)

    assert sorted(square.offered()) == [(ALICE, BOB), (ALICE, CAROL)]


def test_a_member_is_announced_again_until_its_next_announcement() -> None:
    square = Square()
    square.rendezvous.announce(ALICE, OFFERS)
    square.rendezvous.announce(BOB, ())
    square.clock.run(300.0)
    assert len(square.offered()) > 3

    square.rendezvous.announce(ALICE, ())
    square.clock.run(1.0)
    square.heard.clear()
    square.clock.run(300.0)

    assert square.offered() == []


def test_an_answer_goes_back_through_its_own_tracker_to_a_listed_member() -> None:
    square = Square()
    square.rendezvous.announce(ALICE, OFFERS)

    square.rendezvous.answer(BOB, ALICE, ANSWER, square.tracker.via)
    square.rendezvous.answer(BOB, CAROL, ANSWER, square.tracker.via)
    square.rendezvous.answer(BOB, ALICE, ANSWER, Via("wss://other.test"))
    square.clock.run(1.0)

    assert square.heard == [(ALICE, AnswerReceived(BOB, ANSWER, square.tracker.via))]


def test_a_dead_member_stays_listed_for_a_while() -> None:
    square = Square()
    square.rendezvous.announce(ALICE, OFFERS)

    square.rendezvous.forget(ALICE)
    assert ALICE in square.tracker.listed
    square.clock.run(GHOST_SECONDS_MAX)

    assert ALICE not in square.tracker.listed


def test_a_tracker_that_failed_carries_nothing() -> None:
    square = Square()
    square.rendezvous.announce(ALICE, ())
    square.rendezvous.fail(square.tracker)

    square.rendezvous.announce(BOB, OFFERS)
    square.rendezvous.answer(BOB, ALICE, ANSWER, square.tracker.via)
    square.clock.run(60.0)

    assert square.heard == []


def test_members_return_to_a_tracker_that_recovers() -> None:
    square = Square()
    square.rendezvous.announce(ALICE, OFFERS)
    square.rendezvous.announce(BOB, ())
    square.rendezvous.fail(square.tracker)
    square.rendezvous.recover(square.tracker)
    square.rendezvous.forget(BOB)

    square.clock.run(20.0)

    assert square.tracker.listed == [ALICE]


def test_whoever_is_listed_is_drawn_but_for_one_who_need_not_be() -> None:
    tracker = Tracker(Via("wss://one.test"))
    for peer in (CAROL, ALICE, BOB, ALICE):
        tracker.add(peer)
    assert tracker.listed == [ALICE, BOB, CAROL]

    assert sorted(tracker.draw(5, random.Random(1), but=BOB)) == [ALICE, CAROL]
    tracker.remove(BOB)
    tracker.remove(BOB)
    assert sorted(tracker.draw(5, random.Random(1), but=BOB)) == [ALICE, CAROL]
    assert len(tracker.draw(1, random.Random(1), but=BOB)) == 1


def test_a_board_tells_all_who_is_there_and_brings_an_offer_to_one() -> None:
    square = Square(trackers=0, boards=1)
    via = square.tracker.via
    for peer in (BOB, CAROL, ALICE):
        square.rendezvous.perform(peer, Announce(OFFERS))
    square.clock.run(1.0)
    assert (BOB, PeerAnnounced(ALICE, via)) in square.heard
    assert (CAROL, PeerAnnounced(ALICE, via)) in square.heard
    assert square.offered() == []

    square.rendezvous.perform(BOB, SendOffer(ALICE, OFFERS[0], via))
    square.rendezvous.perform(ALICE, SendAnswer(BOB, ANSWER, via))
    square.rendezvous.perform(BOB, SendOffer(PeerId("nobody"), OFFERS[0], via))
    square.clock.run(1.0)
    assert square.offered() == [(BOB, ALICE)]
    assert (BOB, AnswerReceived(ALICE, ANSWER, via)) in square.heard


def test_a_board_that_is_out_of_order_brings_nothing() -> None:
    square = Square(trackers=0, boards=1)
    for peer in (BOB, ALICE):
        square.rendezvous.announce(peer, ())
    square.rendezvous.fail(square.tracker)
    square.clock.run(1.0)
    square.heard.clear()
    square.rendezvous.offer(BOB, ALICE, OFFERS[0], square.tracker.via)
    square.clock.run(300.0)
    assert square.heard == []
