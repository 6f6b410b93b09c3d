"""What a simulated swarm costs its members: bytes as they cross channels, copies of records, seconds to deliver one."""

import math
from collections import Counter
from collections.abc import Iterable
from typing import Final

from peerset.core.limits import FRAME_PAYLOAD_BYTES
from peerset.core.message import Message, Records
from peerset.core.record import RecordId
from peerset.testing.machine import SIMULATED_ROOM
from peerset.transports.frames import HEADER_BYTES, encode_room_frame, room_token

FRAME_BYTES: Final = len(encode_room_frame(room_token(SIMULATED_ROOM), b"")) + HEADER_BYTES
"""What each frame adds to what it carries."""


class Meter:
    """Counts from the beginning of a swarm, or since the last `reset`."""

    def __init__(self) -> None:
        self.bytes_of: Counter[str] = Counter()
        """Framed bytes of each kind of message that was sent; live records apart from those of rounds,"""
        self.messages_of: Counter[str] = Counter()
        """and how many messages."""
        self.copies = 0
        """Records that were sent, live or in rounds."""
        self.seconds: list[float] = []
        """How long each delivery took of a record that was `published`."""
        self.arrivals: dict[int, float] = {}
        """When the record that was `published` last reached each member, by its number: seconds since then."""
        self._published: dict[RecordId, float] = {}
        self._last: RecordId | None = None

    @property
    def framed_bytes(self) -> int:
        """All that was sent."""
        return self.bytes_of.total()

    def reset(self) -> None:
        """Begin anew; what was published before is watched no longer."""
        self.__init__()  # type: ignore[misc] # the same object, as new

    def sent(self, message: Message, size: int) -> None:
        """Count *message*, which has *size* bytes without its frames."""
        name = type(message).__name__
        if isinstance(message, Records):
            self.copies += len(message.blobs)
            name = "Records" if message.round else "live Records"
        self.messages_of[name] += 1
        self.bytes_of[name] += framed(size)

    def published(self, record_id: RecordId, now: float) -> None:
        """Watch the deliveries of a record from *now* on."""
        self._published[record_id] = now
        self._last = record_id
        self.arrivals = {}

    def delivered(self, record_id: RecordId, now: float, number: int) -> None:
        """Note that member *number* has one more record; its author has it at first."""
        since = self._published.get(record_id)
        if since is not None:
            self.seconds.append(now - since)
        if since is not None and record_id == self._last:
            self.arrivals[number] = now - since


def framed(size: int) -> int:
    """Give what a message of *size* bytes takes on a channel."""
    return size + FRAME_BYTES * max(1, math.ceil(size / FRAME_PAYLOAD_BYTES))


def quantile(values: Iterable[float], part: float) -> float:
    """Give the value below which *part* of *values* lies; 0 when there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0
