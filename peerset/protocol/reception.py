"""What comes over a channel, brought to the machine that deals with it: the session first, then all others."""

from collections.abc import Sequence

from peerset.core import wire
from peerset.core.clock import Moment
from peerset.core.message import (
    BlobMessage,
    Credit,
    Declining,
    GoodbyeReason,
    IntroductionMessage,
    Lacking,
    LightMessage,
    LiveMessage,
    Message,
    Records,
    SessionMessage,
    SyncMessage,
)
from peerset.errors import WireError
from peerset.protocol.arrivals import read_blobs
from peerset.protocol.effects import Dealt, Emit, Request, Strike
from peerset.protocol.events import ActionReceived
from peerset.protocol.inlet import cost_of
from peerset.protocol.inputs import Clogged, Closed, Drained, Faulted, Loaded, Opened, Received
from peerset.protocol.intake import Intake
from peerset.protocol.meeting import Meeting
from peerset.protocol.neighbour import Neighbour
from peerset.protocol.neighbours import Neighbours
from peerset.protocol.relay import LiveRelay
from peerset.protocol.session import State
from peerset.protocol.strikes import Fault

ChannelInput = Opened | Closed | Received | Faulted | Clogged | Drained | ActionReceived | Loaded


class Reception:
    """Where all channels of one room end."""

    def __init__(self, neighbours: Neighbours, meeting: Meeting, *, relay: LiveRelay, intake: Intake) -> None:
        self._neighbours = neighbours
        self._meeting = meeting
        self._relay = relay
        self._intake = intake

    def receive(self, event: ChannelInput, now: Moment) -> Sequence[Request]:
        """Take what happened to a channel, or what is to go over it."""
        if isinstance(event, Opened):
            return self._opened(event, now)
        neighbour = self._neighbours.get(event.peer)
        match event:
            case Received(_, data) if neighbour is not None:
                return self._received(neighbour, data, now)
            case Closed(peer, reason):
                return [*self._neighbours.drop(peer, reason, now), *self._meeting.receive(event, now)]
            case ActionReceived():
                return [Emit(event)]
            case Faulted(_, reason) if neighbour is not None:
                return self._malformed(neighbour, reason, now)
            case Clogged(peer):
                self._neighbours.clog(peer, now)
                return []
            case Drained(peer):
                return self._neighbours.drain(peer, now)
            case Loaded(peer, number, blobs) if neighbour is not None and (sync := neighbour.live_sync) is not None:
                return sync.loaded(number, blobs, now) if number else self._relay.loaded(peer, blobs)
            case _:
                return []

    def _opened(self, opened: Opened, now: Moment) -> list[Request]:
        effects = self._neighbours.drop(opened.peer, "the peer opened a new channel", now)
        return [*effects, *self._meeting.receive(opened, now), *self._neighbours.open(opened, now)]

    def _malformed(self, neighbour: Neighbour, reason: str, now: Moment) -> list[Request]:
        strike = Strike(neighbour.peer, Fault.MALFORMED, reason)
        return [strike, *neighbour.session.close(GoodbyeReason.FAULT, reason, now)]

    def _received(self, neighbour: Neighbour, data: bytes, now: Moment) -> list[Request]:
        session = neighbour.session
        try:
            message = wire.decode(data)
        except WireError as error:
            is_over = session.state in (State.CLOSING, State.CLOSED)
            return [] if is_over else self._malformed(neighbour, str(error), now)
        was_established = session.state is State.ESTABLISHED
        effects = session.receive(message, now)
        if session.state is not State.ESTABLISHED:
            return effects
        if not was_established:
            return effects + self._neighbours.establish(neighbour, now)
        return effects + self._everyday(neighbour, message, now)

    def _everyday(self, neighbour: Neighbour, message: Message, now: Moment) -> list[Request]:
        if isinstance(message, SessionMessage):
            return []  # The session has dealt with it.
        if isinstance(message, LiveMessage) or (isinstance(message, Credit | Lacking) and message.round == 0):
            return self._relay.receive(neighbour.peer, message, now)
        sync = neighbour.live_sync
        if isinstance(message, SyncMessage) and sync is not None:
            return sync.receive(message, now)
        if isinstance(message, Records) and sync is not None:
            excess = [] if message.round else self._relay.take(neighbour.peer, message.blobs)
            size = sum(cost_of(message.round, blob) for blob in message.blobs)
            return excess or [*sync.received(message.round, size, now), *self._take_records(neighbour, message, now)]
        if isinstance(message, BlobMessage):
            return self._neighbours.blobs.hear(neighbour.peer, message, now)
        if isinstance(message, IntroductionMessage):
            return [*self._meeting.hear(neighbour.peer, message, now)]
        return self._neighbours.hear(neighbour, message, now) if isinstance(message, Declining | LightMessage) else []

    def _take_records(self, neighbour: Neighbour, message: Records, now: Moment) -> list[Request]:
        records, malformed = read_blobs(message.blobs)
        peer = neighbour.peer
        effects: list[Request] = []
        if malformed:
            effects.append(Strike(peer, Fault.MALFORMED, f"a record is malformed: {malformed[0][1]}"))
            size = sum(cost_of(message.round, blob) for blob, _ in malformed)
            effects.append(Dealt(peer, message.round, size, 0, size))
        effects += self._relay.arrived(peer, message, records, now)
        return effects + self._intake.offer(peer, message.round, records, now, key=neighbour.proven_key)
