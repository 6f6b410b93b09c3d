"""Many records that one peer brings and one cause refuses: the first is told at once, the others once a second."""

import asyncio
from collections.abc import Callable
from typing import Final

from peerset.core.cause import Cause
from peerset.core.signal import PeerId
from peerset.protocol.events import Event, RecordRejected, RecordsRejected

SUMMED_SECONDS: Final = 1.0

_Kind = tuple[Cause, str, PeerId]


class Rejections:
    """Sums up, and gives sums to *tell*. What our own user brought is told one by one: it waits for that."""

    def __init__(self, tell: Callable[[Event], None]) -> None:
        self._tell = tell
        self._sums: dict[_Kind, tuple[int, str]] = {}
        """How many were refused in this second and not told, and why the last of them."""
        self._timers: dict[_Kind, asyncio.TimerHandle] = {}

    def take(self, event: Event) -> bool:
        """Say whether *event* is summed up with others instead of being told now."""
        if not isinstance(event, RecordRejected) or event.peer is None:
            return False
        kind = (event.cause, event.source, event.peer)
        if kind not in self._sums:
            self._begin(kind)
            return False
        self._sums[kind] = (self._sums[kind][0] + 1, event.reason)
        return True

    def close(self) -> None:
        """Tell at once of what is summed up, and wait for nothing more."""
        for kind in list(self._sums):
            self._timers[kind].cancel()
            self._end(kind)

    def _begin(self, kind: _Kind) -> None:
        self._sums[kind] = (0, "")
        self._timers[kind] = asyncio.get_running_loop().call_later(SUMMED_SECONDS, self._pass, kind)

    def _pass(self, kind: _Kind) -> None:
        if self._end(kind):
            # What goes on is told once a second.
            self._begin(kind)

    def _end(self, kind: _Kind) -> int:
        (count, reason), (cause, source, peer) = self._sums.pop(kind), kind
        del self._timers[kind]
        if count:
            self._tell(RecordsRejected(count, cause, source, reason, peer))
        return count
