"""The peers of one room: which connection serves each, and what the room is told of them."""

import asyncio
from typing import Final

from peerset.core.action import PROTOCOL_ACTION, Action, Json
from peerset.core.clock import Monotonic
from peerset.core.signal import ChannelBinding, OfferId, PeerId
from peerset.protocol.events import ActionReceived
from peerset.protocol.inputs import Clogged, Closed, Drained, Faulted, OfferLost, Opened, Received
from peerset.transports.awareness import Awareness
from peerset.transports.frames import encode_json
from peerset.transports.inbox import Inbox
from peerset.transports.link import Link
from peerset.transports.reassembly import Fault

RACE_SECONDS: Final = 5.0
"""Two connections that activate a room within this time were made at once, by both ends."""


class RoomMembers:
    """The peers that share a room with us; `inbox` is what the room's transport iterates."""

    def __init__(self) -> None:
        self.inbox = Inbox(self._caught_up)
        self._loop = asyncio.get_running_loop()
        self._serving: dict[PeerId, tuple[Link, Monotonic]] = {}
        self._awareness = Awareness[Link]()

    def link_to(self, peer: PeerId) -> Link | None:
        """Give the connection that serves *peer*."""
        serving = self._serving.get(peer)
        return serving[0] if serving else None

    def heed(self, event: Opened | Closed) -> None:
        """Learn that the room takes *event* now."""
        self._awareness.heed(event)

    def is_stale(self, peer: PeerId) -> bool:
        """Say whether the room means a connection that does not serve *peer* any more: word of that is on its way."""
        return self._awareness.is_stale(peer, self.link_to(peer))

    def activate(self, peer: PeerId, link: Link) -> Link | None:
        """Let *link* serve *peer*; when another one does, give the one of the two that is not needed.

        The newest is used: a page speaks on one connection only, so an older one is dead at its end. When both ends
        dialled at once both are alive, and both ends choose by the certificates.
        """
        now = Monotonic(self._loop.time())
        serving = self._serving.get(peer)
        if serving is not None:
            older, since = serving
            if now - since < RACE_SECONDS and _order(older.connection.binding) < _order(link.connection.binding):
                return link
            self._let_go(older)
            self.inbox.post(Closed(peer, "another connection serves the room"))
        self._serve(peer, link, now)
        return serving[0] if serving else None

    def stand_by(self, peer: PeerId, link: Link) -> None:
        """Let *link* serve *peer* if no other does; else it waits for the end of that one."""
        if peer not in self._serving:
            self._serve(peer, link, Monotonic(self._loop.time()))

    def deactivate(self, peer: PeerId, link: Link, reason: str, *, has_others: bool) -> None:
        """Tell of the end of a channel, or of an attempt when no other is under way."""
        self._let_go(link)
        if self.link_to(peer) is link:
            del self._serving[peer]
            self.inbox.post(Closed(peer, reason))
        elif peer not in self._serving and not has_others:
            self.inbox.post(Closed(peer, reason))

    def deliver(self, peer: PeerId, link: Link, action: Action) -> bool:
        """Hand on what *peer* sent, and read no more of it while too much is unread; False when far too much is."""
        if self.link_to(peer) is not link:
            return True
        is_taken = self._take(peer, action)
        if self.inbox.is_behind(peer):
            link.connection.gate.hold(self)
        return is_taken

    def clog(self, peer: PeerId, link: Link, *, is_clogged: bool) -> None:
        """Tell that too much waits to be sent to *peer*, or no longer does."""
        if self.link_to(peer) is link:
            self.inbox.post(Clogged(peer) if is_clogged else Drained(peer))

    def report(self, peer: PeerId, fault: Fault) -> bool:
        """Tell of a fault of *peer*; False when it left too much unread. A fatal one comes last, and is always told."""
        if fault.is_fatal:
            self.inbox.post(Faulted(peer, fault.reason))
            return True
        return self.inbox.post_from(peer, Faulted(peer, fault.reason))

    def lose_offer(self, offer_id: OfferId) -> None:
        """Tell that a pooled offer can no longer be answered."""
        self.inbox.post(OfferLost(offer_id))

    def close(self) -> None:
        """End the inbox; nobody waits for its reader any longer."""
        self.inbox.close()
        for link, _ in self._serving.values():
            self._let_go(link)

    def _serve(self, peer: PeerId, link: Link, now: Monotonic) -> None:
        self._serving[peer] = (link, now)
        path = link.connection.path
        self._awareness.tell(link)
        self.inbox.post(Opened(peer, link.connection.binding, path.route, path.address))
        if link.connection.queue.is_clogged:
            self.inbox.post(Clogged(peer))

    def _take(self, peer: PeerId, action: Action) -> bool:
        if action.name != PROTOCOL_ACTION:
            return self.inbox.post_from(peer, ActionReceived(peer, action), size_bytes=_size(action.payload))
        if not isinstance(action.payload, bytes):
            return self.report(peer, Fault("a message of our protocol that is not binary"))
        return self.inbox.post_from(peer, Received(peer, action.payload), size_bytes=len(action.payload))

    def _caught_up(self, peer: PeerId) -> None:
        link = self.link_to(peer)
        if link is not None:
            self._let_go(link)

    def _let_go(self, link: Link) -> None:
        link.connection.gate.release(self)


def _size(payload: bytes | Json) -> int:
    return len(payload if isinstance(payload, bytes) else encode_json(payload))


def _order(binding: ChannelBinding) -> list[bytes]:
    """Give what both ends of a connection compare alike."""
    return sorted((binding.local, binding.remote))
