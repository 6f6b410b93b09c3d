"""Which neighbour goes when there are too many (docs/protocol.md, "Places")."""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from peerset.core.limits import PLACES_PROTECTED, TELLING_RECORDS
from peerset.core.signal import PeerId

USEFUL_SCORE_MIN: Final = 0.1


@dataclass(frozen=True, slots=True)
class Standing:
    """What speaks for one neighbour, and against it."""

    peer: PeerId
    network: str
    """Where it is; empty when nobody knows, and then it shares that with none."""
    since: float
    """When its channel opened."""
    score: float = 0.0
    """How many records we had first from it lately, which were found valid,"""
    chances: float = 0.0
    """of so many that came from anybody since it is here."""
    lag_seconds: float | None = None
    """Its round-trip time; None before the first heartbeat."""
    is_ours: bool = False
    """It answered an offer of ours."""
    is_acquainted: bool = False
    """Its key was useful in an earlier life of ours."""
    is_safe: bool = False
    """It was promised its place for a while."""

    @property
    def share(self) -> float:
        """How large a part of what came it brought; a few records tell little."""
        return self.score / (self.chances + TELLING_RECORDS)

    @property
    def is_idle(self) -> bool:
        """It brought nothing, though enough came to tell by: age and speed speak for it no longer."""
        return self.score <= USEFUL_SCORE_MIN and self.chances >= TELLING_RECORDS


def choose(standings: Sequence[Standing], rivals: Container[PeerId] | None = None) -> PeerId | None:
    """Choose who goes: the least useful of the most crowded network; None when all are safe or protected.

    With *rivals* it is one of these.
    """
    protected = protect(standings)
    candidates = [
        standing
        for standing in standings
        if not standing.is_safe and standing.peer not in protected and (rivals is None or standing.peer in rivals)
    ]
    return _least(candidates, standings) if candidates else None


def choose_any(standings: Sequence[Standing]) -> PeerId:
    """Choose who goes where one of *standings* must; at last one that is protected, and before it one that is safe."""
    protected = protect(standings)
    free = [standing for standing in standings if standing.peer not in protected]
    return choose(standings) or _least(free or standings, standings)


def protect(standings: Iterable[Standing]) -> set[PeerId]:
    """Give those that stay whoever comes: a few for each thing that is hard to pretend."""
    useful = [standing for standing in standings if standing.score > 0]
    busy = [standing for standing in standings if not standing.is_idle]
    measured = [standing for standing in busy if standing.lag_seconds is not None]
    return {
        *_first(useful, lambda standing: -standing.share),
        *_first([standing for standing in useful if standing.is_ours], lambda standing: -standing.share),
        *_first(measured, lambda standing: standing.lag_seconds or 0.0),
        *_first(busy, lambda standing: standing.since),
        *_first([standing for standing in busy if standing.is_acquainted], lambda standing: standing.since),
    }


def _least(candidates: Iterable[Standing], standings: Iterable[Standing]) -> PeerId:
    """Give the least useful of *candidates*, of the network that is the most crowded in *standings*."""
    crowds = Counter(standing.network for standing in standings if standing.network)

    def worth(standing: Standing) -> tuple[float | str, ...]:
        crowd = max(1, crowds[standing.network])
        return (-crowd, standing.share, -standing.chances, -standing.since, standing.peer)

    return min(candidates, key=worth).peer


def _first(standings: Iterable[Standing], merit: Callable[[Standing], float]) -> list[PeerId]:
    best = sorted(standings, key=lambda standing: (merit(standing), standing.peer))
    return [standing.peer for standing in best[:PLACES_PROTECTED]]
