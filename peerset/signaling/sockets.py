"""The websockets of a process: one for each tracker, shared by all its rooms."""

import asyncio
import random

from peerset.core.signal import PeerId
from peerset.errors import ConfigError
from peerset.ports import SocketState
from peerset.signaling.kept_socket import CLOSE_TIMEOUT_SECONDS, SocketTimes
from peerset.signaling.sealing import InfoHash
from peerset.signaling.tracker_socket import Subscriber, TrackerSocket


class TrackerSockets:
    """Opens a tracker's socket for the first room that uses it, and closes it after the last.

    Belongs to one event loop. A socket speaks for one peer id: trackers tell members apart by their sockets.
    """

    def __init__(self, rng: random.Random, *, times: SocketTimes | None = None) -> None:
        self._rng = rng
        self._times = times
        self._open: dict[tuple[str, PeerId], tuple[TrackerSocket, asyncio.Task[None]]] = {}

    @property
    def count(self) -> int:
        """How many sockets are in use."""
        return len(self._open)

    def subscribe(self, url: str, peer_id: PeerId, *, info_hash: InfoHash, subscriber: Subscriber) -> TrackerSocket:
        """Use the socket of *url* for the swarm *info_hash*; *subscriber* hears of it from now on.

        Raises:
            ConfigError: *peer_id* is in that swarm already.

        """
        key = (url, peer_id)
        if key not in self._open:
            socket = TrackerSocket(url, self._rng, times=self._times)
            self._open[key] = (socket, asyncio.create_task(socket.run(), name=f"tracker {url}"))
        socket, _ = self._open[key]
        if info_hash in socket.subscribers:
            raise ConfigError(f"this peer has joined the room with info hash {info_hash} already")
        socket.subscribers[info_hash] = subscriber
        if socket.state is SocketState.OPEN:
            subscriber.socket_opened(url)
        return socket

    async def release(self, socket: TrackerSocket, peer_id: PeerId, *, info_hash: InfoHash) -> None:
        """Send what was given to *socket* and stop using it for *info_hash*; takes a second and a half at most."""
        socket.leave(info_hash)
        await socket.flush()
        entry = self._open.get((socket.url, peer_id))
        if entry is None or entry[0] is not socket or socket.subscribers:
            return
        del self._open[(socket.url, peer_id)]
        _, running = entry
        running.cancel()
        await asyncio.wait([running], timeout=2 * CLOSE_TIMEOUT_SECONDS)
