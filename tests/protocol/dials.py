"""A dialing machine in every state, and the signals it may get, for its tests."""

import random

from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.limits import (
    OFFERS_POOLED,
)
from peerset.core.signal import Answer, ChannelBinding, Offer, OfferId, PeerId, Via
from peerset.protocol.dialing import Dialing
from peerset.protocol.dials import DialInput, DialState
from peerset.protocol.inputs import (
    AnswerMade,
    AnswerReceived,
    DialFailed,
    OfferReceived,
    OffersMade,
    Opened,
)
from peerset.protocol.mesh import Mesh

OWN = PeerId("0000mmmmmmmmmmmmmmmm")
LARGER = PeerId("0000zzzzzzzzzzzzzzzz")
SMALLER = PeerId("0000aaaaaaaaaaaaaaaa")
VIA = Via("wss://tracker.test")
START = Moment(Monotonic(1_000.0), UnixTime(1_790_000_000))
BINDING = ChannelBinding(bytes(32), bytes(32))


def later(seconds: float) -> Moment:
    return Moment(Monotonic(START.monotonic + seconds), UnixTime(START.unix + int(seconds)))


def pooled(number: int) -> Offer:
    return Offer(OfferId(f"ours{number}"), f"our sdp {number}")


def stranger(number: int) -> PeerId:
    return PeerId(f"x{number:019}")


def offered(peer: PeerId) -> OfferReceived:
    return OfferReceived(peer, Offer(OfferId(f"theirs {peer}"), "their sdp"), VIA)


def answered(peer: PeerId, number: int = 0) -> AnswerReceived:
    return AnswerReceived(peer, Answer(pooled(number).id, "their answer"), VIA)


def made(peer: PeerId) -> AnswerMade:
    return AnswerMade(peer, Answer(OfferId(f"theirs {peer}"), "our answer"))


def opened(peer: PeerId) -> Opened:
    return Opened(peer, BINDING, "direct")


def dialing(*, peers_max: int = 24, mesh: Mesh | None = None) -> Dialing:
    """A started machine whose first offers are announced."""
    machine = Dialing(OWN, rng=random.Random(1), mesh=mesh or Mesh(peers_max))
    machine.start(START)
    machine.receive(OffersMade(tuple(pooled(number) for number in range(OFFERS_POOLED))), START)
    return machine


def dialing_in(state: DialState, peer: PeerId) -> Dialing:
    paths: dict[DialState, list[DialInput]] = {
        DialState.IDLE: [],
        DialState.ANSWERING: [offered(peer)],
        DialState.ANSWERED: [offered(peer), made(peer)],
        DialState.ACCEPTED: [answered(peer, 4)],
        DialState.OPEN: [opened(peer)],
        DialState.RESTING: [offered(peer), DialFailed(peer, "out of reach")],
    }
    machine = dialing()
    for event in paths[state]:
        machine.receive(event, START)
    assert machine.state(peer, START) is state
    return machine
