"""Who calls whom: offers out, answers in, one attempt per peer, back-off (docs/protocol.md, "Dialing")."""

import random
from collections.abc import Iterable
from dataclasses import dataclass

from peerset.core.clock import Moment, Monotonic
from peerset.core.limits import (
    ATTEMPT_TIMEOUT_SECONDS,
    ATTEMPT_YIELD_SECONDS,
    ATTEMPTS_MAX,
    CHANNELS_PER_OFFERED,
    INTRODUCED_OFFERS_MAX,
    NEIGHBOURS_CHOSEN,
    NEWCOMERS_MAX,
    OFFER_AGE_MAX_SECONDS,
    OFFERS_POOLED,
    OFFERS_UNHEARD,
    OPEN_STABLE_SECONDS,
)
from peerset.core.signal import OfferId, PeerId, Via, introducer_of
from peerset.protocol.announced import Announced
from peerset.protocol.deadlines import earliest
from peerset.protocol.dials import TRANSITIONS, DialInput, DialState, PeerInput
from peerset.protocol.effects import AcceptAnswer, AddCandidate, Disconnect, Errand, MakeAnswer, SendAnswer
from peerset.protocol.inputs import (
    AnswerMade,
    AnswerReceived,
    CandidateReceived,
    DialFailed,
    OfferLost,
    OfferReceived,
    OffersMade,
    Opened,
    PeerAnnounced,
    Purpose,
)
from peerset.protocol.lending import Lending
from peerset.protocol.mesh import Mesh
from peerset.protocol.offering import OfferPool
from peerset.protocol.rests import Rests


@dataclass(slots=True)
class _Attempt:
    """A channel that has not opened yet."""

    state: DialState
    started_at: Monotonic
    via: Via
    is_answer_due: bool
    """`MakeAnswer` was asked and has not come back."""


class Dialing:
    """The dials of one room, each towards one remote peer id, and the pool of offers they share."""

    def __init__(self, peer_id: PeerId, *, rng: random.Random, mesh: Mesh) -> None:
        self._own_id = peer_id
        self._rng = rng
        self._mesh = mesh
        self._offered: set[PeerId] = set()
        self._is_running = False
        self._pool = OfferPool(rng=rng)
        self._introduced = Lending(Purpose.INTRODUCED, INTRODUCED_OFFERS_MAX)
        self._announced = Announced(rng)
        # In order of age: an attempt that changes its state is put at the end again.
        self._attempts: dict[PeerId, _Attempt] = {}
        self._rests = Rests(rng)
        self._open: dict[PeerId, Monotonic] = {}
        self._heard_at = Monotonic(0.0)
        """When anybody was heard of last."""

    def start(self, now: Moment) -> list[Errand]:
        """Make offers; they are announced once they are ready."""
        self._is_running, self._heard_at = True, now.monotonic
        return [*self._pool.start(self._target(now), now.monotonic)]

    def stop(self) -> list[Errand]:
        """Give up every offer and attempt; open channels are left to the caller."""
        self._is_running = False
        dropped: list[Errand] = [Disconnect(peer, "leaving") for peer in self._attempts]
        self._attempts.clear()
        return [*dropped, *self._pool.stop(), *self._introduced.stop(), *self._announced.stop()]

    def receive(self, event: DialInput, now: Moment) -> list[Errand]:
        """Take *event*; what its peer's state does not allow is ignored."""
        return [*self._receive(event, now), *self._call_announced(now)]

    def _receive(self, event: DialInput, now: Moment) -> list[Errand]:
        match event:
            case OffersMade():
                return self._add(event, now)
            case OfferLost(offer_id):
                self._take(offer_id, now)
                return self.tick(now)
            case _:
                self._hear(now)
                before = self.state(event.peer, now)
                if event.peer == self._own_id or (before, type(event)) not in TRANSITIONS:
                    return []
                return self._receive_of_peer(event, before, now)

    def tick(self, now: Moment) -> list[Errand]:
        """Give up attempts that never opened, and keep the pool fresh."""
        effects: list[Errand] = []
        for peer, attempt in list(self._attempts.items()):
            if now.monotonic >= attempt.started_at + ATTEMPT_TIMEOUT_SECONDS:
                effects += self._give_up(peer, f"no channel within {ATTEMPT_TIMEOUT_SECONDS:.0f} s", now)
        effects += [*self._introduced.expire(now), *self._announced.lending.expire(now)]
        if self._mesh.is_seeking(now):
            self._pool.seek(now.monotonic)
        self._pool.rest(self._feels_at(now))
        deadline = self._pool.deadline
        if deadline is not None and now.monotonic >= deadline:
            effects += self._pool.refresh(self._target(now), now.monotonic)
            self._pool.rest(self._feels_at(now))
        return [*effects, *self._call_announced(now)]

    @property
    def deadline(self) -> Monotonic | None:
        """When `tick` has something to do."""
        oldest = next(iter(self._attempts.values()), None)
        times_out = None if oldest is None else Monotonic(oldest.started_at + ATTEMPT_TIMEOUT_SECONDS)
        return earliest(times_out, self._pool.deadline, self._introduced.deadline, self._announced.lending.deadline)

    # What introductions ask.

    def call(self, callees: Iterable[tuple[PeerId, Via]]) -> list[Errand]:
        """Make offers for those that a neighbour named to us."""
        return self._introduced.call(callees) if self._is_running else []

    @property
    def is_calling(self) -> bool:
        """Say whether offers are made at all."""
        return self._is_running

    def missing(self, now: Moment) -> int:
        """Say how many neighbours we lack, beside those that are on their way."""
        under_way = len(self._attempts) + self._lent
        if self._mesh.is_large:
            return self._mesh.missing(now) - under_way
        return min(NEIGHBOURS_CHOSEN, self._mesh.places) - len(self._open) - under_way

    def may_call(self, peer: PeerId, now: Moment) -> bool:
        """Say whether an offer for *peer* makes sense: nothing is under way, and it is not ourselves."""
        is_called = self._introduced.has(peer) or self._announced.lending.has(peer)
        return peer != self._own_id and self.state(peer, now) is DialState.IDLE and not is_called

    def is_useful(self, peer: PeerId, now: Moment) -> bool:
        """Say whether the neighbour *peer* was good for something lately."""
        return self._mesh.is_useful(peer, now)

    def shun(self, peer: PeerId, now: Moment) -> None:
        """Let *peer* rest: it broke the rules before it proved who it is."""
        self._rests.add(peer, now.monotonic, is_fault=True)

    def state(self, peer: PeerId, now: Moment) -> DialState:
        """Say where we stand with *peer*."""
        if peer in self._open:
            return DialState.OPEN
        if peer in self._attempts:
            return self._attempts[peer].state
        return DialState.RESTING if self._rests.has(peer, now.monotonic) else DialState.IDLE

    @property
    def attempt_count(self) -> int:
        """How many channels are being set up."""
        return len(self._attempts)

    @property
    def open_count(self) -> int:
        """How many channels are open."""
        return len(self._open)

    def _target(self, now: Moment) -> int:
        """Say how many offers to hold: none that we could not let anyone take up."""
        most = OFFERS_UNHEARD if self._is_unheard(now) else OFFERS_POOLED
        return max(0, min(most, self._free(now, self._left(now, self._offered_max))))

    def _is_unheard(self, now: Moment) -> bool:
        """Say whether nobody seems to be there: whoever comes has offers, so that ours are of little use."""
        is_alone = not (self._open or self._attempts)
        return is_alone and now.monotonic >= self._heard_at + OFFER_AGE_MAX_SECONDS

    def _hear(self, now: Moment) -> None:
        if self._is_running and self._is_unheard(now):
            self._pool.want(now.monotonic)
        self._heard_at = now.monotonic

    def _free(self, now: Moment, left: int) -> int:
        """Say how many places offers of ours may still win, where so many are left to offers of their kind."""
        if self._mesh.is_large:
            return self._mesh.wanted(now) - self._accepted - self._lent
        # Who is introduced goes before those that announce themselves, and these before those that trackers find.
        places = self._mesh.places - len(self._open) - len(self._attempts) - self._lent
        return min(places, left or self._mesh.spare(now))

    def _feels_at(self, now: Moment) -> Monotonic | None:
        """Say when to try one more than our part of the places, if that is taken."""
        return self._mesh.feels_at if self._mesh.is_large or not self._left(now, self._offered_max) else None

    def _left(self, now: Moment, offered_max: int) -> int:
        """Say how many of *offered_max* places are left to offers of ours, in a room that is not known to be large."""
        return max(0, offered_max - len(self._offered) + self._mesh.idle(now) - self._accepted)

    @property
    def _offered_max(self) -> int:
        # Who offers to a third of its places leaves the rest for others' offers: were all taken by those who came
        # first, a large room would fall apart into full circles that let no newcomer in.
        return max(1, self._mesh.places // CHANNELS_PER_OFFERED)

    @property
    def _called_max(self) -> int:
        # Who hears of others calls them, and is not called by them: it may take what is left for others' offers.
        return max(1, self._mesh.places - self._mesh.places // CHANNELS_PER_OFFERED)

    @property
    def _lent(self) -> int:
        return len(self._introduced) + len(self._announced.lending)

    @property
    def _accepted(self) -> int:
        return sum(attempt.state is DialState.ACCEPTED for attempt in self._attempts.values())

    def _add(self, made: OffersMade, now: Moment) -> list[Errand]:
        match made.purpose:
            case Purpose.INTRODUCED:
                return self._introduced.add(made.offers, now)
            case Purpose.ANNOUNCED:
                return self._announced.lending.add(made.offers, now)
            case Purpose.ANYONE:
                effects = self._pool.add(made.offers, target=self._target(now), now=now.monotonic)
                self._pool.rest(self._feels_at(now))
                return [*effects]

    def _take(self, offer_id: OfferId, now: Moment) -> None:
        self._pool.take(offer_id, now.monotonic)
        self._introduced.take(offer_id)
        self._announced.lending.take(offer_id)

    def _call_announced(self, now: Moment) -> list[Errand]:
        """Make offers for those that announced themselves, while there are places for them."""
        errands: list[Errand] = []
        while self._is_running and self._announced.may_call(now):
            left = max(0, self._left(now, self._called_max) - len(self._announced.lending))
            is_free = self._free(now, left) > 0
            called = self._announced.call(lambda peer: self.may_call(peer, now), now) if is_free else []
            if not called:
                break
            errands += called
        return errands

    def _is_lent(self, offer_id: OfferId, peer: PeerId) -> bool:
        return self._introduced.fits(offer_id, peer) or self._announced.lending.fits(offer_id, peer)

    def _receive_of_peer(self, event: PeerInput, before: DialState, now: Moment) -> list[Errand]:
        match event:
            case PeerAnnounced(peer, via):
                self._announced.note(peer, via, now)
                return []
            case CandidateReceived(peer, offer_id, candidate):
                is_expected = peer in self._attempts or self._is_lent(offer_id, peer)
                return [AddCandidate(peer, offer_id, candidate)] if is_expected else []
            case OfferReceived():
                return self._answer(event, now)
            case AnswerReceived():
                return self._accept(event, before, now)
            case AnswerMade():
                return self._send_answer(event)
            case DialFailed():
                return self._fail(event, now)
            case Opened(peer):
                attempt = self._attempts.pop(peer, None)
                is_ours = attempt is not None and attempt.state is DialState.ACCEPTED
                if is_ours:
                    self._offered.add(peer)
                self._mesh.won(peer, None if attempt is None else attempt.via, is_ours=is_ours)
                self._open[peer] = now.monotonic
                self._pool.greet()
                return [*self._introduced.release(peer), *self._announced.lending.release(peer)]
            case _:
                return self._close(event.peer, now)

    def _answer(self, event: OfferReceived, now: Moment) -> list[Errand]:
        is_taken = self._mesh.takes_dial(event.peer, now, event.via)
        room = self._make_room(now, event.via) if is_taken else None
        if room is None:
            return []
        self._attempts[event.peer] = _Attempt(DialState.ANSWERING, now.monotonic, event.via, is_answer_due=True)
        return [*room, MakeAnswer(event.peer, event.offer)]

    def _accept(self, event: AnswerReceived, before: DialState, now: Moment) -> list[Errand]:
        offer_id = event.answer.offer_id
        is_introduced = self._introduced.fits(offer_id, event.peer)
        is_called = self._announced.lending.fits(offer_id, event.peer)
        if not (is_introduced or is_called or offer_id in self._pool):
            return []
        if not (is_introduced or self._mesh.takes_answer(now, event.via)):
            return []
        offered_max = self._called_max if is_called else self._offered_max
        is_spare = not (is_introduced or self._mesh.is_large or self._left(now, offered_max))
        is_new = before in (DialState.IDLE, DialState.RESTING)
        effects = self._make_room(now, event.via) if is_new else self._turn_to_offer(event.peer)
        if effects is None:
            return []
        if is_spare:
            self._mesh.tried(now)
        crossed = self._attempts.pop(event.peer, None)
        is_answer_due = crossed is not None and crossed.is_answer_due
        self._attempts[event.peer] = _Attempt(DialState.ACCEPTED, now.monotonic, event.via, is_answer_due)
        self._take(offer_id, now)
        return [*effects, AcceptAnswer(event.peer, event.answer), *self.tick(now)]

    def _turn_to_offer(self, peer: PeerId) -> list[Errand] | None:
        """Let two attempts cross: the smaller id leads, so both ends keep the channel that it offered."""
        if self._own_id > peer:
            return None
        if self._attempts[peer].is_answer_due:
            return [Disconnect(peer, "its answer to our offer came first")]
        # The answer that is out may have opened a channel by now, if only at the far end: a Trystero page uses the
        # first that opens, whoever leads. So both may open, and the transport ends the one that is not used.
        return []

    def _send_answer(self, event: AnswerMade) -> list[Errand]:
        attempt = self._attempts[event.peer]
        attempt.is_answer_due = False
        if attempt.state is DialState.ACCEPTED:
            return []
        attempt.state = DialState.ANSWERED
        # Without an answer the room joins a channel that exists; `Opened` follows all the same.
        return [] if event.answer is None else [SendAnswer(event.peer, event.answer, attempt.via)]

    def _fail(self, event: DialFailed, now: Moment) -> list[Errand]:
        attempt = self._attempts[event.peer]
        if attempt.state is DialState.ACCEPTED and attempt.is_answer_due:
            # It is the abandoned answer that failed.
            attempt.is_answer_due = False
            return []
        del self._attempts[event.peer]
        self._rests.add(event.peer, now.monotonic, is_fault=event.is_fault)
        return []

    def _close(self, peer: PeerId, now: Moment) -> list[Errand]:
        if self._attempts.pop(peer, None) is not None:
            self._rest(peer, now)
            return []
        opened_at = self._open.pop(peer)
        self._offered.discard(peer)
        if not self._open:
            self._pool.part()
        if now.monotonic - opened_at < OPEN_STABLE_SECONDS:
            self._rest(peer, now)
        else:
            self._rests.forgive(peer, now.monotonic)
        # Whoever lost us finds us again by our next announcement, or we it by its own.
        self._pool.want(now.monotonic)
        return self.tick(now)

    def _make_room(self, now: Moment, via: Via) -> list[Errand] | None:
        """Find a place for one more attempt; None when there is none.

        When all are taken, the oldest attempt yields if it had time enough to open: else a flood of offers from
        invented ids would keep everyone out for as long as it lasts. To an introduced one, one by a tracker yields at
        once.
        """
        if not self._is_running:
            return None
        # Who proves itself while all places are taken gets one, so a few more than there are may try.
        if len(self._attempts) < min(ATTEMPTS_MAX, max(NEWCOMERS_MAX, self._mesh.places - len(self._open))):
            return []
        oldest = next(iter(self._attempts), None)
        found = next((peer for peer, each in self._attempts.items() if introducer_of(each.via) is None), None)
        if found is not None and introducer_of(via) is not None:
            return self._give_up(found, "gave way to one whom a neighbour introduced", now)
        if oldest is None or now.monotonic < self._attempts[oldest].started_at + ATTEMPT_YIELD_SECONDS:
            return None
        return self._give_up(oldest, "gave way to another attempt", now)

    def _give_up(self, peer: PeerId, reason: str, now: Moment) -> list[Errand]:
        del self._attempts[peer]
        self._rest(peer, now)
        return [Disconnect(peer, reason)]

    def _rest(self, peer: PeerId, now: Moment) -> None:
        self._rests.add(peer, now.monotonic, is_fault=False)
