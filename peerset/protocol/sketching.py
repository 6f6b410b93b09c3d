"""The part of a round in which its sides tell what differs by sketches: what to offer, to ask for and to read.

Whatever cannot be read that way, and whatever does not pay, is compared by days.
"""

from typing import Final

from peerset.core.limits import SKETCH_APART_RECORDS_MAX, SKETCH_SYMBOLS_MAX, SKETCHES_MAX
from peerset.core.merkle import Index
from peerset.core.message import Bound, IdList, More, RangeItem, Sketch, Skip
from peerset.core.packing import LISTED_ID_BYTES
from peerset.core.ranges import Share, Step, listed_id
from peerset.core.sketch import SYMBOL_BYTES, Difference, Place, guess, pack_symbols, solve, subtract, unpack_symbols
from peerset.protocol.refused import Refuses
from peerset.protocol.round import Round

SYMBOLS_FIRST: Final = 32
"""They tell some 10 records apart."""
SYMBOLS_GUESSED_MAX: Final = SKETCH_SYMBOLS_MAX * 13 // 16
"""No more are asked for by a guess of the first ones, which are so few that it is off by a quarter."""
FIRST: Final[Bound] = (0, b"")
DAYS_INSTEAD: Final = 0
"""The number of symbols by which `More` asks for `Days`."""


class Sketching:
    """What one side says and hears of sketches in the round *active*; the set stands still for that."""

    def __init__(self, active: Round, index: Index, salt: bytes, refuses: Refuses) -> None:
        self.is_used = False
        """A sketch was offered or came."""
        self._round = active
        self._index = index
        self._salt = salt
        self._refuses = refuses
        self._count = self._other_count = 0
        self._ours: list[int] | None = None
        self._heard: list[int] = []
        self._said = self._asked = self._tries = 0

    # Who answers a Root.

    def offer(self, other_count: int) -> Sketch | None:
        """Give the first symbols to a peer with *other_count* records; None when days are the better start."""
        self._count_both(other_count)
        apart = abs(self._count - other_count)
        symbols = SYMBOLS_FIRST + 3 * apart // 2
        if apart > SKETCH_APART_RECORDS_MAX or not self._pays(symbols) or not self._sum_up():
            return None
        self.is_used = True
        return self._say(symbols)

    def more(self, symbols: int) -> Sketch | None:
        """Give what follows up to so many *symbols*; None when there are no such."""
        if not (self.is_open and self._said < symbols <= SKETCH_SYMBOLS_MAX):
            return None
        return self._say(symbols)

    def close(self) -> None:
        """Give no more."""
        self._said, self._ours = SKETCH_SYMBOLS_MAX, None

    @property
    def is_open(self) -> bool:
        """What was offered may still be followed by more, or by days."""
        return self.is_used and self._ours is not None

    # Who opened the round.

    def take(self, sketch: Sketch) -> Step | More | None:
        """Answer what came so far, or say what is to come instead; None when it is not what was asked for."""
        symbols = unpack_symbols(sketch.symbols)
        if not self.is_used:
            self.is_used = True
            self._count_both(sketch.count)
            self._sum_up()
        self._heard += symbols
        if not symbols or len(self._heard) > SKETCH_SYMBOLS_MAX or (self._asked and len(self._heard) != self._asked):
            return None
        difference = None if self._ours is None else self._read(subtract(self._ours, self._heard))
        if isinstance(difference, Difference):
            self._round.asked += len(difference.theirs)
            return settle(self._index, self._salt, difference, self._refuses)
        self._asked = difference or DAYS_INSTEAD
        return More(self._round.number, self._asked)

    def _read(self, symbols: list[int]) -> Difference | int:
        """Give what *symbols* say, or how many it takes."""
        self._tries += 1
        found = solve(symbols)
        if found is None:
            return self._needed(symbols)
        lower, upper = self._round.start, self._round.end
        is_compared = all(lower <= place < upper for place in (*found.ours, *found.theirs))
        # Nothing differs, though the roots do: two records are one item.
        return found if is_compared and len(found) else DAYS_INSTEAD

    def _needed(self, symbols: list[int]) -> int:
        count = guess(symbols, self._count - self._other_count)
        guessed = min(7 * count // 4, SYMBOLS_GUESSED_MAX) if self._tries == 1 else 7 * count // 4
        needed = min(max(5 * len(symbols) // 4, guessed), SKETCH_SYMBOLS_MAX)
        # Of few symbols it is a rough guess, and days cost ten times as much: only what is hopeless is not tried.
        if self._tries == SKETCHES_MAX or len(symbols) == SKETCH_SYMBOLS_MAX or count > SKETCH_SYMBOLS_MAX:
            return DAYS_INSTEAD
        return needed if self._pays(needed) else DAYS_INSTEAD

    def _count_both(self, other_count: int) -> None:
        self._count, self._other_count = self._index.count(self._round.start, self._round.end), other_count

    def _sum_up(self) -> bool:
        """Take our sketch as it is now; say whether there is one."""
        summary = self._index.summary
        self._ours = None if summary is None else summary.symbols(self._round.start, self._round.end)
        return self._ours is not None

    def _pays(self, symbols: int) -> bool:
        """Say whether so many *symbols* are shorter than lists of everything."""
        return SYMBOL_BYTES * symbols <= LISTED_ID_BYTES * max(self._count, self._other_count)

    def _say(self, symbols: int) -> Sketch:
        active, ours = self._round, self._ours or []
        said, self._said = self._said, symbols
        return Sketch(active.number, active.first_day, active.upto, self._count, pack_symbols(ours[said:symbols]))


def settle(index: Index, salt: bytes, difference: Difference, refuses: Refuses) -> Step:
    """Answer a sketch: list what we have where the peer has more, unless we refused that; push what it lacks."""
    items: list[RangeItem] = []
    listed: list[Share] = []
    reached = FIRST
    for place in difference.theirs:
        if place < reached:
            continue
        lower, upper = _second(place)
        # Looked at, not listed: a second may have as many records as there are, and each of them may be a place.
        if lower < reached or index.has_any(lower, upper) or refuses(lower, upper):
            lower, upper = place, _past(place)
            if refuses(lower, upper):
                continue
        short_ids = tuple([listed_id(salt, record_id) for record_id in index.ids(lower, upper)])
        items += [IdList(upper, short_ids)] if lower == reached else [Skip(lower), IdList(upper, short_ids)]
        listed += [Share(lower, upper, b"".join(short_ids), is_named=True)] if short_ids else []
        reached = upper
    pushed = tuple(Share(place, _past(place)) for place in difference.ours)
    return Step(items=tuple(items), listed=tuple(listed), pushed=pushed)


def _second(place: Place) -> tuple[Bound, Bound]:
    """Give the bounds of the second of *place*: mostly we have nothing there, and nobody else has more."""
    created_at, _ = place
    return (created_at, b""), (created_at + 1, b"")


def _past(place: Place) -> Bound:
    """Give the bound behind all ids of the second that begin like that of *place*."""
    created_at, prefix = place
    following = int.from_bytes(prefix, "big") + 1
    if following >> 8 * len(prefix):
        return created_at + 1, b""
    return created_at, following.to_bytes(len(prefix), "big")
