"""Set reconciliation with one established peer (docs/protocol.md, "Sync").

A round goes Root -> Days -> Ranges -> ... -> Fin, with Want and Records on the side. The peer with the smaller
nonce is the *initiator*: it alone opens rounds; the other may invite it by a Root of round 0. Days and Ranges
pass the turn back and forth; whoever has no open range left answers Fin, once all it pushes is sent, and the
second Fin ends the round.
"""

import random
from collections.abc import Mapping
from dataclasses import replace
from enum import Enum
from typing import Final

from peerset.core.clock import DAY_SECONDS, Moment, Monotonic, UnixTime, clamped
from peerset.core.limits import (
    ANSWER_FRAMES_MAX,
    CREDIT_WINDOW_BYTES,
    DAY_CELL_DAYS,
    FRAME_BYTES_MAX,
    FUTURE_SECONDS_MAX,
    ROUND_TIMEOUT_SECONDS,
)
from peerset.core.merkle import Index
from peerset.core.message import (
    Credit,
    Days,
    Fin,
    Lacking,
    Message,
    Ranges,
    Records,
    Root,
    SyncMessage,
    Want,
)
from peerset.core.ranges import Step, compare_days, compare_ranges, day_cells
from peerset.core.record import RecordId
from peerset.core.signal import PeerId, RoomTag
from peerset.errors import LocalProtocolError
from peerset.protocol.effects import Emit, Load, Request, Send, Strike
from peerset.protocol.events import PeerSynced
from peerset.protocol.lacking import Lacked
from peerset.protocol.pace import Pace
from peerset.protocol.refused import Sift
from peerset.protocol.retention import window
from peerset.protocol.round import Round, answers_of, cut_into_frames, is_window, wants_for
from peerset.protocol.strikes import Fault

DIGEST_BYTES: Final = 16


class State(Enum):
    """Where reconciliation with a peer stands."""

    IDLE = "idle"
    """No round is open, and the last one did not end with equal roots."""
    COMPARING = "comparing"
    """Ranges are still open on one side."""
    FETCHING = "fetching"
    """The difference is known; records flow."""
    SETTLED = "settled"
    """The last round ended with equal roots."""


_ROUND: Final = (Days, Ranges, Want, Lacking, Credit, Fin)

TRANSITIONS: Final[Mapping[tuple[State, type[Message]], State]] = {
    **{(state, Root): State.COMPARING for state in State},
    (State.COMPARING, Days): State.COMPARING,
    (State.COMPARING, Ranges): State.COMPARING,
    (State.COMPARING, Want): State.COMPARING,
    (State.COMPARING, Lacking): State.COMPARING,
    (State.COMPARING, Credit): State.COMPARING,
    (State.COMPARING, Fin): State.FETCHING,
    (State.FETCHING, Lacking): State.FETCHING,
    (State.FETCHING, Credit): State.FETCHING,
    (State.FETCHING, Fin): State.SETTLED,
    **{(State.IDLE, kind): State.IDLE for kind in _ROUND},
    **{(State.SETTLED, kind): State.SETTLED for kind in _ROUND},
}
"""What may come when, for the round that is open; what belongs to an older round is ignored.

The state named is where the message usually leads: an empty answer makes COMPARING FETCHING, and unequal roots
at the end make SETTLED IDLE. Between rounds only leftovers of an abandoned round can come.
"""


def everything(now: UnixTime) -> UnixTime:
    """Give the upper bound that leaves no record out: the end of tomorrow, UTC."""
    return UnixTime((clamped(now) // DAY_SECONDS + 2) * DAY_SECONDS)


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
        has_lacking: bool = True,
        rng: random.Random,
    ) -> None:
        self.peer = peer
        self.state = State.IDLE
        self.is_initiator = is_initiator
        self.gained = self.given = 0
        self._index = index
        self._room_tag = room_tag
        self._salt = salt
        self._sift = sift
        self._lacked = Lacked(peer, salt, is_understood=has_lacking)
        self._pace = Pace(is_initiator=is_initiator, rng=rng)
        self._round: Round | None = None
        self._last_number = 0
        self._undealt_bytes = 0
        self._round_bytes = self._dealt_bytes = self._credited_bytes = 0
        self._deferred: Root | None = None

    def start(self, now: Moment) -> list[Request]:
        """Begin; the initiator opens a round at once."""
        return self._open(now) if self.is_initiator else []

    def poke(self, now: Moment) -> None:
        """Note that our set grew by records that nobody announces: compare soon, with the youngest too."""
        self._pace.poke(now)

    def receive(self, message: SyncMessage, now: Moment) -> list[Request]:
        """Take a `Root`, or what belongs to a round."""
        if isinstance(message, Root):
            return self._on_root(message, now)
        if message.round > self._last_number:
            return self._fault(Fault.LYING, f"{type(message).__name__} of a round that was never opened", now)
        if self._round is None or message.round != self._round.number:
            return []
        if (self.state, type(message)) not in TRANSITIONS:
            return self._fault(Fault.WRONG_STATE, f"{type(message).__name__} in {self.state.name}", now)
        self._round.touched = now.monotonic
        match message:
            case Days():
                effects = self._on_days(self._round, message, now)
            case Ranges():
                effects = self._on_ranges(self._round, message, now)
            case Want(_, short_ids):
                effects = self._on_want(self._round, short_ids, now)
            case Lacking(_, short_ids):
                effects = []
                self._lacked.heard(short_ids)
            case Credit(_, total_bytes):
                is_true = self._round.transfer.credit(total_bytes)
                effects = [] if is_true else self._fault(Fault.LYING, "credit for bytes never sent", now)
            case Fin():  # pragma: no branch (mypy: nothing else is left)
                effects = self._on_fin(self._round, message, now)
        return [*effects, *self._pump(now)]

    def received(self, message: Records, now: Moment) -> list[Request]:
        """Note that *message* arrived; its blobs are on their way through intake."""
        size = sum(map(len, message.blobs))
        self._undealt_bytes += size
        if self._round is not None and message.round == self._round.number:
            self._round.touched = now.monotonic
            self._round_bytes += size
            if self._round_bytes - self._dealt_bytes > CREDIT_WINDOW_BYTES + 2 * FRAME_BYTES_MAX:
                return self._fault(Fault.FLOOD, "more records than credit", now)
        return []

    def dealt(self, round_number: int, size: int, added: int, now: Moment) -> list[Request]:
        """Note that intake is done with *size* bytes of blobs from this peer, and *added* of them are new."""
        self._undealt_bytes -= size
        self.gained += added
        effects: list[Request] = []
        if self._round is not None and round_number == self._round.number:
            self._round.touched = now.monotonic
            self._round.gained += added
            self._dealt_bytes += size
            if self._dealt_bytes - self._credited_bytes >= CREDIT_WINDOW_BYTES // 4:
                self._credited_bytes = self._dealt_bytes
                effects.append(Send(self.peer, Credit(round_number, self._dealt_bytes)))
        if self._undealt_bytes == 0 and self._deferred is not None:
            root, self._deferred = self._deferred, None
            effects += self._answer_root(root, now)
        return [*effects, *self._pump(now)]

    def loaded(self, round_number: int, blobs: tuple[bytes, ...], now: Moment) -> list[Request]:
        """Take the answer to a `Load`."""
        if self._round is None or round_number != self._round.number:
            return []
        self._round.touched = now.monotonic
        lacking = self._round.transfer.loaded(blobs)
        return [*self._lacked.tell(round_number, lacking), *self._pump(now)]

    @property
    def is_quiet(self) -> bool:
        """The last round ended with equal roots and nothing from this peer is on its way."""
        return self.state is State.SETTLED and self._undealt_bytes == 0

    @property
    def deadline(self) -> Monotonic | None:
        """When `tick` has something to do."""
        if self._round is not None:
            return Monotonic(self._round.touched + ROUND_TIMEOUT_SECONDS)
        return self._pace.due

    def tick(self, now: Moment) -> list[Request]:
        """Open a round, invite one, or give up one that does not move."""
        if self.deadline is None or now.monotonic < self.deadline:
            return []
        if self._round is not None:
            # Nobody is to blame: loss, load and a peer that lost its memory look the same from here.
            self._end(now, is_equal=False)
            return []
        if self.is_initiator:
            return self._open(now)
        self._pace.opened(now)
        return [Send(self.peer, self._root(0, window(now.unix).first_day, everything(now.unix)))]

    # The steps of a round, in the order they happen.

    def _open(self, now: Moment) -> list[Request]:
        self._last_number += 1
        upto = everything(now.unix) if self._pace.is_full else window(now.unix).upto
        self._begin(Round(self._last_number, window(now.unix).first_day, upto, now=now.monotonic), now)
        return [Send(self.peer, self._root(self._last_number, self._round_open.first_day, upto))]

    def _on_root(self, root: Root, now: Moment) -> list[Request]:
        if self.is_initiator:
            return self._invited(root, now)
        if root.round <= self._last_number:
            return self._fault(Fault.LYING, f"round {root.round} after round {self._last_number}", now)
        if not self._pace.admits(now):
            return self._fault(Fault.FLOOD, "more than a round a second", now)
        if self._undealt_bytes > 0:
            self._deferred = root
            return []
        return self._answer_root(root, now)

    def _answer_root(self, root: Root, now: Moment) -> list[Request]:
        ours = window(now.unix)
        first_day = max(root.first_day, ours.first_day - 1)
        is_soon = root.upto <= max(now.unix + FUTURE_SECONDS_MAX, everything(UnixTime(now.unix + FUTURE_SECONDS_MAX)))
        upto = root.upto if is_soon else everything(now.unix)
        if not is_window(first_day, upto):
            return self._fault(Fault.LYING, f"a window from day {root.first_day} to {root.upto}", now)
        self._last_number = root.round
        self._begin(Round(root.round, first_day, upto, now=now.monotonic), now)
        mine = self._root(root.round, first_day, upto)
        if mine == root:
            return self._agree(now)
        cells = day_cells(self._index, self._salt, first_day=first_day, upto=upto, cell_days=DAY_CELL_DAYS)
        return [Send(self.peer, Days(root.round, first_day, upto, DAY_CELL_DAYS, cells))]

    def _invited(self, root: Root, now: Moment) -> list[Request]:
        if root.round != 0:
            return self._fault(Fault.WRONG_STATE, "a round opened by who may only invite", now)
        if not is_window(root.first_day, root.upto):
            return self._fault(Fault.LYING, f"a window from day {root.first_day} to {root.upto}", now)
        if self._root(0, root.first_day, root.upto) != root:
            self.poke(now)
        return []

    def _agree(self, now: Moment) -> list[Request]:
        fin = self._fin()
        self._end(now, is_equal=True)
        return [Send(self.peer, fin), *self._tell_settled()]

    def _on_days(self, active: Round, days: Days, now: Moment) -> list[Request]:
        if not self.is_initiator or active.has_days or not active.adopt(days):
            return self._fault(Fault.LYING, "days that do not fit the round", now)
        active.has_days = True
        hashed = self._index.hashed_ids
        step = compare_days(self._index, self._salt, days)
        return self._take_step(active, step, self._index.hashed_ids - hashed, now, more=False)

    def _on_ranges(self, active: Round, ranges: Ranges, now: Moment) -> list[Request]:
        if not active.is_answering:
            active.lower = active.start
            active.has_asked = False
        if not active.holds(ranges.items):
            return self._fault(Fault.LYING, "ranges outside the round", now)
        hashed = self._index.hashed_ids
        step = compare_ranges(self._index, self._salt, active.lower, ranges.items)
        wanted = self._lacked.sift(self._sift(self._salt, step.wanted, active.lower, ranges.items))
        step = replace(step, wanted=wanted)
        if ranges.items:
            active.lower = ranges.items[-1].upper
        active.is_answering = ranges.more
        return self._take_step(active, step, self._index.hashed_ids - hashed, now, more=ranges.more)

    def _take_step(self, active: Round, step: Step, hashed: int, now: Moment, *, more: bool) -> list[Request]:
        wanted = step.wanted
        active.transfer.push(RecordId(record_id) for record_id in step.pushed)
        if not active.spend(hashed=hashed, items=step.items, wanted=len(wanted), held=len(self._index)):
            return self._fault(Fault.LYING, "comparing costs more than our records justify", now)
        active.listing.update(step.listed)
        if not more:
            active.listed, active.listing = active.listing, {}
        effects: list[Request] = [Send(self.peer, want) for want in wants_for(active.number, wanted)]
        frames = list(cut_into_frames(step.items))[:ANSWER_FRAMES_MAX]
        active.has_asked = active.has_asked or bool(frames)
        if not more and not active.has_asked:
            active.is_fin_due = True
            self.state = State.FETCHING
            return effects
        return [*effects, *(Send(self.peer, answer) for answer in answers_of(active.number, frames, more=more))]

    def _on_want(self, active: Round, short_ids: tuple[bytes, ...], now: Moment) -> list[Request]:
        ids = [active.listed.pop(short, None) for short in short_ids]
        if None in ids:
            return self._fault(Fault.LYING, "wants what was not listed", now)
        active.transfer.push(record_id for record_id in ids if record_id is not None)
        return []

    def _on_fin(self, active: Round, fin: Fin, now: Moment) -> list[Request]:
        if self.is_initiator and not active.has_days:
            # The other found its root equal to ours and has left the round already.
            self._end(now, is_equal=True)
            return self._tell_settled()
        active.fin, active.is_fin_due = fin, True
        active.listed.clear()
        self.state = State.FETCHING
        return []

    def _pump(self, now: Moment) -> list[Request]:
        """Send, load, and end the round, as far as all that is possible now."""
        active = self._round
        if active is None:
            return []
        effects: list[Request] = [
            Send(self.peer, Records(active.number, blobs)) for blobs in active.transfer.next_frames()
        ]
        ids = active.transfer.next_ids()
        if ids:
            effects.append(Load(self.peer, active.number, ids))
        is_second = active.fin is not None and not active.is_fin_sent
        may_end = active.is_fin_due and active.transfer.is_empty and not (is_second and self._undealt_bytes)
        if may_end and not active.is_fin_sent:
            active.is_fin_sent = True
            effects.append(Send(self.peer, self._fin()))
        if active.fin is not None and active.is_fin_sent and self._undealt_bytes == 0:
            effects += self._conclude(active, active.fin, now, is_second=is_second)
        return effects

    def _conclude(self, active: Round, fin: Fin, now: Moment, *, is_second: bool) -> list[Request]:
        # What we gave came after the other's first Fin, whose digest says nothing of it. The initiator hears our
        # digest and asks once more if it must; the other may take equality for granted until then.
        is_given = active.transfer.count > 0
        ours = self._fin()
        is_equal = ours.digest == fin.digest or (is_second and is_given and not self.is_initiator)
        if not is_given and active.gained == 0:
            is_equal = is_equal or self._lacked.explains(ours.count - fin.count)
        self._end(now, is_equal=is_equal)
        return self._tell_settled() if is_equal else []

    def _begin(self, fresh: Round, now: Moment) -> None:
        self._round = fresh
        self._pace.opened(now)
        self._round_bytes = self._dealt_bytes = self._credited_bytes = 0
        self.state = State.COMPARING

    def _end(self, now: Moment, *, is_equal: bool) -> None:
        active = self._round_open
        self._round = None
        self.given += active.transfer.count
        self.state = State.SETTLED if is_equal else State.IDLE
        self._pace.ended(now, is_equal=is_equal, has_progress=active.gained + active.transfer.count > 0)

    def _tell_settled(self) -> list[Request]:
        return [Emit(PeerSynced(self.peer, self.gained, self.given))]

    def _fault(self, fault: Fault, reason: str, now: Moment) -> list[Request]:
        if self._round is not None:
            self._end(now, is_equal=False)
        return [Strike(self.peer, fault, reason)]

    @property
    def _round_open(self) -> Round:
        if self._round is None:
            raise LocalProtocolError("no round is open")
        return self._round

    def _root(self, number: int, first_day: int, upto: UnixTime) -> Root:
        root = self._index.root(self._room_tag, first_day, upto)
        return Root(number, first_day, upto, root.count, root.digest[:DIGEST_BYTES])

    def _fin(self) -> Fin:
        active = self._round_open
        root = self._root(active.number, active.first_day, active.upto)
        return Fin(active.number, root.count, root.digest)
