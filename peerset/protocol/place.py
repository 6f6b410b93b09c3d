"""One neighbour's place: where it stands, and what its neighbour was good for (docs/protocol.md, "Places")."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from peerset.core.clock import Monotonic
from peerset.core.keys import PublicKey
from peerset.core.limits import TELLING_RECORDS, USEFUL_HALF_LIFE_SECONDS, USEFUL_RECORDS_MAX, VOUCHED_PER_RECORD
from peerset.core.signal import PeerId, Via
from peerset.protocol.eviction import USEFUL_SCORE_MIN
from peerset.protocol.recently import LONG_AGO

FRESH_PER_USEFUL: Final = 3
"""Of so many of whom it does not show yet one is taken to turn out useful, before others did or did not."""


@dataclass(frozen=True, slots=True)
class Won:
    """How a place came about: with whom, by what way, and by whose offer."""

    peer: PeerId
    via: Via | None = None
    is_ours: bool = False


class PlaceState(Enum):
    """Where one neighbour's place stands."""

    CLAIMED = auto()
    """Its channel is open; its key is not proven."""
    HELD = auto()
    """It has proven its key, and has its place: for a while whoever comes, then for as long as nobody is better."""
    LEFT = auto()
    """It was sent away; its channel is about to close."""


class PlaceChange(Enum):
    """What happens to a place."""

    PROVE = auto()
    EVICT = auto()


TRANSITIONS: Final[Mapping[tuple[PlaceState, PlaceChange], PlaceState]] = {
    (PlaceState.CLAIMED, PlaceChange.PROVE): PlaceState.HELD,
    (PlaceState.CLAIMED, PlaceChange.EVICT): PlaceState.LEFT,
    (PlaceState.HELD, PlaceChange.EVICT): PlaceState.LEFT,
}
"""What may happen to a place, and where it leads; a channel that closes frees its place in every state."""


@dataclass(slots=True)
class Tally:
    """Counts records that fade by half in `USEFUL_HALF_LIFE_SECONDS`."""

    count: float = 0.0
    counted_at: Monotonic = LONG_AGO

    def add(self, now: Monotonic, most: float = math.inf, part: float = 1.0) -> None:
        """Count one more, or a *part* of one, or several, up to *most*."""
        self.count = min(most, self.at(now) + part)
        self.counted_at = now

    def at(self, now: Monotonic) -> float:
        """Give what is left of them."""
        return self.count and self.count * fade(now - self.counted_at)


@dataclass(slots=True)
class Place:
    """The place of one neighbour."""

    network: str
    via: Via | None
    is_ours: bool
    """It answered an offer of ours,"""
    is_feeler: bool
    """which we made though we had enough neighbours; it is on trial."""
    since: Monotonic
    safe_until: Monotonic
    came_before: float
    """How many records had come, faded, when its channel opened."""
    key: PublicKey | None = None
    """What it has proven."""
    useful_since: Monotonic = LONG_AGO
    """Since when it was never without use, if it is useful now."""
    state: PlaceState = PlaceState.CLAIMED
    score: Tally = field(default_factory=Tally)
    """The records that it brought first."""

    def change(self, change: PlaceChange) -> None:
        """Go on to the next state."""
        self.state = TRANSITIONS[self.state, change]

    def vouch(self, now: Monotonic) -> None:
        """Count a record of which it told us before we told it, though others brought it."""
        self._begin_to_be_useful(now)
        self.score.add(now, USEFUL_RECORDS_MAX, 1 / VOUCHED_PER_RECORD)

    def gain(self, now: Monotonic, count: int) -> None:
        """Count so many records that it brought."""
        self._begin_to_be_useful(now)
        self.score.add(now, USEFUL_RECORDS_MAX, count)

    def chances(self, came: float, now: Monotonic) -> float:
        """Say how many records came since it is here, when *came* have come in all."""
        if not came:
            return 0.0
        return min(USEFUL_RECORDS_MAX, max(0.0, came - self.came_before * fade(now - self.since)))

    def is_useful(self, now: Monotonic) -> bool:
        """Say whether it was good for something lately."""
        return self.score.at(now) > USEFUL_SCORE_MIN

    def is_idle(self, came: float, now: Monotonic) -> bool:
        """Say whether it was good for nothing while so many came that it tells."""
        return not self.is_useful(now) and self.chances(came, now) >= TELLING_RECORDS

    def _begin_to_be_useful(self, now: Monotonic) -> None:
        if not self.is_useful(now):
            self.useful_since = now


def fade(seconds: float) -> float:
    """Give what is left of 1 after *seconds*."""
    return math.pow(0.5, seconds / USEFUL_HALF_LIFE_SECONDS) if seconds > 0.0 else 1.0


def count_good(places: Iterable[Place], came: float, now: Monotonic, *, hopes: bool) -> int:
    """Count who is useful, when *came* have come in all, and who *hopes* say will be, of whom it does not show yet."""
    useful = idle = fresh = 0
    for place in places:
        if place.is_useful(now):
            useful += 1
        elif place.chances(came, now) >= TELLING_RECORDS:
            idle += 1
        else:
            fresh += 1
    return useful + hopes * fresh * (useful + 1) // (2 * (useful + idle) + FRESH_PER_USEFUL)
