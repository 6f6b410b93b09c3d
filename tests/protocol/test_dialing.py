import itertools
import random

import pytest

from peerset.core.limits import (
    ATTEMPT_TIMEOUT_SECONDS,
    OFFER_AGE_MAX_SECONDS,
    OFFERS_POOLED,
    OFFERS_UNHEARD,
    OPEN_STABLE_SECONDS,
)
from peerset.core.signal import Answer, Offer, OfferId, PeerId
from peerset.protocol.dialing import Dialing
from peerset.protocol.dials import TRANSITIONS, DialState, PeerInput
from peerset.protocol.effects import (
    AcceptAnswer,
    Announce,
    Disconnect,
    DropOffers,
    Errand,
    MakeAnswer,
    MakeOffers,
    SendAnswer,
)
from peerset.protocol.inputs import (
    AnswerMade,
    AnswerReceived,
    CandidateReceived,
    Closed,
    DialFailed,
    OfferLost,
    OfferReceived,
    OffersMade,
    PeerAnnounced,
)
from peerset.protocol.mesh import Mesh
from tests.protocol.dials import (
    LARGER,
    OWN,
    SMALLER,
    START,
    VIA,
    answered,
    dialing,
    dialing_in,
    later,
    made,
    offered,
    opened,
    pooled,
    stranger,
)


def signals(peer: PeerId) -> list[PeerInput]:
    return [
        PeerAnnounced(peer, VIA),
        offered(peer),
        answered(peer),
        CandidateReceived(peer, OfferId("theirs"), "1 1 udp 1 192.0.2.1 5000 typ host", VIA),
        made(peer),
        DialFailed(peer, "out of reach"),
        opened(peer),
        Closed(peer, "gone"),
    ]


@pytest.mark.parametrize(("state", "event"), list(itertools.product(DialState, signals(LARGER))))
def test_every_input_in_every_state_leads_where_the_table_says_or_is_ignored(
    state: DialState, event: PeerInput
) -> None:
    machine = dialing_in(state, LARGER)
    stable = later(OPEN_STABLE_SECONDS) if state is DialState.OPEN else START

    effects = machine.receive(event, stable)

    after = TRANSITIONS.get((state, type(event)))
    assert machine.state(LARGER, stable) is (state if after is None else after)
    if after is None:
        assert effects == []


def test_offers_are_made_first_and_announced_when_ready() -> None:
    machine = Dialing(OWN, rng=random.Random(1), mesh=Mesh(24))

    assert machine.start(START) == [MakeOffers(OFFERS_POOLED)]
    assert machine.deadline is None
    assert machine.receive(OffersMade((pooled(0),)), START) == [Announce((pooled(0),))]


def test_who_heard_of_nobody_keeps_one_offer_until_somebody_comes() -> None:
    machine = dialing()
    unheard = later(OFFER_AGE_MAX_SECONDS)

    assert machine.tick(unheard) == [MakeOffers(OFFERS_UNHEARD)]
    dropped = tuple(pooled(number).id for number in range(OFFERS_POOLED))
    assert machine.receive(OffersMade((pooled(9),)), unheard) == [Announce((pooled(9),)), DropOffers(dropped)]
    heard = later(OFFER_AGE_MAX_SECONDS + 10)
    event = offered(LARGER)
    assert machine.receive(event, heard) == [MakeAnswer(LARGER, event.offer)]
    assert machine.deadline == heard.monotonic
    assert machine.tick(heard) == [MakeOffers(OFFERS_POOLED - 1)]


def test_an_offer_is_answered_even_by_the_smaller_id() -> None:
    machine = dialing()
    event = offered(LARGER)

    assert machine.receive(event, START) == [MakeAnswer(LARGER, event.offer)]
    answer = made(LARGER)
    assert answer.answer is not None
    assert machine.receive(answer, START) == [SendAnswer(LARGER, answer.answer, VIA)]


def test_an_offer_is_answered_once_however_often_it_comes() -> None:
    machine = dialing_in(DialState.ANSWERING, LARGER)

    assert machine.receive(offered(LARGER), START) == []


def test_our_own_offers_come_back_and_are_ignored() -> None:
    machine = dialing()

    assert machine.receive(offered(OWN), START) == []
    assert machine.receive(answered(OWN), START) == []


def test_an_answer_that_is_no_longer_needed_waits_for_the_shared_channel() -> None:
    machine = dialing_in(DialState.ANSWERING, LARGER)

    assert machine.receive(AnswerMade(LARGER, None), START) == []
    assert machine.state(LARGER, START) is DialState.ANSWERED


def test_an_answer_to_our_offer_is_accepted_and_the_offer_replaced() -> None:
    machine = dialing()
    event = answered(LARGER, 2)

    assert machine.receive(event, later(5)) == [AcceptAnswer(LARGER, event.answer), MakeOffers(1)]
    rest = tuple(pooled(number) for number in (0, 1, 3, 4))
    assert machine.receive(OffersMade((pooled(5),)), later(5)) == [Announce((*rest, pooled(5)))]


def test_the_first_answer_claims_an_offer() -> None:
    machine = dialing()
    machine.receive(answered(LARGER, 2), START)

    assert machine.receive(answered(SMALLER, 2), START) == []
    assert machine.state(SMALLER, START) is DialState.IDLE


def test_a_storm_of_claims_makes_offers_once() -> None:
    machine = dialing()

    effects = [machine.receive(answered(stranger(number), number), later(0.1)) for number in range(3)]

    assert sum(isinstance(effect, MakeOffers) for effect in itertools.chain(*effects)) == 0
    assert machine.tick(later(1)) == [MakeOffers(3)]


def test_of_crossing_attempts_the_smaller_id_keeps_its_offer() -> None:
    machine = dialing_in(DialState.ANSWERING, LARGER)
    event = answered(LARGER)

    effects = machine.receive(event, START)

    assert [type(effect) for effect in effects] == [Disconnect, AcceptAnswer]
    assert machine.state(LARGER, START) is DialState.ACCEPTED


def test_an_answer_that_is_out_may_still_open_its_channel_beside_the_one_we_offered() -> None:
    machine = dialing_in(DialState.ANSWERED, LARGER)
    event = answered(LARGER)

    assert machine.receive(event, START) == [AcceptAnswer(LARGER, event.answer)]
    assert machine.state(LARGER, START) is DialState.ACCEPTED


@pytest.mark.parametrize("state", [DialState.ANSWERING, DialState.ANSWERED])
def test_of_crossing_attempts_the_larger_id_keeps_its_answer(state: DialState) -> None:
    machine = dialing_in(state, SMALLER)

    assert machine.receive(answered(SMALLER), START) == []
    assert machine.state(SMALLER, START) is state
    assert machine.receive(answered(LARGER), START) != [], "the offer is still there for others"


def test_the_answer_that_was_given_up_is_not_sent_when_it_comes() -> None:
    machine = dialing_in(DialState.ANSWERING, LARGER)
    machine.receive(answered(LARGER), START)

    assert machine.receive(made(LARGER), START) == []
    assert machine.state(LARGER, START) is DialState.ACCEPTED


def test_the_answer_that_was_given_up_may_fail_without_harm() -> None:
    machine = dialing_in(DialState.ANSWERING, LARGER)
    machine.receive(answered(LARGER), START)

    machine.receive(DialFailed(LARGER, "dropped"), START)
    assert machine.state(LARGER, START) is DialState.ACCEPTED
    machine.receive(DialFailed(LARGER, "out of reach"), START)
    assert machine.state(LARGER, START) is DialState.RESTING


@pytest.mark.parametrize("state", [DialState.ANSWERING, DialState.ANSWERED, DialState.ACCEPTED])
def test_an_attempt_that_never_opens_is_given_up(state: DialState) -> None:
    machine = dialing_in(state, LARGER)

    assert machine.deadline is not None
    assert machine.deadline <= later(ATTEMPT_TIMEOUT_SECONDS).monotonic
    assert Disconnect(LARGER, "no channel within 23 s") not in machine.tick(later(ATTEMPT_TIMEOUT_SECONDS - 1))
    assert Disconnect(LARGER, "no channel within 23 s") in machine.tick(later(ATTEMPT_TIMEOUT_SECONDS))
    assert machine.state(LARGER, later(ATTEMPT_TIMEOUT_SECONDS)) is DialState.RESTING


def test_nothing_happens_before_the_deadline() -> None:
    machine = dialing()
    machine.receive(opened(LARGER), START)

    assert machine.tick(later(1)) == []


def test_a_lost_channel_is_announced_at_once() -> None:
    machine = dialing()
    machine.receive(opened(LARGER), START)

    effects = machine.receive(Closed(LARGER, "gone"), later(60))

    assert effects == [Announce(tuple(pooled(number) for number in range(OFFERS_POOLED)))]
    assert machine.state(LARGER, later(60)) is DialState.IDLE


def test_the_last_channel_lost_makes_lonely() -> None:
    machine = dialing()
    machine.receive(opened(LARGER), START)
    assert machine.open_count == 1
    assert machine.deadline == later(100).monotonic

    machine.receive(Closed(LARGER, "gone"), later(60))

    assert machine.open_count == 0
    assert machine.deadline == later(65).monotonic


def test_one_lost_channel_of_two_makes_nobody_lonely() -> None:
    machine = dialing()
    machine.receive(opened(LARGER), START)
    machine.receive(opened(SMALLER), START)

    machine.receive(Closed(LARGER, "gone"), later(60))

    assert machine.deadline == later(100).monotonic


def test_a_shared_channel_lost_before_the_first_announcement_brings_no_second_one() -> None:
    machine = Dialing(OWN, rng=random.Random(1), mesh=Mesh(24))
    machine.start(START)
    machine.receive(opened(LARGER), START)

    assert machine.receive(Closed(LARGER, "gone"), later(1)) == []
    assert machine.deadline is None


def test_a_lost_offer_is_replaced() -> None:
    machine = dialing()

    assert machine.receive(OfferLost(pooled(1).id), later(5)) == [MakeOffers(1)]


def test_a_machine_that_stopped_gives_up_attempts_and_offers_and_starts_none() -> None:
    machine = dialing_in(DialState.ANSWERING, LARGER)
    dropped = tuple(pooled(number).id for number in range(OFFERS_POOLED))

    assert machine.stop() == [Disconnect(LARGER, "leaving"), DropOffers(dropped)]
    assert machine.receive(offered(SMALLER), START) == []
    assert machine.deadline is None


def test_two_machines_that_see_each_other_agree_on_one_channel() -> None:
    small, large = Dialing(SMALLER, rng=random.Random(1), mesh=Mesh(8)), dialing()
    small.start(START)
    mine = Offer(OfferId("smaller's"), "sdp")
    small.receive(OffersMade((mine,)), START)
    small.receive(offered(OWN), START)
    large.receive(OfferReceived(SMALLER, mine, VIA), START)

    given_up = large.receive(answered(SMALLER), START)
    kept: list[Errand] = small.receive(AnswerReceived(OWN, Answer(mine.id, "answer"), VIA), START)

    assert given_up == []
    assert AcceptAnswer(OWN, Answer(mine.id, "answer")) in kept
