"""Set reconciliation with one established peer (docs/protocol.md, "Sync").

A round goes Root -> Sketch -> Ranges -> Fin, or Root -> Days -> Ranges -> ... -> Fin where a sketch does not do, with
Want and Records on the side. The peer with the smaller nonce is the *initiator*: it alone opens rounds; the other may
invite it by a Root of round 0. Sketch or Days and Ranges pass the turn back and forth; whoever has no open range left
answers Fin, once all it pushes is sent, and the second Fin ends the round.
"""

import random
from collections.abc import Callable, Iterable
from typing import Final

from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.limits import ROUND_BYTES_MAX, STRETCH_RECORDS
from peerset.core.merkle import Index
from peerset.core.message import (
    Bound,
    Credit,
    Days,
    Fin,
    Lacking,
    Message,
    More,
    Ranges,
    Root,
    Sketch,
    SyncMessage,
    Want,
)
from peerset.core.record import RecordId
from peerset.core.signal import PeerId, RoomTag
from peerset.errors import LocalProtocolError
from peerset.protocol.comparing import Comparing, Progress, Ways
from peerset.protocol.effects import Emit, Load, Request, Send, Strike
from peerset.protocol.events import PeerSynced
from peerset.protocol.horizon import Horizon
from peerset.protocol.lacking import Lacked
from peerset.protocol.pace import Pace
from peerset.protocol.refused import NOTHING_REFUSED, Refuses, Sift
from peerset.protocol.round import Deferral, Round, is_window
from peerset.protocol.stages import TRANSITIONS as TRANSITIONS
from peerset.protocol.stages import State as State
from peerset.protocol.strikes import Fault
from peerset.protocol.transfer import Transfer

DIGEST_BYTES: Final = 16
NOTHING_IN_COMMON: Final = bytes(DIGEST_BYTES)
"""The digest of a `Fin` that ends a round in which no day can be compared."""


class Sync:
    """The machine of one established peer."""

    def __init__(
        self,
        peer: PeerId,
        index: Index,
        room_tag: RoomTag,
        *,
        salt: bytes,
        is_initiator: bool,
        sift: Sift,
        refuses: Refuses = NOTHING_REFUSED,
        has_lacking: bool = True,
        transfer: Callable[[], Transfer] | None = None,
        rng: random.Random,
        horizon: Horizon | None = None,
        bytes_max: int = ROUND_BYTES_MAX,
    ) -> None:
        self.peer = peer
        self.state = State.IDLE
        self.is_initiator = is_initiator
        self.gained = self.given = self.unequal = 0
        self.has_news = False  # We wrote since the last round began.
        self._index = index
        self._room_tag = room_tag
        self._salt = salt
        self._horizon = horizon or Horizon()
        self._transfer = transfer or (lambda: Transfer(index, salt))
        self._lacked = lacked = Lacked(peer, salt, is_understood=has_lacking)
        # Of what it holds only this: a circle would be found much later than its neighbour is gone.
        listens: Sift = lambda *listed: lacked.sift(sift(*listed))  # noqa: E731
        self._ways: Ways = {"sift": listens, "refuses": refuses, "bytes_max": bytes_max}
        self.pace = Pace(is_initiator=is_initiator, rng=rng)
        self._comparing: Comparing | None = None
        """That of the round that is open."""
        self._worked_at: Monotonic | None = None
        self._worked_before = 0
        self._resume: Bound | None = None
        self._last_number = self._undealt_bytes = 0
        self.is_clogged = False
        """The channel has not taken what was said before: nothing is said that can wait, until `drain`."""
        self._deferred: Deferral | None = None

    def start(self, now: Moment) -> list[Request]:
        """Begin; the initiator opens a round at once."""
        return self._open(now) if self.is_initiator else []

    def drain(self, now: Moment) -> list[Request]:
        """Go on where the channel was clogged."""
        self.is_clogged = False
        if self._comparing is None:
            return []
        self._comparing.round.touched = now.monotonic
        return [*self._compare(self._comparing, now), *self._pump(now)]

    def poke(self, now: Moment) -> None:
        """Note that our set grew by records that nobody announces: compare soon, with the youngest too."""
        self.pace.poke(now)

    def moved(self, now: Moment) -> None:
        """Note that our set changed: where the roots differed, it may have been by what came in just now."""
        self.pace.moved(now)

    def receive(self, message: SyncMessage, now: Moment) -> list[Request]:
        """Take a `Root`, or what belongs to a round."""
        if isinstance(message, Root):
            return self._on_root(message, now)
        if message.round > self._last_number:
            return self._fault(Fault.LYING, f"{type(message).__name__} of a round that was never opened", now)
        comparing = self._of(message.round)
        if comparing is None:
            return []
        if (self.state, type(message)) not in TRANSITIONS:
            return self._fault(Fault.WRONG_STATE, f"{type(message).__name__} in {self.state.name}", now)
        comparing.round.touched = now.monotonic
        match message:
            case Days():
                effects = self._on_days(comparing, message, now)
            case Sketch():
                effects = self._on_sketch(comparing, message, now)
            case More(_, symbols):
                effects = self._on_more(comparing, symbols, now)
            case Ranges():
                comparing.take(message)
                effects = self._compare(comparing, now)
            case Want(_, short_ids):
                is_true = comparing.give(short_ids)
                effects = [] if is_true else self._fault(Fault.LYING, "wants what was not listed", now)
            case Lacking(_, short_ids):
                effects = []
                self._lacked.heard(short_ids)
            case Credit(_, total_bytes):
                is_true = comparing.round.transfer.credit(total_bytes)
                effects = [] if is_true else self._fault(Fault.LYING, "credit for bytes never sent", now)
            case Fin():  # pragma: no branch (mypy: nothing else is left)
                effects = self._on_fin(comparing, message, now)
        return [*effects, *self._pump(now)]

    def received(self, round_number: int, size: int, now: Moment) -> list[Request]:
        """Note that *size* bytes of blobs, which are on their way through intake, or of names arrived."""
        self._undealt_bytes += size
        comparing = self._of(round_number)
        if comparing is not None and not comparing.round.arrive(size, now):
            return self._fault(Fault.FLOOD, "more records than credit", now)
        return []

    def dealt(self, round_number: int, size: int, added: int, now: Moment) -> list[Request]:
        """Note that intake is done with *size* bytes of blobs from this peer, and *added* of them are new."""
        self._undealt_bytes -= size
        self.gained += added
        effects: list[Request] = []
        comparing = self._of(round_number)
        if comparing is not None:
            effects += [Send(self.peer, credit) for credit in comparing.round.deal(size, added, now)]
        if self._undealt_bytes == 0 and self._deferred is not None:
            root, self._deferred = self._deferred.root, None
            effects += self._answer_root(root, now)
        return [*effects, *self._pump(now)]

    def loaded(self, round_number: int, blobs: tuple[bytes, ...], now: Moment) -> list[Request]:
        """Take the answer to a `Load`."""
        comparing = self._of(round_number)
        if comparing is None:
            return []
        comparing.round.touched = now.monotonic
        lacking = comparing.round.transfer.loaded(blobs)
        return [*self._lacked.tell(round_number, lacking), *self._pump(now)]

    def purge(self, ids: Iterable[RecordId]) -> None:
        """Give none of *ids* any more, whose content is gone for good."""
        if self._comparing is not None:
            self._comparing.round.transfer.purge(ids)

    @property
    def is_quiet(self) -> bool:
        """The last round ended with equal roots and nothing from this peer is on its way."""
        return self.state is State.SETTLED and self._undealt_bytes == 0

    @property
    def progress(self) -> Progress | None:
        """How far the round is that is open."""
        return None if self._comparing is None else self._comparing.progress

    @property
    def deadline(self) -> Monotonic | None:
        """When `tick` has something to do."""
        if self.is_clogged:
            return None
        if self._deferred is not None:
            return self._deferred.deadline
        if self._comparing is None:
            return self.pace.due
        if self._comparing.has_work:
            return self._comparing.round.touched
        return self._comparing.round.deadline

    def tick(self, now: Moment) -> list[Request]:
        """Open a round, invite one, say that one goes on, or give up one that does not move."""
        if self.deadline is None or now.monotonic < self.deadline:
            return []
        if self._deferred is not None:
            return [Send(self.peer, self._deferred.say(now))]
        if self._comparing is not None:
            return self._go_on(self._comparing, now)
        if self.is_initiator:
            return self._open(now)
        self.pace.opened(now)
        return [Send(self.peer, self._root(0, *self._horizon.opening(now.unix, is_full=True)))]

    def _go_on(self, comparing: Comparing, now: Moment) -> list[Request]:
        if comparing.has_work:
            comparing.round.touched = now.monotonic
            self._worked_at = None
            return [*self._compare(comparing, now), *self._pump(now)]
        if comparing.round.undealt_bytes:
            # It is we who are slow: a round begun anew, by either side, would bring all of that once more.
            return [Send(self.peer, comparing.round.give_credit(now))]
        # Load or loss on either side, or a machine that slept: nobody is to blame.
        return self._end(now, is_equal=False)

    # The steps of a round, in the order they happen.

    def _open(self, now: Moment) -> list[Request]:
        self._last_number += 1
        first_day, upto = self._horizon.opening(now.unix, is_full=self.pace.is_full)
        self._begin(self._last_number, first_day, upto, now)
        return [Send(self.peer, self._root(self._last_number, first_day, upto))]

    def _on_root(self, root: Root, now: Moment) -> list[Request]:
        if self.is_initiator:
            return self._invited(root, now)
        if root.round <= self._last_number:
            return self._fault(Fault.LYING, f"round {root.round} after round {self._last_number}", now)
        if not self.pace.admits(now):
            return self._fault(Fault.FLOOD, "more than a round a second", now)
        if self._undealt_bytes > 0:
            self._deferred = Deferral(root, now)
            return []
        return self._answer_root(root, now)

    def _answer_root(self, root: Root, now: Moment) -> list[Request]:
        if not is_window(root.first_day, root.upto):
            return self._fault(Fault.LYING, f"a window from day {root.first_day} to {root.upto}", now)
        self._last_number = root.round
        span = self._horizon.answering(root, now.unix)
        first_day, upto = span or (root.first_day, root.upto)
        comparing = self._begin(root.round, first_day, upto, now)
        if span is None:
            self._end(now, is_equal=False)
            return [Send(self.peer, Fin(root.round, 0, NOTHING_IN_COMMON))]
        mine = self._root(root.round, first_day, upto)
        if mine == root:
            return self._agree(now)
        return [Send(self.peer, comparing.begin(root.count, by_days=self.pace.is_by_days))]

    def _invited(self, root: Root, now: Moment) -> list[Request]:
        if root.round != 0:
            return self._fault(Fault.WRONG_STATE, "a round opened by who may only invite", now)
        if not is_window(root.first_day, root.upto):
            return self._fault(Fault.LYING, f"a window from day {root.first_day} to {root.upto}", now)
        self.pace.ask(now)
        return []

    def _agree(self, now: Moment) -> list[Request]:
        return [Send(self.peer, self._fin()), *self._end(now, is_equal=True)]

    def _on_days(self, comparing: Comparing, days: Days, now: Moment) -> list[Request]:
        if not self.is_initiator or Days not in comparing.awaited or not comparing.round.adopt(days):
            return self._fault(Fault.LYING, "days that do not fit the round", now)
        return self._say(comparing, comparing.take_days(days))

    def _on_sketch(self, comparing: Comparing, sketch: Sketch, now: Moment) -> list[Request]:
        answer = comparing.take_sketch(sketch, by_days=self.pace.is_by_days) if self.is_initiator else None
        if answer is None:
            return self._fault(Fault.LYING, "a sketch that does not fit the round", now)
        return self._say(comparing, answer)

    def _on_more(self, comparing: Comparing, symbols: int, now: Moment) -> list[Request]:
        answer = None if self.is_initiator else comparing.take_more(symbols)
        if answer is None:
            return self._fault(Fault.LYING, "more than a sketch has", now)
        return [Send(self.peer, answer)]

    def _compare(self, comparing: Comparing, now: Moment) -> list[Request]:
        """Answer what the peer said, as much of it as one moment takes; `tick` goes on with the rest."""
        if now.monotonic != self._worked_at:
            self._worked_at, self._worked_before = now.monotonic, comparing.worked
        effects: list[Request] = []
        while not self.is_clogged and comparing.has_work and comparing.worked - self._worked_before < STRETCH_RECORDS:
            answer = comparing.work()
            if answer is None:
                return effects + self._fault(Fault.LYING, "ranges that were not open", now)
            effects += self._say(comparing, answer)
        return effects

    def _say(self, comparing: Comparing, answer: Iterable[Message]) -> list[Request]:
        if comparing.is_over:
            comparing.round.is_fin_due = True
            self.state = State.FETCHING
        return [Send(self.peer, message) for message in answer]

    def _on_fin(self, comparing: Comparing, fin: Fin, now: Moment) -> list[Request]:
        if self.is_initiator and len(comparing.awaited) > 1:
            # The other found its root equal to ours, or no day that both compare, and has left the round already.
            return self._end(now, is_equal=fin.digest != NOTHING_IN_COMMON)
        comparing.round.fin, comparing.round.is_fin_due = fin, True
        comparing.stop()
        self.state = State.FETCHING
        return []

    def _pump(self, now: Moment) -> list[Request]:
        """Send, load, and end the round, as far as all that is possible now."""
        if self._comparing is None or self.is_clogged:
            return []
        active = self._comparing.round
        effects: list[Request] = [Send(self.peer, each) for each in active.transfer.next_messages(active.number)]
        ids = active.transfer.next_ids(now)
        if ids:
            effects.append(Load(self.peer, active.number, ids))
        is_second = active.fin is not None and not active.is_fin_sent
        may_end = active.is_fin_due and active.transfer.is_empty and not (is_second and self._undealt_bytes)
        if may_end and not active.is_fin_sent:
            active.is_fin_sent = True
            effects.append(Send(self.peer, self._fin()))
        if active.fin is not None and active.is_fin_sent and self._undealt_bytes == 0:
            effects += self._conclude(self._comparing, active.fin, now, is_second=is_second)
        return effects

    def _conclude(self, comparing: Comparing, fin: Fin, now: Moment, *, is_second: bool) -> list[Request]:
        # What we gave came after the other's first Fin, whose digest says nothing of it. The initiator hears our
        # digest and asks once more if it must; the other may take equality for granted until then.
        is_given = comparing.round.transfer.count > 0
        ours = self._fin()
        comparing.is_same = ours.digest == fin.digest
        is_equal = comparing.is_same or (is_second and is_given and not self.is_initiator)
        if not (is_given or comparing.round.gained or comparing.is_sketched) and comparing.left is None:
            is_equal = is_equal or self._lacked.explains(ours.count - fin.count)
        return self._end(now, is_equal=is_equal)

    def _begin(self, number: int, first_day: int, upto: UnixTime, now: Moment) -> Comparing:
        index, salt = self._index, self._salt
        fresh = Round(number, first_day, upto, self._transfer(), now=now.monotonic)
        self._comparing = Comparing(fresh, index, salt, resume=self._resume, **self._ways)
        self.pace.opened(now)
        self._worked_at = None
        self.state, self.has_news = State.COMPARING, False
        return self._comparing

    def _end(self, now: Moment, *, is_equal: bool) -> list[Request]:
        ended, self._comparing = self._open_one, None
        self._resume = ended.reached
        self.given += ended.round.transfer.count
        self.state = State.SETTLED if is_equal else State.IDLE
        self.unequal += not is_equal
        self.pace.ended(now, ended.outcome(is_equal=is_equal))
        return [Emit(PeerSynced(self.peer, self.gained, self.given))] if is_equal else []

    def _fault(self, fault: Fault, reason: str, now: Moment) -> list[Request]:
        if self._comparing is not None:
            self._end(now, is_equal=False)
        return [Strike(self.peer, fault, reason)]

    def _of(self, number: int) -> Comparing | None:
        """Give the round *number* while it is open."""
        is_open = self._comparing is not None and self._comparing.round.number == number
        return self._comparing if is_open else None

    @property
    def _open_one(self) -> Comparing:
        if self._comparing is None:
            raise LocalProtocolError("no round is open")
        return self._comparing

    def _root(self, number: int, first_day: int, upto: UnixTime) -> Root:
        root = self._index.root(self._room_tag, first_day, upto)
        return Root(number, first_day, upto, root.count, root.digest[:DIGEST_BYTES])

    def _fin(self) -> Fin:
        active = self._open_one.round
        root = self._root(active.number, active.first_day, active.upto)
        return Fin(active.number, root.count, root.digest)
