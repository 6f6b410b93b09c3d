"""One connection and the rooms on it: performs what `Sharing` decides, and keeps its time."""

import asyncio
import logging
import random
from collections.abc import Iterable, Mapping
from typing import Protocol, assert_never

from peerset.core.action import Action
from peerset.core.clock import Monotonic
from peerset.core.limits import FLUSH_TIMEOUT_SECONDS
from peerset.core.signal import PeerId
from peerset.transports.connection import Connection
from peerset.transports.options import ConnectionOptions
from peerset.transports.reassembly import Fault
from peerset.transports.sharing import (
    Forget,
    Membership,
    RoomActivated,
    RoomDeactivated,
    RoomDelivered,
    RoomFaulted,
    Sharing,
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
        options: ConnectionOptions,
        local: PeerId,
        memberships: Mapping[str, Membership],
        rng: random.Random,
    ) -> None:
        self.token = token
        self.peer: PeerId | None = None
        self.connection = Connection(options, self)
        self.finishing: asyncio.Task[None] | None = None
        self._options = options
        self._owner = owner
        self._local = local
        self._memberships = memberships
        self._rng = rng
        self._loop = asyncio.get_running_loop()
        self._sharing: Sharing | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._idle_since: Monotonic | None = None

    @property
    def is_usable(self) -> bool:
        """Rooms can be attached to the connection."""
        return self.connection.is_open and self.finishing is None

    @property
    def is_opened(self) -> bool:
        """The channel was open once."""
        return self._sharing is not None

    def is_bound(self, token: str) -> bool:
        """Tell whether the room is on this link."""
        return self._sharing is not None and self._sharing.is_bound(token)

    def is_active(self, token: str) -> bool:
        """Tell whether the room's actions flow on this link."""
        return self._sharing is not None and self._sharing.is_active(token)

    def attach(self, token: str) -> None:
        """Bind a room that a signal of the peer named."""
        if self._sharing is not None:
            self._perform(self._sharing.attach(token, self._now()))

    def join(self, token: str) -> None:
        """Tell the peer of a room we joined."""
        if self._sharing is not None and self.is_usable:
            self._perform(self._sharing.join(token, self._now()))

    def leave(self, token: str, reason: str) -> None:
        """Tell the peer that we left a room, and end the connection if it was the last."""
        if self._sharing is not None:
            self._perform(self._sharing.leave(token, self._now()))
        self._finish_if_idle(reason)

    def detach(self, token: str, reason: str) -> None:
        """End a room with this peer, and the connection with it if it was the last."""
        if self._sharing is not None:
            self._perform(self._sharing.detach(token, self._now()))
        self._finish_if_idle(reason)

    def send(self, token: str, action: Action) -> None:
        """Queue *action* in an active room.

        Raises:
            ConfigError: the action cannot be sent.

        """
        if self._sharing is not None:
            # No deadline is another by that, so the timer stays.
            for write in self._sharing.send(token, action):
                self.connection.send(write.lane, write.frames)

    def on_open(self) -> None:
        """Begin sharing."""
        if self.peer is None:
            self.connection.close("a channel opened before an answer came")
            return
        self._sharing = Sharing(self._local, self.peer, memberships=self._memberships, rng=self._rng)
        self._perform(self._sharing.open(self.token, self._now()))

    def on_data(self, data: bytes) -> None:
        """Take one message of the channel."""
        if self._sharing is not None:
            self._perform(self._sharing.receive(data, self._now()))

    def on_clogged(self, *, is_clogged: bool) -> None:
        """Tell every active room whether it should wait."""
        for token in self._sharing.tokens if self._sharing is not None else ():
            if self.is_active(token):
                self._owner.on_clogged(self, token, is_clogged=is_clogged)

    def on_closed(self, reason: str) -> None:
        """Deactivate every room."""
        if self._timer is not None:
            self._timer.cancel()
        logger.debug("connection to %.8s closed: %s", self.peer, reason)
        for token in self._sharing.tokens if self._sharing is not None else ():
            self._owner.on_deactivated(self, token, reason)
        self._owner.on_link_closed(self, reason)

    def _finish_if_idle(self, reason: str) -> None:
        if self._sharing is None:
            self.connection.close(reason)
        elif self._sharing.is_idle and self.finishing is None:
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
        sharing = self._sharing
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if sharing is None or not self.is_usable:
            return
        if not sharing.is_idle:
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = self._now()
        deadline = (
            sharing.deadline
            if self._idle_since is None
            else Monotonic(self._idle_since + self._options.idle_timeout_seconds)
        )
        if deadline is not None:
            self._timer = self._loop.call_at(deadline, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        if self._sharing is None:
            return
        if self._idle_since is not None:
            self._finish_if_idle("no room is left on the connection")
            return
        self._perform(self._sharing.tick(self._now()))

    def _now(self) -> Monotonic:
        return Monotonic(self._loop.time())
