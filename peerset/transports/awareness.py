"""Which channel to each peer a room knows of: word of a new one, or of an end, takes a moment to reach it."""

from collections import deque
from typing import Generic, TypeVar

from peerset.core.signal import PeerId
from peerset.protocol.inputs import Closed, Opened

Channel = TypeVar("Channel")


class Awareness(Generic[Channel]):
    """What a room was told of its channels, and what of that it has taken."""

    def __init__(self) -> None:
        self._told: deque[Channel] = deque()
        """Those that it was told of and has not taken yet."""
        self._taken: dict[PeerId, Channel] = {}

    def tell(self, channel: Channel) -> None:
        """Note that the room is told of *channel* by an `Opened`."""
        self._told.append(channel)

    def heed(self, event: Opened | Closed) -> None:
        """Note that the room takes *event* now."""
        if isinstance(event, Opened):
            self._taken[event.peer] = self._told.popleft()
        else:
            self._taken.pop(event.peer, None)

    def is_stale(self, peer: PeerId, serving: Channel | None) -> bool:
        """Say whether the room means another channel to *peer* than *serving*, which there is now, if any."""
        return self._taken.get(peer, serving) is not serving
