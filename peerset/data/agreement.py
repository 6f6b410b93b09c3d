"""Up to which time all peers that are present hold what we hold."""

from collections.abc import Callable
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.limits import UPTO_LAG_SECONDS
from peerset.core.signal import PeerId
from peerset.core.stamp import MICROSECONDS
from peerset.protocol.events import Happening, PeerJoined, PeerLeft, PeerSynced

NOTHING: Final = 0


class Agreement:
    """Follows when our set and each present peer's had equal roots."""

    def __init__(self) -> None:
        self.settled = NOTHING
        """The stamp below which all of them did, the highest so far; 0 before they ever did."""
        self._synced: dict[PeerId, UnixTime | None] = {}

    def take(self, event: Happening, now: Callable[[], UnixTime]) -> None:
        """Follow what happens in the room; *now* tells the time."""
        match event:
            case PeerJoined(peer):
                self._synced[peer] = None
            case PeerLeft(peer):
                self._synced.pop(peer, None)
            case PeerSynced(peer):
                self._synced[peer] = now()
            case _:
                return
        times = [each for each in self._synced.values() if each is not None]
        if times and len(times) == len(self._synced):
            # What is younger may still have been on its way.
            self.settled = max(self.settled, (min(times) - UPTO_LAG_SECONDS) * MICROSECONDS)
