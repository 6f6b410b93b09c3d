"""The websocket to one tracker, and the rooms that speak by it."""

import logging
import random
from typing import Protocol

from peerset.core.clock import Monotonic
from peerset.core.limits import TRACKER_REASONS_LOGGED_MAX
from peerset.ports import SocketState
from peerset.signaling.announcing import Announcing
from peerset.signaling.kept_socket import KeptSocket, SocketTimes
from peerset.signaling.sealing import InfoHash
from peerset.signaling.torrent_wire import Complained, TrackerMessage, decode

logger = logging.getLogger(__name__)


class Subscriber(Protocol):
    """A room that uses a socket."""

    def socket_opened(self, url: str) -> None:
        """Learn that the socket is open and has been told nothing yet."""
        ...

    def socket_failed(self, url: str) -> None:
        """Learn that the socket is gone with all that was not sent, or could not be opened."""
        ...

    def socket_heard(self, url: str, message: TrackerMessage) -> None:
        """Learn what the tracker says about the room's swarm, or complains of."""
        ...


class TrackerSocket:
    """The socket of one *url*; `run` keeps it open until cancelled."""

    def __init__(self, url: str, rng: random.Random, *, times: SocketTimes | None = None) -> None:
        self.url = url
        self.subscribers: dict[InfoHash, Subscriber] = {}
        self._socket = KeptSocket(url, self, rng, name="tracker", times=times)
        self._reasons: set[str] = set()
        self._announcing = Announcing(self._socket.ask)

    @property
    def state(self) -> SocketState:
        """How the socket stands."""
        return self._socket.state

    @property
    def since(self) -> Monotonic:
        """When that began."""
        return self._socket.since

    @property
    def next_try(self) -> Monotonic | None:
        """When a socket that failed is opened again."""
        return self._socket.next_try

    @property
    def error(self) -> str | None:
        """What went wrong last; None when the tracker last answered well."""
        return self._socket.error

    def announce(self, info_hash: InfoHash, text: str) -> None:
        """Send *text* of a room, to which the tracker must reply, when it is that room's turn.

        Many rooms announce one after the other: who says too much at once is hung up on.
        """
        if self.state is SocketState.OPEN:
            self._announcing.put(info_hash, text)

    def leave(self, info_hash: InfoHash) -> None:
        """Let a room neither hear nor announce anything more."""
        self.subscribers.pop(info_hash, None)
        self._announcing.forget(info_hash)

    def send(self, text: str) -> None:
        """Send *text* if the socket is open; what a closed one should have sent is soon out of date."""
        self._socket.send(text)

    async def flush(self) -> None:
        """Wait until everything given is sent, but not for long."""
        await self._socket.flush()

    async def run(self) -> None:
        """Connect, listen, and connect again, until cancelled."""
        async with self._announcing.to(self.url):
            await self._socket.run()

    # What the socket tells.

    def opened(self) -> None:
        """Let all rooms announce themselves."""
        for _, subscriber in sorted(self.subscribers.items()):
            subscriber.socket_opened(self.url)

    def failed(self) -> None:
        """Let all rooms know."""
        self._announcing.clear()
        for _, subscriber in sorted(self.subscribers.items()):
            subscriber.socket_failed(self.url)

    def heard(self, text: str) -> None:
        """Sort what the tracker says; raises `SignalingError` for nonsense."""
        for said in decode(text):
            if isinstance(said, Complained):
                self._note_complaint(said)
                continue
            self._socket.succeed()
            if (subscriber := self.subscribers.get(said.info_hash)) is not None:
                subscriber.socket_heard(self.url, said)

    def _note_complaint(self, said: Complained) -> None:
        kind = "refuses" if said.is_failure else "warns"
        if said.is_failure:
            self._socket.error = said.reason
        for _, subscriber in sorted(self.subscribers.items()):
            subscriber.socket_heard(self.url, said)
        if f"{kind} {said.reason}" in self._reasons or len(self._reasons) >= TRACKER_REASONS_LOGGED_MAX:
            return
        self._reasons.add(f"{kind} {said.reason}")
        logger.warning("tracker %s %s: %s", self.url, kind, said.reason)
