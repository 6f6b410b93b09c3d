"""One connection and the rooms on it: performs what their dialect decides, and keeps its time."""

import asyncio
import logging
import random
from collections.abc import Iterable, Mapping
from typing import Protocol, assert_never

from peerset.core.action import Action
from peerset.core.clock import Monotonic
from peerset.core.limits import FLUSH_TIMEOUT_SECONDS
from peerset.core.signal import OfferId, PeerId
from peerset.transports.connection import Connection
from peerset.transports.conversation import Conversation, Dialect
from peerset.transports.legacy_frames import LEGACY_NAME_BYTES_MAX
from peerset.transports.options import ConnectionOptions
from peerset.transports.reassembly import Fault
from peerset.transports.sdp import Description
from peerset.transports.sharing import (
    Forget,
    Membership,
    RoomActivated,
    RoomDeactivated,
    RoomDelivered,
    RoomFaulted,
    SharingEffect,
    Write,
)

logger = logging.getLogger(__name__)


class LinkOwner(Protocol):
    """Who is told what happens on a link."""

    def on_activated(self, link: "Link", token: str) -> None:
        """Learn that both ends of a room are ready."""
        ...

    def on_deactivated(self, link: "Link", token: str, reason: str) -> None:
        """Learn that a room ended on this link, or starts over."""
        ...

    def on_delivered(self, link: "Link", token: str, action: Action) -> None:
        """Take a whole action of an active room."""
        ...

    def on_faulted(self, link: "Link", token: str, fault: Fault) -> None:
        """Learn that the peer broke the rules of framing."""
        ...

    def on_clogged(self, link: "Link", token: str, *, is_clogged: bool) -> None:
        """Learn that too much waits to be sent on a link, or no longer does; told of each active room."""
        ...

    def on_link_closed(self, link: "Link", reason: str) -> None:
        """Learn that the connection is gone; every room on it was deactivated before."""
        ...


class Link:
    """A connection made for the room *token*; its peer is known once an answer has come."""

    def __init__(
        self,
        token: str,
        owner: LinkOwner,
        *,
        offer_id: OfferId,
        options: ConnectionOptions,
        local: PeerId,
        memberships: Mapping[str, Membership],
        rng: random.Random,
    ) -> None:
        self.token = token
        self.peer: PeerId | None = None
        self.offer_id = offer_id
        """The offer with which it began, ours or the peer's."""
        self.connection = Connection(options, self)
        self.finishing: asyncio.Task[None] | None = None
        self._options = options
        self._owner = owner
        self._local = local
        self._memberships = memberships
        self._rng = rng
        self._loop = asyncio.get_running_loop()
        self._conversation: Conversation | None = None
        self._is_guessed_modern = True
        self._has_withheld = False
        """Something was not sent that the peer's dialect cannot say."""
        self._timer: asyncio.TimerHandle | None = None
        self._idle_since: Monotonic | None = None

    @property
    def is_usable(self) -> bool:
        """Rooms can be attached to the connection."""
        return self.connection.is_open and self.finishing is None

    @property
    def is_opened(self) -> bool:
        """The channel was open once."""
        return self._conversation is not None

    @property
    def is_modern(self) -> bool:
        """The peer speaks the dialect of Trystero 0.23 and later, as far as is known, so that rooms can share it."""
        return self._is_guessed_modern if self._conversation is None else self._conversation.is_modern

    def meet(self, description: Description) -> None:
        """Learn how the peer describes itself."""
        self._is_guessed_modern = description.is_modern

    def serves(self, token: str) -> bool:
        """Tell whether the room may be on the connection."""
        return self.is_modern or token == self.token

    def is_bound(self, token: str) -> bool:
        """Tell whether the room is on this link."""
        return self._dialect is not None and self._dialect.is_bound(token)

    def is_active(self, token: str) -> bool:
        """Tell whether the room's actions flow on this link."""
        return self._dialect is not None and self._dialect.is_active(token)

    def attach(self, token: str) -> None:
        """Bind a room that a signal of the peer named."""
        if self._dialect is not None:
            self._perform(self._dialect.attach(token, self._now()))

    def join(self, token: str) -> None:
        """Tell the peer of a room we joined."""
        if self._dialect is not None and self.is_usable:
            self._perform(self._dialect.join(token, self._now()))

    def leave(self, token: str, reason: str) -> None:
        """Tell the peer that we left a room, and end the connection if it was the last."""
        if self._dialect is not None:
            self._perform(self._dialect.leave(token, self._now()))
        self._finish_if_idle(reason)

    def detach(self, token: str, reason: str) -> None:
        """End a room with this peer, and the connection with it if it was the last."""
        if self._dialect is not None:
            self._perform(self._dialect.detach(token, self._now()))
        self._finish_if_idle(reason)

    def send(self, token: str, action: Action) -> None:
        """Queue *action* in an active room.

        Raises:
            ConfigError: the action cannot be sent.

        """
        dialect = self._dialect
        if dialect is None:
            return
        # No deadline is another by that, so the timer stays.
        for write in dialect.send(token, action):
            self.connection.send(write.lane, write.frames)
        if not dialect.can_say(action.name):
            self._withhold(action.name)

    def on_open(self) -> None:
        """Begin to speak."""
        if self.peer is None:
            self.connection.close("a channel opened before an answer came")
            return
        self._conversation = Conversation(
            self.token,
            is_modern=self._is_guessed_modern,
            local=self._local,
            remote=self.peer,
            memberships=self._memberships,
            rng=self._rng,
        )
        self._perform(self._conversation.open(self._now()))

    def on_data(self, data: bytes) -> None:
        """Take one message of the channel."""
        if self._conversation is not None:
            self._perform(self._conversation.receive(data, self._now()))

    def on_clogged(self, *, is_clogged: bool) -> None:
        """Tell every active room whether it should wait."""
        for token in self._dialect.tokens if self._dialect is not None else ():
            if self.is_active(token):
                self._owner.on_clogged(self, token, is_clogged=is_clogged)

    def on_closed(self, reason: str) -> None:
        """Deactivate every room."""
        if self._timer is not None:
            self._timer.cancel()
        logger.debug("connection to %.8s closed: %s", self.peer, reason)
        for token in self._dialect.tokens if self._dialect is not None else ():
            self._owner.on_deactivated(self, token, reason)
        self._owner.on_link_closed(self, reason)

    @property
    def _dialect(self) -> Dialect | None:
        return None if self._conversation is None else self._conversation.dialect

    def _withhold(self, name: str) -> None:
        """Say once what else would be missed without a word."""
        level = logging.DEBUG if self._has_withheld else logging.WARNING
        self._has_withheld = True
        logger.log(
            level,
            "%a is not sent to peer %.8s: it speaks Trystero 0.22 or earlier, whose action names have at most %d bytes",
            name,
            self.peer,
            LEGACY_NAME_BYTES_MAX,
        )

    def _finish_if_idle(self, reason: str) -> None:
        if self._dialect is None:
            self.connection.close(reason)
        elif self._dialect.is_idle and self.finishing is None:
            self.finishing = self._loop.create_task(self._finish(reason), name="peerset link finishing")

    async def _finish(self, reason: str) -> None:
        await self.connection.flush(FLUSH_TIMEOUT_SECONDS)
        self.connection.close(reason)

    def _perform(self, effects: Iterable[SharingEffect]) -> None:
        for effect in effects:
            match effect:
                case Write(lane, frames):
                    self.connection.send(lane, frames)
                case Forget(token):
                    self.connection.forget(token)
                case RoomActivated(token):
                    self._owner.on_activated(self, token)
                case RoomDeactivated(token, reason):
                    self._owner.on_deactivated(self, token, reason)
                case RoomDelivered(token, action):
                    self._owner.on_delivered(self, token, action)
                case RoomFaulted(token, fault):
                    self._owner.on_faulted(self, token, fault)
                case _:
                    assert_never(effect)
        self._rearm()

    def _rearm(self) -> None:
        """Set the one timer to the next deadline: of a handshake, or of idling."""
        dialect = self._dialect
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if dialect is None or not self.is_usable:
            return
        if not dialect.is_idle:
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = self._now()
        deadline = (
            dialect.deadline
            if self._idle_since is None
            else Monotonic(self._idle_since + self._options.idle_timeout_seconds)
        )
        if deadline is not None:
            self._timer = self._loop.call_at(deadline, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        if self._dialect is None:
            return
        if self._idle_since is not None:
            self._finish_if_idle("no room is left on the connection")
            return
        self._perform(self._dialect.tick(self._now()))

    def _now(self) -> Monotonic:
        return Monotonic(self._loop.time())
