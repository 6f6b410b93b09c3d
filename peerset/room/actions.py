"""Application actions on their way to peers: those wait here whose channel has too much to send already."""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from peerset.core.action import Action
from peerset.core.limits import ACTIONS_WAITING_BYTES_PER_PEER_MAX
from peerset.core.signal import PeerId
from peerset.errors import PeersetError, TransportError
from peerset.ports import Transport
from peerset.protocol.inputs import Closed, Drained, Opened
from peerset.room.content import check_action
from peerset.transports.frames import Encoder, check_application_action


@dataclass(slots=True)
class _Parcel:
    """One action, and how many channels are still to take it."""

    action: Action
    size_bytes: int
    remaining: int
    done: "asyncio.Future[None]"

    def settle(self) -> None:
        """Note that one more channel took it, or is gone."""
        self.remaining -= 1
        if self.remaining == 0 and not self.done.done():
            self.done.set_result(None)


@dataclass(slots=True)
class _Queue:
    """What waits for one channel, in order: never nothing."""

    parcels: deque[_Parcel] = field(default_factory=deque)
    size_bytes: int = 0

    def append(self, parcel: _Parcel) -> None:
        self.parcels.append(parcel)
        self.size_bytes += parcel.size_bytes

    def settle_first(self) -> None:
        """Note that the channel took the first of them, or is gone."""
        parcel = self.parcels.popleft()
        self.size_bytes -= parcel.size_bytes
        parcel.settle()


class Actions:
    """Hands actions to *transport*, in order for each peer, and none of them to a channel that is clogged."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._waiting: dict[PeerId, _Queue] = {}

    def send(self, action: Action, to: Iterable[PeerId]) -> "asyncio.Future[None]":
        """Send *action* to every one of *to*; what is given back is done once the channels of all have taken it.

        Who has no channel, or loses it, is passed over.

        Raises:
            ConfigError: it cannot be sent.
            TransportError: too much waits for one of them already; none was sent it.

        """
        size_bytes = _measure(action)
        peers = list(dict.fromkeys(to))
        for peer in peers:
            self._check_room(peer, size_bytes)
        parcel = _Parcel(action, size_bytes, len(peers) + 1, asyncio.get_running_loop().create_future())
        for peer in peers:
            if peer not in self._waiting and self._transport.send_action(peer, action):
                parcel.settle()
            else:
                self._waiting.setdefault(peer, _Queue()).append(parcel)
        parcel.settle()
        return parcel.done

    def heed(self, event: Opened | Closed | Drained) -> None:
        """Go on with the peer whose channel has drained; forget what was meant for one that is gone."""
        queue = self._waiting.pop(event.peer, _Queue())
        while queue.parcels and not (isinstance(event, Drained) and self._is_clogged(event.peer, queue.parcels[0])):
            queue.settle_first()
        if queue.parcels:
            self._waiting[event.peer] = queue

    def fail(self, error: PeersetError) -> None:
        """Give up on everything."""
        for parcel in {id(parcel): parcel for queue in self._waiting.values() for parcel in queue.parcels}.values():
            if not parcel.done.done():
                parcel.done.set_exception(error)
                # Whoever did not wait for it does not want to be told.
                parcel.done.exception()
        self._waiting.clear()

    def _is_clogged(self, peer: PeerId, parcel: _Parcel) -> bool:
        return not self._transport.send_action(peer, parcel.action)

    def _check_room(self, peer: PeerId, size_bytes: int) -> None:
        queue = self._waiting.get(peer)
        if queue is not None and queue.size_bytes + size_bytes > ACTIONS_WAITING_BYTES_PER_PEER_MAX:
            raise TransportError(
                f"{queue.size_bytes} bytes of actions wait for the peer {peer}, which reads slowly: "
                "await what send_action gives before sending more"
            )


def _measure(action: Action) -> int:
    """Give how long *action* is on the channel, and refuse what no channel takes."""
    check_application_action(check_action(action))
    return sum(map(len, Encoder("").encode(action)))
