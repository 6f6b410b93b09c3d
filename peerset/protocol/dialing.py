"""Who calls whom: offers out, answers in, one attempt per peer, back-off (docs/protocol.md, "Dialing")."""

import random
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from peerset.core.clock import Moment, Monotonic
from peerset.core.limits import (
    ATTEMPT_TIMEOUT_SECONDS,
    ATTEMPT_YIELD_SECONDS,
    ATTEMPTS_MAX,
    CHANNELS_PER_OFFERED,
    NEIGHBOURS_CHOSEN,
    NEWCOMERS_MAX,
    OFFERS_POOLED,
    OPEN_STABLE_SECONDS,
    REDIAL_BASE_SECONDS,
    REDIAL_MAX_SECONDS,
    RESTS_MAX,
)
from peerset.core.signal import Offer, PeerId, Via, introducer_of
from peerset.protocol.deadlines import NEVER
from peerset.protocol.effects import AcceptAnswer, Disconnect, Errand, MakeAnswer, MakeOffers, SendAnswer
from peerset.protocol.inputs import (
    AnswerMade,
    AnswerReceived,
    Closed,
    DialFailed,
    OfferLost,
    OfferReceived,
    OffersMade,
    Opened,
)
from peerset.protocol.lending import Lending
from peerset.protocol.mesh import Mesh
from peerset.protocol.offering import OfferPool


class DialState(Enum):
    """Where we stand with one remote peer id."""

    IDLE = "idle"
    """Nothing is under way."""
    ANSWERING = "answering"
    """Its offer came; our answer is being made."""
    ANSWERED = "answered"
    """Our answer is out; the channel has not opened."""
    ACCEPTED = "accepted"
    """Its answer to an offer of ours came; the channel has not opened."""
    OPEN = "open"
    """There is a channel."""
    RESTING = "resting"
    """The last attempt failed; offers of this peer are ignored for a while."""


PeerInput = OfferReceived | AnswerReceived | AnswerMade | DialFailed | Opened | Closed
"""What concerns one peer; `OffersMade` and `OfferLost` concern the pool."""

DialInput = PeerInput | OffersMade | OfferLost

TRANSITIONS: Final[Mapping[tuple[DialState, type[PeerInput]], DialState]] = {
    (DialState.IDLE, OfferReceived): DialState.ANSWERING,
    (DialState.IDLE, AnswerReceived): DialState.ACCEPTED,
    # Whoever answers our offer wants us now, and would ignore our next offers while its own attempt lasts.
    (DialState.RESTING, AnswerReceived): DialState.ACCEPTED,
    (DialState.ANSWERING, AnswerMade): DialState.ANSWERED,
    (DialState.ANSWERING, AnswerReceived): DialState.ACCEPTED,
    (DialState.ANSWERED, AnswerReceived): DialState.ACCEPTED,
    (DialState.ACCEPTED, AnswerMade): DialState.ACCEPTED,
    **{
        (state, lost): DialState.RESTING
        for state in (DialState.ANSWERING, DialState.ANSWERED, DialState.ACCEPTED)
        for lost in (DialFailed, Closed)
    },
    **{(state, Opened): DialState.OPEN for state in DialState},
    (DialState.OPEN, Closed): DialState.IDLE,
}
"""What may come when, and where it leads, when the rules below the table allow it.

Signals are not authenticated and cross one another, so what the table lacks is ignored, not blamed on anyone.
Two exceptions to the right-hand side: a channel that closes soon after it opened leads to RESTING, and of two
attempts that cross (ANSWERING or ANSWERED, AnswerReceived) only the smaller id turns from its answer to its offer.
"""


@dataclass(slots=True)
class _Attempt:
    """A channel that has not opened yet."""

    state: DialState
    started_at: Monotonic
    via: Via
    is_answer_due: bool
    """`MakeAnswer` was asked and has not come back."""


@dataclass(frozen=True, slots=True)
class _Rest:
    failures: int
    until: Monotonic


class Dialing:
    """The dials of one room, each towards one remote peer id, and the pool of offers they share."""

    def __init__(self, peer_id: PeerId, *, rng: random.Random, mesh: Mesh) -> None:
        self._own_id = peer_id
        self._rng = rng
        self._mesh = mesh
        # Who offers to a third of its places leaves the rest for others' offers: were all taken by those who came
        # first, a large room would fall apart into full circles that let no newcomer in.
        self._offered_max = max(1, mesh.places // CHANNELS_PER_OFFERED)
        self._offered: set[PeerId] = set()
        self._is_running = False
        self._pool = OfferPool(rng=rng)
        self._lending = Lending()
        self._makers: deque[OfferPool | Lending] = deque()
        """For whom offers are being made, those asked for first coming first."""
        # Both in order of age: an attempt that changes its state is put at the end again.
        self._attempts: dict[PeerId, _Attempt] = {}
        self._rests: dict[PeerId, _Rest] = {}
        self._open: dict[PeerId, Monotonic] = {}

    def start(self, now: Moment) -> list[Errand]:
        """Make offers; they are announced once they are ready."""
        self._is_running = True
        return self._made_for(self._pool, self._pool.start(self._target(now), now.monotonic))

    def stop(self) -> list[Errand]:
        """Give up every offer and attempt; open channels are left to the caller."""
        self._is_running = False
        dropped: list[Errand] = [Disconnect(peer, "leaving") for peer in self._attempts]
        self._attempts.clear()
        return [*dropped, *self._pool.stop(), *self._lending.stop()]

    def receive(self, event: DialInput, now: Moment) -> list[Errand]:
        """Take *event*; what its peer's state does not allow is ignored."""
        match event:
            case OffersMade(offers):
                return self._add(offers, now)
            case OfferLost(offer_id):
                self._pool.take(offer_id, now.monotonic)
                self._lending.take(offer_id)
                return self.tick(now)
            case _:
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
        effects += self._lending.expire(now)
        if self._mesh.is_seeking(now):
            self._pool.seek(now.monotonic)
        self._pool.rest(self._feels_at(now))
        deadline = self._pool.deadline
        if deadline is not None and now.monotonic >= deadline:
            effects += self._made_for(self._pool, self._pool.refresh(self._target(now), now.monotonic))
            self._pool.rest(self._feels_at(now))
        return effects

    @property
    def deadline(self) -> Monotonic | None:
        """When `tick` has something to do."""
        pool, lent = self._pool.deadline, self._lending.deadline
        if not self._attempts and lent is None:
            return pool
        oldest = next(iter(self._attempts.values()), None)
        times_out = NEVER if oldest is None else Monotonic(oldest.started_at + ATTEMPT_TIMEOUT_SECONDS)
        return min(times_out, pool or NEVER, lent or NEVER)

    # What introductions ask.

    def call(self, callees: Iterable[tuple[PeerId, Via]]) -> list[Errand]:
        """Make offers for those that a neighbour named to us."""
        return self._made_for(self._lending, self._lending.call(callees) if self._is_running else [])

    @property
    def is_calling(self) -> bool:
        """Say whether offers are made at all."""
        return self._is_running

    def missing(self, now: Moment) -> int:
        """Say how many neighbours we lack, beside those that are on their way."""
        under_way = len(self._attempts) + len(self._lending)
        if self._mesh.is_large:
            return self._mesh.missing(now) - under_way
        return min(NEIGHBOURS_CHOSEN, self._mesh.places) - len(self._open) - under_way

    def may_call(self, peer: PeerId, now: Moment) -> bool:
        """Say whether an offer for *peer* makes sense: nothing is under way, and it is not ourselves."""
        return peer != self._own_id and self.state(peer, now) is DialState.IDLE and not self._lending.has(peer)

    def is_useful(self, peer: PeerId, now: Moment) -> bool:
        """Say whether the neighbour *peer* was good for something lately."""
        return self._mesh.is_useful(peer, now)

    def shun(self, peer: PeerId, now: Moment) -> None:
        """Let *peer* rest: it broke the rules before it proved who it is."""
        self._rest(peer, now, is_fault=True)

    def state(self, peer: PeerId, now: Moment) -> DialState:
        """Say where we stand with *peer*."""
        if peer in self._open:
            return DialState.OPEN
        if peer in self._attempts:
            return self._attempts[peer].state
        rest = self._rests.get(peer)
        return DialState.RESTING if rest is not None and now.monotonic < rest.until else DialState.IDLE

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
        if self._mesh.is_large:
            return max(0, min(OFFERS_POOLED, self._mesh.wanted(now) - self._accepted - len(self._lending)))
        # Who is introduced goes before those that trackers find.
        places = self._mesh.places - len(self._open) - len(self._attempts) - len(self._lending)
        return max(0, min(OFFERS_POOLED, places, self._left(now) or self._mesh.spare(now)))

    def _feels_at(self, now: Moment) -> Monotonic | None:
        """Say when to try one more than our part of the places, if that is taken."""
        return self._mesh.feels_at if self._mesh.is_large or not self._left(now) else None

    def _left(self, now: Moment) -> int:
        """Say how many more places offers of ours may win, in a room that is not known to be large."""
        return max(0, self._offered_max - len(self._offered) + self._mesh.idle(now) - self._accepted)

    @property
    def _accepted(self) -> int:
        return sum(attempt.state is DialState.ACCEPTED for attempt in self._attempts.values())

    def _made_for(self, maker: OfferPool | Lending, effects: Sequence[Errand]) -> list[Errand]:
        """Note for whom the offers are that *effects* ask for, if any."""
        if any(isinstance(effect, MakeOffers) for effect in effects):
            self._makers.append(maker)
        return [*effects]

    def _add(self, offers: tuple[Offer, ...], now: Moment) -> list[Errand]:
        maker = self._makers.popleft() if self._makers else self._pool
        if isinstance(maker, Lending):
            return maker.add(offers, now)
        effects = maker.add(offers, target=self._target(now), now=now.monotonic)
        maker.rest(self._feels_at(now))
        return [*effects]

    def _receive_of_peer(self, event: PeerInput, before: DialState, now: Moment) -> list[Errand]:
        match event:
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
                return self._lending.release(peer)
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
        is_called = self._lending.fits(event.answer.offer_id, event.peer)
        if not is_called and (event.answer.offer_id not in self._pool or not self._mesh.takes_answer(now)):
            return []
        is_spare = not (is_called or self._mesh.is_large or self._left(now))
        is_new = before in (DialState.IDLE, DialState.RESTING)
        effects = self._make_room(now, event.via) if is_new else self._turn_to_offer(event.peer)
        if effects is None:
            return []
        if is_spare:
            self._mesh.tried(now)
        crossed = self._attempts.pop(event.peer, None)
        is_answer_due = crossed is not None and crossed.is_answer_due
        self._attempts[event.peer] = _Attempt(DialState.ACCEPTED, now.monotonic, event.via, is_answer_due)
        self._pool.take(event.answer.offer_id, now.monotonic)
        self._lending.take(event.answer.offer_id)
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
        self._rest(event.peer, now, is_fault=event.is_fault)
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
        elif self.state(peer, now) is not DialState.RESTING:
            self._rests.pop(peer, None)
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

    def _rest(self, peer: PeerId, now: Moment, *, is_fault: bool = False) -> None:
        before = self._rests.pop(peer, None)
        # A peer that stayed out of trouble for the longest rest begins anew.
        is_recent = before is not None and now.monotonic < before.until + REDIAL_MAX_SECONDS
        failures = 1 + (before.failures if before is not None and is_recent else 0)
        delay_seconds = min(REDIAL_MAX_SECONDS, REDIAL_BASE_SECONDS * 2 ** min(failures - 1, 16))
        if is_fault:
            delay_seconds = REDIAL_MAX_SECONDS
        until = Monotonic(now.monotonic + delay_seconds * self._rng.uniform(0.5, 1.0))
        # A channel that closes after a fault shortens no rest.
        self._rests[peer] = _Rest(failures, until if before is None else max(until, before.until))
        if len(self._rests) > RESTS_MAX:
            del self._rests[next(iter(self._rests))]
