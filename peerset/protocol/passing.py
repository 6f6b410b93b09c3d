"""What we do for two neighbours that are none of each other yet (docs/protocol.md, "Introductions").

We say whom we have, and pass on what one has for another: one hop, sealed, and so little that nobody is flooded. What
is over is dropped, and held against nobody.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Protocol

from peerset.core.allowance import Allowance
from peerset.core.clock import Moment, Monotonic
from peerset.core.keys import PublicKey
from peerset.core.limits import (
    ATTEMPT_TIMEOUT_SECONDS,
    INTRODUCTIONS_OWED_MAX,
    INTRODUCTIONS_PER_MINUTE,
    NEIGHBOURS_INTERVAL_SECONDS,
    NEIGHBOURS_TOLD_MAX,
)
from peerset.core.message import Introduce, Neighbours
from peerset.core.signal import PeerId
from peerset.protocol.effects import Send

MINUTE: Final = 60.0


class Hearing(Protocol):
    """Knows whether a neighbour is still there."""

    def is_silent(self, now: Moment) -> bool:
        """Say whether the neighbour seems to be gone."""
        ...

    def probe(self, now: Moment) -> list[Send]:
        """Ask it for a sign of life, if there was none lately."""
        ...


class _Member:
    """A neighbour that understands introductions."""

    def __init__(self, key: PublicKey, hearing: Hearing | None) -> None:
        self.key = key
        self.hearing = hearing
        self.told_at = Monotonic(float("-inf"))
        self.said = Allowance(INTRODUCTIONS_PER_MINUTE / MINUTE, INTRODUCTIONS_PER_MINUTE)
        """What it may have passed on,"""
        self.heard = Allowance(INTRODUCTIONS_PER_MINUTE / MINUTE, INTRODUCTIONS_PER_MINUTE)
        """and what may be passed on to it."""

    def is_present(self, now: Moment) -> bool:
        """Say whether others may be told of it."""
        return self.hearing is None or not self.hearing.is_silent(now)


class Passing:
    """What one room passes on between its neighbours, and whom it names first: those that *is_useful* says are."""

    def __init__(self, is_useful: Callable[[PeerId, Moment], bool] = lambda _peer, _now: False) -> None:
        self._is_useful = is_useful
        self._members: OrderedDict[bytes, _Member] = OrderedDict()
        """By id; who was told of last comes last."""
        self._owed: OrderedDict[tuple[bytes, bytes], Monotonic] = OrderedDict()
        """Until when (who, to whom) may answer what was passed on to it, whatever else was."""

    def join(self, peer: PeerId, key: PublicKey, hearing: Hearing | None = None) -> None:
        """Count *peer* among those that can be introduced, for as long as *hearing* hears of it."""
        self._members[peer.encode()] = _Member(key, hearing)

    def leave(self, peer: PeerId) -> None:
        """Introduce *peer* no more."""
        self._members.pop(peer.encode(), None)

    def tell(self, peer: PeerId, now: Moment) -> list[Send]:
        """Tell *peer*, which asks, of some of the others, each in its turn, the useful first; nothing without any."""
        member = self._members.get(asker := peer.encode())
        if member is None or now.monotonic < member.told_at + NEIGHBOURS_INTERVAL_SECONDS:
            return []
        present = [(each, other) for each, other in self._members.items() if each != asker and other.is_present(now)]
        present.sort(key=lambda named: not self._is_useful(PeerId(named[0].decode()), now))
        told = present[:NEIGHBOURS_TOLD_MAX]
        if not told:
            return []
        member.told_at = now.monotonic
        for each, _ in told:
            self._members.move_to_end(each)
        return [Send(peer, Neighbours(b"".join(each + other.key for each, other in told)))]

    def pass_on(self, peer: PeerId, message: Introduce, now: Moment) -> list[Send]:
        """Pass on what *peer* has for another, unless it is not its own or too much.

        Who has said nothing for a while is asked for a sign of life then, and not told of again before it gave one.
        """
        source, to = self._members.get(message.source), self._members.get(message.to)
        if source is None or to is None or source is to or message.source != peer.encode():
            return []
        if not self._is_owed(message, now.monotonic):
            if not source.said.spend(1, now.monotonic) or not to.heard.spend(1, now.monotonic):
                return []
            self._owe(message, now.monotonic)
        probes = [] if to.hearing is None else to.hearing.probe(now)
        return [Send(PeerId(message.to.decode()), message), *probes]

    def _is_owed(self, message: Introduce, now: Monotonic) -> bool:
        """Say whether it answers what was passed on the other way; once."""
        until = self._owed.pop((message.source, message.to), None)
        return until is not None and now < until

    def _owe(self, message: Introduce, now: Monotonic) -> None:
        pair = (message.to, message.source)
        self._owed[pair] = Monotonic(now + ATTEMPT_TIMEOUT_SECONDS)
        self._owed.move_to_end(pair)
        if len(self._owed) > INTRODUCTIONS_OWED_MAX:
            self._owed.popitem(last=False)
