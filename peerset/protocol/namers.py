"""Who named what to a light member lately, and whose names it does not believe for a while.

A name that nobody can show any more is no fault: records are lost, purged and deleted, and expire. So whoever named one
is not listened to for two minutes, and twice as long each further time, and that is all: who makes names up again and
again is hardly ever heard, and what an honest one would have named, others name (docs/protocol.md, "Light members").
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from peerset.core.clock import DAY_SECONDS, Monotonic
from peerset.core.keys import PublicKey
from peerset.core.limits import (
    DISBELIEF_SECONDS_MAX,
    DISBELIEF_SECONDS_MIN,
    DISBELIEVED_KEYS_MAX,
    NAMES_FRESH_SECONDS,
)
from peerset.core.record import ID_BYTES
from peerset.core.signal import PeerId
from peerset.protocol.lightness import Entry


class Namer(NamedTuple):
    """A neighbour, by the key that it proved."""

    peer: PeerId
    key: PublicKey


@dataclass(frozen=True, slots=True)
class _Disbelief:
    seconds: float
    until: Monotonic


class Namers:
    """Those of one light member."""

    def __init__(self) -> None:
        self._newer: dict[Namer, bytearray] = {}
        """The ids that each was the first to name, one behind the other."""
        self._older: dict[Namer, bytearray] = {}
        self._turned_at = Monotonic(float("-inf"))
        self._disbelieved: OrderedDict[PublicKey, _Disbelief] = OrderedDict()

    def is_believed(self, namer: Namer, now: Monotonic) -> bool:
        """Say whether what *namer* names is taken."""
        disbelief = self._disbelieved.get(namer.key)
        return disbelief is None or now >= disbelief.until

    def named(self, namer: Namer, ids: Iterable[bytes], now: Monotonic) -> None:
        """Note that *namer* was the first to name *ids*."""
        self._turn(now)
        self._newer.setdefault(namer, bytearray()).extend(b"".join(ids))

    def peer_of(self, record_id: bytes) -> PeerId | None:
        """Give who named a record lately."""
        return next((namer.peer for namer, ids in self._all() if _holds(ids, record_id)), None)

    def disbelieve(self, hidden: Iterable[Entry], doubtful: Iterable[Entry], now: Monotonic) -> list[Entry]:
        """Believe none of those who lately named what is *hidden*; give those of *doubtful* that they named, too."""
        self._turn(now)
        vain: set[bytes] = set()
        for namer, ids in self._all():
            if any(_holds(ids, record_id) for _, record_id in hidden):
                self._lose(namer.key, now)
                vain.update(bytes(ids[at : at + ID_BYTES]) for at in range(0, len(ids), ID_BYTES))
        return [each for each in doubtful if each[1] in vain]

    def _lose(self, key: PublicKey, now: Monotonic) -> None:
        before = self._disbelieved.pop(key, None)
        if before is not None and now < before.until:
            # What it named before.
            self._disbelieved[key] = before
            return
        seconds: float = DISBELIEF_SECONDS_MIN
        if before is not None:
            # Half as long for each day that it was believed.
            days = (now - before.until) / DAY_SECONDS
            seconds = min(max(2 * before.seconds / 2 ** min(days, 64), seconds), DISBELIEF_SECONDS_MAX)
        self._disbelieved[key] = _Disbelief(seconds, Monotonic(now + seconds))
        if len(self._disbelieved) > DISBELIEVED_KEYS_MAX:
            self._disbelieved.popitem(last=False)

    def _turn(self, now: Monotonic) -> None:
        """Forget what was named long ago: much may have become of it since."""
        if now < self._turned_at + NAMES_FRESH_SECONDS:
            return
        self._older = self._newer if now < self._turned_at + 2 * NAMES_FRESH_SECONDS else {}
        self._newer, self._turned_at = {}, now

    def _all(self) -> list[tuple[Namer, bytearray]]:
        return [*self._newer.items(), *self._older.items()]


def _holds(ids: bytearray, record_id: bytes) -> bool:
    at = ids.find(record_id)
    while at >= 0 and at % ID_BYTES:
        at = ids.find(record_id, at + 1)
    return at >= 0
