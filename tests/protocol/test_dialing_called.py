"""Peers that announce themselves, and offers for one of them alone."""

import pytest

from peerset.core.limits import (
    ANNOUNCED_OFFERS_MAX,
    ANNOUNCED_PER_MINUTE,
    ATTEMPT_TIMEOUT_SECONDS,
    CHANNELS_PER_OFFERED,
    FULL_MESH_MAX,
)
from peerset.core.signal import Answer, Offer, OfferId, PeerId, Via
from peerset.protocol.dialing import Dialing
from peerset.protocol.dials import DialState
from peerset.protocol.effects import (
    AcceptAnswer,
    AddCandidate,
    DropOffers,
    Errand,
    MakeAnswer,
    MakeOffers,
    SendOffer,
)
from peerset.protocol.inputs import (
    AnswerReceived,
    CandidateReceived,
    Closed,
    DialFailed,
    OfferLost,
    OffersMade,
    PeerAnnounced,
    Purpose,
)
from tests.protocol.dials import LARGER, OWN, SMALLER, START, VIA, dialing, later, made, offered, opened, stranger

BOARD = Via("wss://board.test")
CANDIDATE = "1 1 udp 1 192.0.2.1 5000 typ host"


def announced(peer: PeerId, via: Via = BOARD) -> PeerAnnounced:
    return PeerAnnounced(peer, via)


def offer_for(peer: PeerId) -> Offer:
    return Offer(OfferId(f"for {peer}"), "our sdp")


def answered_by(peer: PeerId, sdp: str = "their answer") -> AnswerReceived:
    return AnswerReceived(peer, Answer(offer_for(peer).id, sdp), BOARD)


def calls(effects: list[Errand]) -> int:
    """Count the offers that are asked for because somebody announced itself."""
    return sum(
        effect.count for effect in effects if isinstance(effect, MakeOffers) and effect.purpose is Purpose.ANNOUNCED
    )


def made_for(*peers: PeerId) -> OffersMade:
    return OffersMade(tuple(map(offer_for, peers)), Purpose.ANNOUNCED)


def calling(peer: PeerId) -> Dialing:
    """A machine that sent *peer* an offer."""
    machine = dialing()
    machine.receive(announced(peer), START)
    machine.receive(made_for(peer), START)
    return machine


@pytest.mark.parametrize("peer", [LARGER, SMALLER])
def test_who_announces_itself_gets_an_offer_of_its_own_whoever_has_the_smaller_id(peer: PeerId) -> None:
    machine = dialing()
    assert machine.receive(announced(peer), START) == [MakeOffers(1, Purpose.ANNOUNCED)]
    assert machine.receive(made_for(peer), START) == [SendOffer(peer, offer_for(peer), BOARD)]
    assert machine.receive(answered_by(peer), START) == [AcceptAnswer(peer, answered_by(peer).answer)]
    assert machine.state(peer, START) is DialState.ACCEPTED


def test_who_is_called_is_not_called_again() -> None:
    machine = calling(LARGER)
    assert machine.receive(announced(LARGER, VIA), later(1)) == []
    assert machine.receive(announced(LARGER), later(5)) == []


def test_the_offer_for_one_is_of_no_use_to_another() -> None:
    machine = calling(LARGER)
    thief = AnswerReceived(SMALLER, answered_by(LARGER).answer, BOARD)
    assert machine.receive(thief, START) == []


def test_offers_of_the_pool_that_are_ready_later_are_not_mistaken_for_it() -> None:
    machine = dialing()
    assert machine.receive(OfferLost(OfferId("ours0")), later(5)) == [MakeOffers(1)]
    assert calls(machine.receive(announced(LARGER), later(5))) == 1
    assert machine.receive(made_for(LARGER), later(5)) == [SendOffer(LARGER, offer_for(LARGER), BOARD)]


def test_we_do_not_call_ourselves_nor_whom_we_have() -> None:
    machine = dialing()
    machine.receive(opened(LARGER), START)
    machine.receive(offered(SMALLER), START)
    for peer in (OWN, LARGER, SMALLER):
        assert machine.receive(announced(peer), START) == []


def test_an_offer_that_nobody_answers_is_dropped_and_the_peer_called_when_heard_again() -> None:
    machine = calling(LARGER)
    dropped = machine.tick(later(ATTEMPT_TIMEOUT_SECONDS))
    assert DropOffers((offer_for(LARGER).id,)) in dropped
    assert calls(machine.receive(announced(LARGER), later(ATTEMPT_TIMEOUT_SECONDS))) == 1


def test_an_offer_is_dropped_when_the_peer_was_met_otherwise() -> None:
    machine = calling(LARGER)
    assert machine.receive(opened(LARGER), START) == [DropOffers((offer_for(LARGER).id,))]


def test_two_that_call_each_other_at_once_keep_what_the_smaller_offered() -> None:
    machine = calling(LARGER)
    event = offered(LARGER)
    assert machine.receive(event, START) == [MakeAnswer(LARGER, event.offer)]
    machine.receive(made(LARGER), START)
    assert machine.receive(answered_by(LARGER), START) == [AcceptAnswer(LARGER, answered_by(LARGER).answer)]


def test_who_rests_waits_for_its_turn() -> None:
    machine = dialing()
    machine.receive(offered(LARGER), START)
    machine.receive(DialFailed(LARGER, "out of reach"), START)
    assert machine.receive(announced(LARGER), START) == []
    assert calls(machine.tick(later(5))) == 1


def test_ten_thousand_announcers_that_never_answer_get_a_few_offers() -> None:
    machine = dialing()
    asked = sum(calls(machine.receive(announced(stranger(number)), START)) for number in range(10_000))
    assert asked == ANNOUNCED_OFFERS_MAX


def test_ten_thousand_announcers_that_answer_nonsense_get_few_in_a_minute() -> None:
    machine = dialing()
    asked = 0
    for number in range(10_000):
        peer, now = stranger(number), later(number * 60 / 10_000)
        wanted = calls([*machine.receive(announced(peer), now), *machine.tick(now)])
        asked += wanted
        for _ in range(wanted):
            effects = machine.receive(made_for(peer), now)
            for called in [effect.peer for effect in effects if isinstance(effect, SendOffer)]:
                nonsense = AnswerReceived(called, Answer(offer_for(peer).id, "nonsense"), BOARD)
                asked += calls(machine.receive(nonsense, now))
                asked += calls(machine.receive(DialFailed(called, "nonsense", is_fault=True), now))
    assert asked <= FULL_MESH_MAX + ANNOUNCED_PER_MINUTE + ANNOUNCED_OFFERS_MAX


def meet(machine: Dialing, peer: PeerId) -> bool:
    """Let *peer* announce itself, and answer if it is called."""
    if not calls(machine.receive(announced(peer), START)):
        return False
    machine.receive(made_for(peer), START)
    machine.receive(answered_by(peer), START)
    machine.receive(opened(peer), START)
    return True


def test_who_calls_leaves_a_third_of_its_places_to_others() -> None:
    machine = dialing(peers_max=3 * CHANNELS_PER_OFFERED)
    met = sum(meet(machine, stranger(number)) for number in range(20))
    assert met == 2 * CHANNELS_PER_OFFERED + 1  # One more is tried as long as nobody has brought a record.


def test_a_place_that_falls_free_goes_to_one_that_waits() -> None:
    machine = dialing(peers_max=1)
    machine.receive(opened(SMALLER), START)
    assert machine.receive(announced(LARGER), START) == []
    assert calls(machine.receive(Closed(SMALLER, "gone"), later(30))) == 1


def test_who_stopped_calls_nobody() -> None:
    machine = calling(LARGER)
    stopped = machine.stop()
    assert DropOffers((offer_for(LARGER).id,)) in stopped
    assert machine.receive(announced(SMALLER), START) == []
    assert machine.deadline is None


def test_candidates_reach_the_attempt_that_they_belong_to() -> None:
    machine = dialing()
    candidate = CandidateReceived(LARGER, offered(LARGER).offer.id, CANDIDATE, BOARD)
    assert machine.receive(candidate, START) == []
    machine.receive(offered(LARGER), START)
    assert machine.receive(candidate, START) == [AddCandidate(LARGER, candidate.offer_id, CANDIDATE)]
    machine.receive(opened(LARGER), START)
    assert machine.receive(candidate, START) == []


def test_candidates_may_come_before_the_answer() -> None:
    machine = calling(LARGER)
    early = CandidateReceived(LARGER, offer_for(LARGER).id, CANDIDATE, BOARD)
    assert machine.receive(early, START) == [AddCandidate(LARGER, early.offer_id, CANDIDATE)]
    strange = CandidateReceived(LARGER, OfferId("another"), CANDIDATE, BOARD)
    assert machine.receive(strange, START) == []
