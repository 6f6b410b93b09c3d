"""What all rooms of a process share towards trackers: one socket per tracker."""

import random
from collections.abc import Sequence

from peerset.core.signal import PeerId, RoomName
from peerset.signaling.sockets import TrackerSockets
from peerset.signaling.torrent import DEFAULT_TRACKERS, TorrentSignaling


class TorrentHub:
    """Gives each room its `TorrentSignaling`; the sockets behind them are shared, and close with the last room."""

    def __init__(self, *, rng: random.Random) -> None:
        self._rng = rng
        self._sockets = TrackerSockets(rng)

    def join(
        self, room: RoomName, peer_id: PeerId, *, trackers: Sequence[str] | None = None, password: str = ""
    ) -> TorrentSignaling:
        """Join *room* on *trackers*, Trystero's own public list when None.

        Raises:
            ConfigError: a tracker's address is not that of a websocket, or there is none, or too many.

        """
        urls = DEFAULT_TRACKERS if trackers is None else trackers
        return TorrentSignaling(room, peer_id, trackers=urls, sockets=self._sockets, password=password, rng=self._rng)
