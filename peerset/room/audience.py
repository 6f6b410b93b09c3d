"""Who listens to a room: streams, subscriptions, callbacks, and those who watch its channels."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from peerset.core import wire
from peerset.core.clock import Monotonic, UnixTime
from peerset.core.limits import EVENTS_BUFFERED_MAX
from peerset.core.signal import PeerId
from peerset.core.typed import several, shown
from peerset.errors import ConfigError, PeersetError
from peerset.protocol.events import Event, Happening, RecordsAdded, apart
from peerset.protocol.health import Budget
from peerset.room.clocks import read_clocks, read_unix
from peerset.room.rejections import Rejections
from peerset.room.stream import EventStream
from peerset.room.tally import Tally

T = TypeVar("T")
Listener = Callable[[Event], object]


@dataclass(frozen=True, slots=True)
class Traffic:
    """One message that crossed a channel."""

    peer: PeerId
    direction: Literal["in", "out"]
    message: str
    """The message's type, such as "Root"; "?" for bytes that are none."""
    bytes: int
    at: Monotonic
    """On the event loop's clock."""


Watcher = Callable[[Traffic], object]

logger = logging.getLogger(__name__)


class Audience:
    """Tells all who listen, in the order they came; what a callback raises is logged, and breaks nothing."""

    def __init__(self, clock: Callable[[], UnixTime] = read_unix) -> None:
        self.tally = Tally()
        self._clock = clock
        self._rejections = Rejections(self._tell)
        self._dropped = 0
        self._streams: list[EventStream] = []
        self._listeners: dict[object, Listener] = {}
        self._watchers: dict[object, Watcher] = {}

    @property
    def budget(self) -> Budget:
        """How many events wait for the slowest reader; bites while one has lost some, and not read all the others."""
        streams = [stream for stream in self._streams if not stream.is_ended]
        since = min((stream.behind_since for stream in streams if stream.behind_since is not None), default=None)
        return Budget("events", max(map(len, streams), default=0), EVENTS_BUFFERED_MAX, since, self._dropped)

    def stream(self, kinds: tuple[type, ...] = ()) -> EventStream:
        """Make a stream of events from now on: of all *kinds* when none is named."""
        stream = EventStream(kinds=kinds)
        self._streams = [*(other for other in self._streams if not other.is_ended), stream]
        return stream

    def on(self, listener: Listener) -> Callable[[], None]:
        """Call *listener* with every event, until what is given back is called.

        Raises:
            ConfigError: it cannot be called.

        """
        return _enlist(self._listeners, listener)

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Call *watcher* with every message, until what is given back is called.

        Raises:
            ConfigError: it cannot be called.

        """
        return _enlist(self._watchers, watcher)

    def take(self, event: Happening) -> None:
        """Tell everybody of *event*, or soon of it and others like it."""
        self.tally.take(event, self._clock())
        if isinstance(event, RecordsAdded):
            if self._streams or self._listeners:
                self._tell(*apart(event))
        elif not self._rejections.take(event):
            self._tell(event)

    def _tell(self, *events: Event) -> None:
        for stream in self._streams:
            if dropped := stream.push(*events):
                self._dropped += dropped
                stream.behind_since = stream.behind_since or self._clock()
        for event in events if self._listeners else ():
            for listener in list(self._listeners.values()):
                call(listener, event)

    def overhear(self, peer: PeerId, direction: Literal["in", "out"], data: bytes) -> None:
        """Count the message *data*, which crossed the channel of *peer*, and tell the watchers of it."""
        self.tally.cross(direction, len(data))
        if self._watchers:
            traffic = Traffic(peer, direction, wire.name_of(data), len(data), read_clocks().monotonic)
            for watcher in list(self._watchers.values()):
                call(watcher, traffic)

    def collected(self, deleted: int, expired: int) -> None:
        """Count a collection that is done."""
        self.tally.collect(deleted, expired, self._clock())

    def close(self) -> None:
        """End every stream, and forget the rest."""
        self._end(EventStream.close)

    def fail(self, error: PeersetError) -> None:
        """End every stream with *error*, and forget the rest."""
        self._end(lambda stream: stream.fail(error))

    def _end(self, end: Callable[[EventStream], None]) -> None:
        self._rejections.close()
        for stream in self._streams:
            end(stream)
        self._listeners.clear()
        self._watchers.clear()


def call(callback: Callable[[T], object], value: T) -> None:
    """Call what the room's user gave us; its mistake is logged, and breaks nothing here."""
    try:
        callback(value)
    except Exception:
        logger.exception("the callback %r failed", callback)


def read_event_kinds(kinds: tuple[object, ...]) -> tuple[type, ...]:
    """Read which classes of events are wanted; unions of them, such as `Event`, stand for their members.

    Raises:
        ConfigError: one is no class.

    """
    found: list[type] = []
    for kind in kinds:
        members = several("events", getattr(kind, "__args__", [kind]), singles=())
        for member in members:
            if not isinstance(member, type):
                raise ConfigError(f"events are chosen by their classes, such as peerset.RecordAdded, not {shown(kind)}")
            found.append(member)
    return tuple(found)


def _enlist(listeners: dict[object, T], listener: T) -> Callable[[], None]:
    if not callable(listener):
        raise ConfigError(f"{shown(listener)} cannot be called")
    place = object()
    listeners[place] = listener

    def stop() -> None:
        listeners.pop(place, None)

    return stop
