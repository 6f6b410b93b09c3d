"""What waits to be sent to one peer, in lanes that take turns.

Frames of one lane keep their order; a short application action does not wait behind a long sync, nor the other way
round, because the lanes are served in turn and Trystero's frames may interleave.
"""

from collections import deque
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Final, NamedTuple

from peerset.core.action import PROTOCOL_ACTION
from peerset.transports.backlog import Backlog
from peerset.transports.frames import LEAVE, RESERVED_PREFIX

FRAME_OVERHEAD_BYTES: Final = 128
"""Counted for each frame beside its bytes."""


class Urgency(IntEnum):
    """Which lane of a room an action takes."""

    CONTROL = 0
    """Handshakes and pongs: they go first."""
    PROTOCOL = 1
    """Our own protocol, and the word that we leave, which must not overtake it."""
    APPLICATION = 2
    """Everything else."""


class Lane(NamedTuple):
    """One order of frames: those of a room and an urgency."""

    urgency: Urgency
    token: str


def lane_of(token: str, name: str) -> Lane:
    """Choose the lane for the action *name* in the room *token*."""
    if name in (PROTOCOL_ACTION, LEAVE):
        return Lane(Urgency.PROTOCOL, token)
    return Lane(Urgency.CONTROL if name.startswith(RESERVED_PREFIX) else Urgency.APPLICATION, token)


class SendQueue:
    """Frames waiting for room in the channel's buffer."""

    def __init__(self, on_clogged: Callable[[bool], None] | None = None) -> None:
        self._lanes: dict[Lane, deque[bytes]] = {}
        self._backlog = Backlog(on_clogged)

    @property
    def size_bytes(self) -> int:
        """How much waits, bookkeeping included."""
        return self._backlog.size_bytes

    @property
    def is_clogged(self) -> bool:
        """Too much waits; told by *on_clogged* when it changes."""
        return self._backlog.is_clogged

    @property
    def is_full(self) -> bool:
        """More waits than can be held."""
        return self._backlog.is_full

    @property
    def is_empty(self) -> bool:
        """Nothing waits."""
        return not self._lanes

    def put(self, lane: Lane, frames: Sequence[bytes]) -> None:
        """Append *frames* to *lane*."""
        if frames:
            self._lanes.setdefault(lane, deque()).extend(frames)
            self._backlog.add(sum(map(_cost, frames)))

    def pop(self) -> bytes | None:
        """Take the next frame: control first, then the lanes in turn; None when nothing waits."""
        if not self._lanes:
            return None
        lane = next((lane for lane in self._lanes if lane.urgency is Urgency.CONTROL), None)
        if lane is None:
            lane = next(iter(self._lanes))
        frames = self._lanes.pop(lane)
        frame = frames.popleft()
        if frames:
            # Putting the lane back at the end is what makes them take turns.
            self._lanes[lane] = frames
        self._backlog.add(-_cost(frame))
        return frame

    def drop(self, token: str) -> None:
        """Forget what waits for a room whose other end started over."""
        for lane in [lane for lane in self._lanes if lane.token == token]:
            self._backlog.add(-sum(map(_cost, self._lanes.pop(lane))))


def _cost(frame: bytes) -> int:
    return len(frame) + FRAME_OVERHEAD_BYTES
