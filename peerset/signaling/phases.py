"""Phases: a room under another name in each epoch, so that no tracker can follow it.

An epoch is *period_seconds* of Unix time; its number is how many passed before it. In each of them a room is announced
under a name of its own, which only those can tell who know the room's, its password and its period, and at a part of
the places that changes with it; its peers have other ids there, too. Around the border of two epochs both names are
announced, for clocks differ.

Does no I/O: time and chance are given. `phased.py` drives it.
"""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from peerset.core.limits import PHASE_BORDER_SECONDS, PHASE_JITTER_SECONDS
from peerset.core.signal import RoomName
from peerset.signaling.aliases import Aliases

Epoch = int
"""The number of an epoch: how many periods of Unix time passed before it."""

_BORDERS_KEPT: Final = 8
"""Four are near at any time."""


@dataclass(frozen=True, slots=True)
class PhasedName:
    """The names of *room* over time, for members that share *password* and *period_seconds*."""

    room: RoomName
    password: str
    period_seconds: int

    def at(self, epoch: Epoch) -> RoomName:
        """Give the name under which the room is announced in *epoch*."""
        return RoomName(self.room.app, self._drawn(b"name", epoch).hex())

    def aliases(self, epoch: Epoch) -> Aliases:
        """Give the names that peers have in *epoch*: else whoever lists them would know the room by its members."""
        return Aliases(self._drawn(b"peer", epoch))

    def places_at(self, epoch: Epoch, places: Sequence[str]) -> list[str]:
        """Give the part of *places* at which the room is announced in *epoch*; one place is always the part.

        It is half of them at most, so that the parts of two neighbouring epochs share none, and in turn each is in a
        part as often as any other. Members who name the same places, in whatever order, have the same parts.
        """
        ring = sorted(places, key=lambda place: hashlib.sha256(self._secret(b"place") + place.encode()).digest())
        size = max(1, len(ring) // 2)
        return [ring[(epoch * size + number) % len(ring)] for number in range(size)]

    def _drawn(self, purpose: bytes, epoch: Epoch) -> bytes:
        numbers = self.period_seconds.to_bytes(8, "big") + epoch.to_bytes(8, "big", signed=True)
        return hashlib.sha256(self._secret(purpose) + numbers).digest()

    def _secret(self, purpose: bytes) -> bytes:
        """Give what nobody can tell who does not know the room, for *purpose*."""
        texts = (self.room.app, self.room.room, self.password)
        said = b"peerset/phase/1\0" + purpose + b"".join(b"\0" + text.encode() for text in texts)
        return hashlib.sha256(said).digest()


@dataclass(slots=True)
class Epochs:
    """Which epochs a member announces: the one that it is, and around a border both.

    It comes before the border and stays after it for half of `PHASE_BORDER_SECONDS`, and for up to
    `PHASE_JITTER_SECONDS` more, which *rng* draws for each border, so that members do not come and go all at once.
    """

    period_seconds: int
    rng: random.Random
    _margins: dict[Epoch, tuple[float, float]] = field(default_factory=dict)
    """How long before and after the border at which each epoch begins both are announced."""

    def at(self, unix: float) -> list[Epoch]:
        """Give the epochs to be announced, in order."""
        epoch = int(unix // self.period_seconds)
        return [number for number in (epoch - 1, epoch, epoch + 1) if self._begin(number) <= unix < self._end(number)]

    def rest_seconds(self, unix: float) -> float:
        """Say for how long that will be so."""
        epoch = int(unix // self.period_seconds)
        changes = [when(number) for number in (epoch - 1, epoch, epoch + 1) for when in (self._begin, self._end)]
        return min(change for change in changes if change > unix) - unix

    def _begin(self, epoch: Epoch) -> float:
        return epoch * self.period_seconds - self._margin(epoch)[0]

    def _end(self, epoch: Epoch) -> float:
        return (epoch + 1) * self.period_seconds + self._margin(epoch + 1)[1]

    def _margin(self, border: Epoch) -> tuple[float, float]:
        if border not in self._margins:
            drawn = [PHASE_BORDER_SECONDS / 2 + self.rng.uniform(0, PHASE_JITTER_SECONDS) for _ in range(2)]
            self._margins[border] = drawn[0], drawn[1]
            if len(self._margins) > _BORDERS_KEPT:
                del self._margins[next(iter(self._margins))]
        return self._margins[border]
