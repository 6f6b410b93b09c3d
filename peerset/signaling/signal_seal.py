"""Seals what one room signals and opens what it hears, and counts what cannot be passed on."""

import random
from dataclasses import dataclass

from peerset.core.limits import SDP_BYTES_MAX
from peerset.core.signal import RoomName
from peerset.errors import SignalingError
from peerset.signaling.sealing import Seal, sealing_key


@dataclass(slots=True)
class SignalCounts:
    """What arrived for a room and was not passed on."""

    repeated: int = 0
    """Signals that came before, mostly by another place."""
    malformed: int = 0
    """Signals that are no sealed session description of a sensible size."""
    sealed_otherwise: int = 0
    """Signals of peers that use another password."""


class SignalSeal:
    """The seal of *room* under *password*; what it cannot open is in *counts*."""

    def __init__(self, room: RoomName, password: str, *, rng: random.Random, counts: SignalCounts) -> None:
        self._seal = Seal(sealing_key(room, password))
        self._rng = rng
        self._counts = counts

    def seal(self, text: str) -> str:
        """Encrypt *text*."""
        return self._seal.seal(text, self._rng)

    def open(self, sealed: str) -> str | None:
        """Decrypt *sealed*; None, and counted, when that cannot be done or gives too much."""
        try:
            text = self._seal.open(sealed)
        except SignalingError:
            self._counts.malformed += 1
            return None
        if text is None:
            self._counts.sealed_otherwise += 1
            return None
        if len(text.encode()) > SDP_BYTES_MAX:
            self._counts.malformed += 1
            return None
        return text
