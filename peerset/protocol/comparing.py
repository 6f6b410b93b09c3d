"""The comparing of one round: what each answer of the peer leads to, and which ranges are open to the next.

An answer may speak of nothing but ranges that the one before it left open, so each record of ours is listed or pushed
at most once, and every round ends. What the peer says is worked off a stretch at a time, so that no message holds the
loop up, and within a budget: what does not fit is left for another round (docs/protocol.md, "What a round may cost").
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypedDict, Unpack

from peerset.core import wire
from peerset.core.limits import ROUND_BYTES_MAX, STRETCH_RECORDS
from peerset.core.merkle import Index
from peerset.core.message import Bound, Days, IdList, Message, More, RangeItem, Ranges, Sketch, Skip, Want
from peerset.core.ranges import (
    LISTED_MAX,
    Budget,
    Share,
    Step,
    compare_days,
    compare_ranges,
    day_cells,
    open_cells,
)
from peerset.core.window import cell_days
from peerset.errors import LocalProtocolError
from peerset.protocol.pace import Outcome
from peerset.protocol.refused import Refuses, Sift
from peerset.protocol.round import Round, answers_of, round_bytes, wants_for
from peerset.protocol.sketching import DAYS_INSTEAD, Sketching

DIGESTED_PER_SHORT_ID: Final = 16
"""So many ids go into a digest in the time that one takes to become a short id."""
ITEM_RECORDS: Final = 8
"""What looking up a range costs, in short ids."""


BEGINNINGS: Final = (Days, Sketch)
"""By what the other may begin, as far as it has not; then only ranges come."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a round is."""

    wanted: int
    """Records that the peer has and we lack, at least: those asked for, or by which its count is above ours."""
    arrived: int
    """Those of them that are here by now."""
    arrived_bytes: int
    """What came of the peer's records, in bytes."""


class Ways(TypedDict):
    """How a session compares."""

    sift: Sift
    """Leaves out of what is wanted what was refused before, or is lacking there."""
    refuses: Refuses
    """Says where something was refused before."""
    bytes_max: int
    """What may be said in a round at most, beside what is wanted."""


class Comparing:
    """What one side finds out in the round *active*, which goes on where the one before it stopped: at *resume*."""

    def __init__(
        self,
        active: Round,
        index: Index,
        salt: bytes,
        *,
        resume: Bound | None,
        **ways: Unpack[Ways],
    ) -> None:
        self.awaited: tuple[type[Message], ...] = BEGINNINGS
        self.is_same: bool | None = None
        """The digests at the end were equal, if it came to that."""
        self.is_over = False
        """The peer's last whole answer left nothing open on our side."""
        self.worked = 0
        """How much was compared so far, in short ids."""
        self.other_count = 0
        """How many records the peer said to have when the round began."""
        self.round = active
        self._index = index
        self._salt = salt
        self._resume = resume
        self._ways = ways
        self._sketching = Sketching(active, index, salt, ways["refuses"])
        self._budget = Budget(0)
        self._open: deque[tuple[Bound, Bound]] = deque()
        self._opening: deque[tuple[Bound, Bound]] = deque()
        self._listed: deque[Share] = deque()
        self._share = Share(active.start, active.start)
        self._wantable: set[bytes] = set()
        self._next: Ranges | None = None
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._current: Ranges | None = None
        self._items: deque[RangeItem] = deque()
        self._lower = self._reached = active.start
        """Where the peer's answer so far ends, and where our own answer to it does."""
        self._is_answering = self._has_asked = self._has_days = False
        self._heard: Bound | None = None
        """Where the peer's last list ends."""

    @property
    def left(self) -> Bound | None:
        """From where on ranges were left for another round."""
        return self._budget.left

    @property
    def reached(self) -> Bound | None:
        """Where the next round begins if this one left ranges out: where the peer stopped, if that is before."""
        heard, begun = self._heard, self._resume or self.round.start
        if self.left is None or heard is None or heard <= begun:
            return self.left
        return min(self.left, heard)

    @property
    def has_work(self) -> bool:
        """Something that the peer said is still to be answered."""
        return (self._current or self._next) is not None or bool(self._waiting)

    @property
    def progress(self) -> Progress:
        """How far the round is."""
        active = self.round
        wanted = max(active.asked, active.gained + self.other_count - len(self._index))
        return Progress(wanted, active.gained, active.received_bytes)

    def outcome(self, *, is_equal: bool) -> Outcome:
        """Say how the round ended."""
        active = self.round
        is_cut = self.left is not None
        is_same = is_equal if self.is_same is None else self.is_same
        return Outcome(is_equal, is_same, active.gained, active.transfer.count, self.other_count, is_cut, active.upto)

    @property
    def is_sketched(self) -> bool:
        """What differs was read off a sketch."""
        return self._sketching.is_used and not self._has_days

    def begin(self, other_count: int, *, by_days: bool) -> Days | Sketch:
        """Answer the peer, which says that it has *other_count* records: by a sketch of our set, or by days."""
        self._limit(other_count)
        sketch = None if by_days or self._resume else self._sketching.offer(other_count)
        if sketch is None:
            return self._overview()
        self._leave_open([(self.round.start, self.round.end)])
        return sketch

    def take_more(self, symbols: int) -> Days | Sketch | None:
        """Give more of the sketch, or days in place of it; None when there is no such."""
        if symbols or not self._sketching.is_open:
            return self._sketching.more(symbols)
        self._sketching.close()
        self._opening.clear()
        return self._overview()

    def take_sketch(self, sketch: Sketch, *, by_days: bool) -> list[Want | Ranges | More] | None:
        """Answer the peer's sketch, over the window of the round; None when it does not fit."""
        active, is_first = self.round, len(self.awaited) > 1
        window = (active.first_day, active.upto)
        if Sketch not in self.awaited or not active.narrow(sketch.first_day, sketch.upto):
            return None
        if is_first:
            self._limit(sketch.count)
        elif window != (active.first_day, active.upto):
            return None
        answer = More(active.number, DAYS_INSTEAD) if by_days else self._sketching.take(sketch)
        if isinstance(answer, Step):
            self.awaited = ()
            return [*self._answer(answer, (), active.start, more=False)]
        if answer is None:
            return None
        self.awaited = (Sketch,) if answer.symbols else (Days,)
        return [answer]

    def _overview(self) -> Days:
        active, index = self.round, self._index
        self._has_days = True
        wide = cell_days(active.first_day, active.upto)
        cells = day_cells(index, self._salt, first_day=active.first_day, upto=active.upto, cell_days=wide)
        days = Days(active.number, active.first_day, active.upto, wide, cells)
        self._leave_open(open_cells(days))
        return days

    def take_days(self, days: Days) -> list[Want | Ranges]:
        """Answer the peer's set by days, over the window of the round."""
        self.awaited, self._has_days = (), True
        self._limit(sum(count for count, _ in days.cells))
        step = compare_days(self._index, self._salt, days, self._budget)
        return self._answer(step, (), self.round.start, more=False)

    def take(self, ranges: Ranges) -> None:
        """Take an answer of the peer, or a part of one, for `work`."""
        self._sketching.close()
        if not self.has_work:
            self._next = ranges
            return
        data = wire.encode(ranges)
        if self._waiting_bytes + len(data) > ROUND_BYTES_MAX:
            # No honest answer is that long.
            data = wire.encode(replace(ranges, items=()))
        self._waiting.append(data)
        self._waiting_bytes += len(data)

    def work(self) -> list[Want | Ranges] | None:
        """Answer the next stretch of what was taken; None when it speaks of what is not open."""
        if self._current is None and not self._begin(self._next_waiting()):
            return None
        if self._is_long():
            self._settle_stretch()
            return []
        lower, items = self._lower, self._stretch()
        step = compare_ranges(self._index, self._salt, lower, items, self._budget, self._reached)
        more = self._is_answering or bool(self._items)
        if not self._items:
            self._current = None
        return self._answer(step, self._ways["sift"](self._salt, step.wanted, lower, items), lower, more=more)

    def give(self, short_ids: Iterable[bytes]) -> bool:
        """Queue the records that the peer wants; False when they were not listed, or not in this order."""
        for short in short_ids:
            while short not in self._wantable:
                if not self._listed:
                    return False
                self._share = self._listed.popleft()
                self._wantable = set(self._share.names)
            self._wantable.remove(short)
            self.round.transfer.push(replace(self._share, short_ids=short))
        return True

    def stop(self) -> None:
        """Forget what is open: the peer's comparing is over."""
        self._listed.clear()
        self._wantable.clear()
        self._waiting.clear()
        self._items.clear()
        self._next = self._current = None

    def _limit(self, other_count: int) -> None:
        self.other_count = other_count
        self.round.transfer.purse.said(other_count, self.round.touched)
        self._budget = Budget(round_bytes(len(self._index) + other_count, self._ways["bytes_max"]), self._resume)

    def _next_waiting(self) -> Message:
        following, self._next = self._next, None
        if following is not None:
            return following
        data = self._waiting.popleft()
        self._waiting_bytes -= len(data)
        return wire.decode(data)

    def _begin(self, ranges: Message) -> bool:
        """Begin with a message; say whether all of it was left open."""
        if not isinstance(ranges, Ranges):
            raise LocalProtocolError(f"{type(ranges).__name__} cannot wait")
        if not self._is_answering:
            self._open, self._opening = self._opening, deque()
            self._lower = self._reached = self.round.start
            self._has_asked = False
        self._is_answering = ranges.more
        lower = self._lower
        for item in ranges.items:
            if not lower < item.upper <= self.round.end:
                return False
            if not isinstance(item, Skip) and not self._is_open(lower, item.upper):
                return False
            lower = item.upper
            if isinstance(item, IdList):
                self._heard = lower
        self._items.extend(ranges.items)
        self._current = ranges
        return True

    def _is_open(self, lower: Bound, upper: Bound) -> bool:
        """Say whether our last answer left a range open; ranges are asked about in order."""
        while self._open and self._open[0][1] <= lower:
            self._open.popleft()
        return bool(self._open) and self._open[0][0] <= lower and upper <= self._open[0][1]

    def _is_long(self) -> bool:
        """Say whether the next item is a list against more records than are compared at once."""
        item = self._items[0] if self._items else None
        return (
            isinstance(item, IdList)
            and bool(item.short_ids)
            and self._index.count(self._lower, item.upper) > STRETCH_RECORDS
        )

    def _settle_stretch(self) -> None:
        """Settle the first stretch of a long range: what the peer lists and this stretch lacks is in the rest."""
        item = self._items[0]
        middle = self._index.bound(self._lower, item.upper, STRETCH_RECORDS)
        if isinstance(item, IdList):
            part = IdList(middle, item.short_ids)
            step = compare_ranges(self._index, self._salt, self._lower, [part], self._budget)
            self._push(step)
            self._items[0] = IdList(item.upper, self._ways["sift"](self._salt, step.wanted, self._lower, [part]))
        self._lower = middle
        self.worked += STRETCH_RECORDS

    def _stretch(self) -> list[RangeItem]:
        """Take as many items as are compared at once: at least one, if there is any."""
        taken: list[RangeItem] = []
        records = 0
        while self._items:
            item = self._items[0]
            cost = self._cost(item)
            if taken and records + cost > STRETCH_RECORDS:
                break
            records += cost
            taken.append(self._items.popleft())
            self._lower = item.upper
        self.worked += records
        return taken

    def _cost(self, item: RangeItem) -> int:
        """Estimate what answering *item* takes, in short ids."""
        if isinstance(item, Skip):
            return 0
        if isinstance(item, IdList) and not item.short_ids:
            return ITEM_RECORDS
        count = self._index.count(self._lower, item.upper)
        if isinstance(item, IdList):
            return ITEM_RECORDS + count
        return ITEM_RECORDS + min(count, LISTED_MAX) + count // DIGESTED_PER_SHORT_ID

    def _answer(self, step: Step, wanted: Sequence[bytes], lower: Bound, *, more: bool) -> list[Want | Ranges]:
        wants = wants_for(self.round.number, wanted[: self._budget.wants(lower, len(wanted))])
        self.round.asked += sum(len(want.short_ids) for want in wants)
        self._push(step)
        self._listed.extend(step.listed)
        self._leave_open(step.opened)
        if step.items:
            self._has_asked, self._reached = True, step.items[-1].upper
        self.is_over = not more and not self._has_asked
        return [*wants] if self.is_over else [*wants, *answers_of(self.round.number, step.items, more=more)]

    def _push(self, step: Step) -> None:
        for share in step.pushed:
            self.round.transfer.push(share)

    def _leave_open(self, ranges: Iterable[tuple[Bound, Bound]]) -> None:
        for lower, upper in ranges:
            if self._opening and self._opening[-1][1] == lower:
                lower, _ = self._opening.pop()
            self._opening.append((lower, upper))
