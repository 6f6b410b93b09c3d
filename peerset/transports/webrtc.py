"""Rooms over WebRTC data channels, in both dialects of Trystero.

A `WebRTCHub` is one member of an application's swarm: it holds one connection to each remote peer, and the rooms that
were joined share it; to a page of Trystero 0.20 to 0.22 it holds one for each room. `WebRTCHub.join` gives the
`Transport` of one room.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Final

from peerset.core.action import PROTOCOL_ACTION, Action
from peerset.core.ice import IceServer
from peerset.core.limits import MESSAGE_BYTES_MAX, TRANSPORT_CLOSE_TIMEOUT_SECONDS
from peerset.core.signal import Answer, Offer, OfferId, PeerId, RoomName, make_offer_id
from peerset.errors import ConfigError, LocalProtocolError, PeersetError, TransportError
from peerset.protocol.inputs import Closed, Opened, TransportInput
from peerset.transports.frames import check_application_action, room_token
from peerset.transports.link import Link
from peerset.transports.members import RoomMembers
from peerset.transports.options import ConnectionOptions, check_relay
from peerset.transports.reassembly import Fault
from peerset.transports.sdp import parse_description
from peerset.transports.sharing import Membership
from peerset.transports.trickle import Trickle

DEFAULT_ICE_SERVERS: Final[tuple[IceServer, ...]] = (
    IceServer("stun:stun.l.google.com:19302"),
    IceServer("stun:stun.cloudflare.com:3478"),
)
"""The first STUN and the first TURN server of a list are used."""

OFFERS_AT_ONCE_MAX: Final = 16

logger = logging.getLogger(__name__)


class WebRTCHub:
    """All connections of *peer_id* in one application; rooms share them.

    With *relay_only* no address of ours is told to anyone, and all bytes go through a TURN server. With
    *allow_loopback* 127.0.0.1 is offered and accepted, for tests and demonstrations on one machine. With
    *plain_channels* data go aiortc's own way, at half the pace or less.

    Raises:
        ConfigError: *relay_only* without a TURN server.

    """

    def __init__(
        self,
        peer_id: PeerId,
        *,
        ice_servers: Sequence[IceServer] = DEFAULT_ICE_SERVERS,
        relay_only: bool = False,
        allow_loopback: bool = False,
        plain_channels: bool = False,
        rng: random.Random | None = None,
    ) -> None:
        if relay_only:
            check_relay(ice_servers)
        self.peer_id = peer_id
        self._options = ConnectionOptions(
            tuple(ice_servers), relay_only=relay_only, allow_loopback=allow_loopback, plain_channels=plain_channels
        )
        self._rng = random.SystemRandom() if rng is None else rng
        self._memberships: dict[str, Membership] = {}
        self._rooms: dict[str, RoomMembers] = {}
        self._offers: dict[OfferId, Link] = {}
        self._links: dict[PeerId, list[Link]] = {}
        self._ending: set[Link] = set()
        self._trickle = Trickle()

    def join(self, room: RoomName, *, password: str = "") -> "WebRTCTransport":
        """Join *room* and give its transport; peers that share a connection with us learn of it at once.

        Raises:
            ConfigError: the room was joined before, or belongs to another application than the hub's other rooms.

        """
        token = room_token(room)
        if token in self._rooms:
            raise ConfigError(f"the room {room.room!r} was joined before")
        if any(known.room.app != room.app for known in self._memberships.values()):
            raise ConfigError(f"a hub serves one application, and {room.app!r} is another one")
        self._memberships[token] = Membership(room, password)
        self._rooms[token] = RoomMembers()
        for link in list(self._all_links()):
            link.join(token)
        return WebRTCTransport(self, token, self._rooms[token])

    async def aclose(self) -> None:
        """Leave every room within 2 seconds; may be called twice."""
        for room in self._rooms.values():
            room.close()
        await asyncio.gather(*(self.leave(token) for token in list(self._rooms)))

    async def wait_closed(self) -> None:
        """Wait until farewells are said, and the sockets and tasks of every closed connection are gone."""
        finishing = [link.finishing for link in self._all_links() if link.finishing is not None]
        if finishing:
            await asyncio.wait(finishing)
        for link in list(self._ending):
            await link.connection.wait_closed()

    async def make_offer(self, token: str) -> Offer:
        """Prepare one offer for a room."""
        offer_id = make_offer_id(self._rng)
        link = self._offers[offer_id] = self._make_link(token, offer_id)
        return Offer(offer_id, await link.connection.offer())

    async def make_answer(self, token: str, peer: PeerId, offer: Offer) -> Answer | None:
        """Answer *offer*, or attach the room to a connection that exists."""
        description = parse_description(offer.sdp, "offer", allow_loopback=self._options.allow_loopback)
        usable = next((link for link in self._links.get(peer, ()) if link.is_usable and link.serves(token)), None)
        if usable is not None:
            usable.attach(token)
            return None
        link = self._make_link(token, offer.id)
        link.meet(description)
        self._assign(link, peer)
        answer = Answer(offer.id, await link.connection.answer(description))
        link.connection.trickle(self._trickle.take(peer, offer.id))
        return answer

    async def accept_answer(self, token: str, peer: PeerId, answer: Answer) -> None:
        """Complete an offer of ours."""
        link = self._offers.get(answer.offer_id)
        if link is None or link.token != token:
            raise TransportError(f"the offer {answer.offer_id:.8} is gone")
        del self._offers[answer.offer_id]
        self._assign(link, peer)
        try:
            description = parse_description(answer.sdp, "answer", allow_loopback=self._options.allow_loopback)
            link.meet(description)
            await link.connection.accept(description)
            link.connection.trickle(self._trickle.take(peer, answer.offer_id))
        except PeersetError:
            link.connection.close("the answer was refused")
            raise

    def add_candidate(self, peer: PeerId, offer_id: OfferId, candidate: str) -> None:
        """Try to reach *peer* at *candidate* too, now or once its description is there."""
        link = next((link for link in self._links.get(peer, ()) if link.offer_id == offer_id), None)
        if link is not None and link.connection.is_opening:
            link.connection.trickle([candidate])
        elif link is None or not link.is_opened:
            self._trickle.put(peer, offer_id, candidate)

    def drop_offers(self, token: str, offer_ids: Iterable[OfferId]) -> None:
        """Close pooled offers of a room."""
        for offer_id in offer_ids:
            link = self._offers.get(offer_id)
            if link is not None and link.token == token:
                del self._offers[offer_id]
                link.connection.close("the offer was dropped")

    def disconnect(self, token: str, peer: PeerId, reason: str) -> None:
        """End a room with *peer*, and its attempts to reach that peer."""
        for link in list(self._links.get(peer, ())):
            if link.is_bound(token):
                link.detach(token, reason)
            elif link.token == token and not link.is_opened:
                self._unassign(link)
                link.connection.close(reason)

    async def leave(self, token: str) -> None:
        """Leave a room: tell its peers, and end what nobody needs any longer."""
        self._memberships.pop(token, None)
        self._rooms.pop(token, None)
        self.drop_offers(token, list(self._offers))
        for link in list(self._all_links()):
            if link.is_opened:
                link.leave(token, "we left the room")
            elif link.token == token:
                link.connection.close("we left the room")
        await self._wait_ended()

    def on_activated(self, link: Link, token: str) -> None:
        """Choose among the connections that serve one peer in one room."""
        room, peer = self._rooms.get(token), link.peer
        if room is None or peer is None:
            return
        if not link.is_modern:
            # Such a page keeps the first that it sees open, and closes the others itself.
            room.stand_by(peer, link)
            return
        reason = "another connection serves the room"
        loser = room.activate(peer, link)
        if loser is not None:
            loser.detach(token, reason)
        for other in [other for other in self._links[peer] if other.token == token and not other.is_opened]:
            self._unassign(other)
            other.connection.close(reason)

    def on_deactivated(self, link: Link, token: str, reason: str) -> None:
        """Tell the room, unless another connection serves it or may still."""
        room, peer = self._rooms.get(token), link.peer
        if room is None or peer is None:
            return
        others = [other for other in self._links.get(peer, ()) if other is not link and other.is_bound(token)]
        room.deactivate(peer, link, reason, has_others=bool(others))
        for other in others:
            if other.is_active(token):
                room.stand_by(peer, other)

    def on_delivered(self, link: Link, token: str, action: Action) -> None:
        """Hand an action to its room."""
        room, peer = self._rooms.get(token), link.peer
        if room is not None and peer is not None and not (link.is_modern or room.link_to(peer) is link):
            self._keep_only(link, peer)
        if room is not None and peer is not None and not room.deliver(peer, link, action):
            # Without the guards of `tuning` nothing slows it down. We read too slowly, which is not its fault.
            link.connection.close("more of its messages than we can hold wait to be read")

    def on_faulted(self, link: Link, token: str, fault: Fault) -> None:
        """Report a fault, and close the connection for a fatal one."""
        room, peer = self._rooms.get(token), link.peer
        if room is None or peer is None:
            return
        is_flood = not room.report(peer, fault)
        if fault.is_fatal or is_flood:
            link.connection.close(fault.reason)

    def on_clogged(self, link: Link, token: str, *, is_clogged: bool) -> None:
        """Tell the room whether it should wait."""
        room, peer = self._rooms.get(token), link.peer
        if room is not None and peer is not None:
            room.clog(peer, link, is_clogged=is_clogged)

    def on_link_closed(self, link: Link, reason: str) -> None:
        """Forget the connection, and tell the room that waited for it."""
        if link.connection.closing is not None:
            self._ending.add(link)
            link.connection.closing.add_done_callback(lambda _: self._ending.discard(link))
        room = self._rooms.get(link.token)
        if self._offers.get(link.offer_id) is link:
            del self._offers[link.offer_id]
            if room is not None:
                room.lose_offer(link.offer_id)
        peer, was_assigned = link.peer, self._unassign(link)
        if room is not None and peer is not None and was_assigned and not link.is_opened:
            has_others = any(
                other.token == link.token or other.is_bound(link.token) for other in self._links.get(peer, ())
            )
            room.deactivate(peer, link, reason, has_others=has_others)

    def _keep_only(self, link: Link, peer: PeerId) -> None:
        """Close what a page of the older dialect does not use: the connection that it speaks on is the one it keeps."""
        for other in [other for other in self._links[peer] if other.token == link.token and other is not link]:
            other.connection.close("the peer speaks on another connection")

    def _make_link(self, token: str, offer_id: OfferId) -> Link:
        if token not in self._memberships:
            raise TransportError("the room was left")
        return Link(
            token,
            self,
            offer_id=offer_id,
            options=self._options,
            local=self.peer_id,
            memberships=self._memberships,
            rng=self._rng,
        )

    def _assign(self, link: Link, peer: PeerId) -> None:
        link.peer = peer
        self._links.setdefault(peer, []).append(link)

    def _unassign(self, link: Link) -> bool:
        links = self._links.get(link.peer, []) if link.peer is not None else []
        if link not in links:
            return False
        links.remove(link)
        if not links and link.peer is not None:
            del self._links[link.peer]
        return True

    def _all_links(self) -> Iterator[Link]:
        for links in self._links.values():
            yield from links

    async def _wait_ended(self) -> None:
        """Wait for the same within the time a leaver has."""
        try:
            async with asyncio.timeout(TRANSPORT_CLOSE_TIMEOUT_SECONDS):
                await self.wait_closed()
        except TimeoutError:
            logger.debug("%s connections take longer to close", len(self._ending))


class WebRTCTransport:
    """The `Transport` of one room; made by `WebRTCHub.join`."""

    def __init__(self, hub: WebRTCHub, token: str, members: RoomMembers) -> None:
        self._hub = hub
        self._token = token
        self._members = members
        self._is_closed = False

    async def make_offers(self, count: int) -> list[Offer]:
        """Prepare up to *count* offers, each ready to be answered."""
        made = await asyncio.gather(*(self._try_offer() for _ in range(min(count, OFFERS_AT_ONCE_MAX))))
        return [offer for offer in made if offer is not None]

    async def make_answer(self, peer: PeerId, offer: Offer) -> Answer | None:
        """Answer *offer*; None when a channel to *peer* exists and serves this room too.

        Raises:
            RemoteProtocolError: the offer is not an acceptable session description.
            TransportError: it could not be answered.

        """
        return await self._hub.make_answer(self._token, peer, offer)

    async def accept_answer(self, peer: PeerId, answer: Answer) -> None:
        """Complete the offer that *answer* names.

        Raises:
            RemoteProtocolError: the answer is not an acceptable session description.
            TransportError: the offer is gone.

        """
        await self._hub.accept_answer(self._token, peer, answer)

    def drop_offers(self, offer_ids: Sequence[OfferId]) -> None:
        """Close the connections behind these pooled offers."""
        self._hub.drop_offers(self._token, offer_ids)

    def add_candidate(self, peer: PeerId, offer_id: OfferId, candidate: str) -> None:
        """Try to reach *peer* at *candidate* too; what cannot be used, or is of no attempt, is ignored."""
        self._hub.add_candidate(peer, offer_id, candidate)

    def heed(self, event: Opened | Closed) -> None:
        """Mean the channel that *event* tells of by `send` and `disconnect`, from here on."""
        self._members.heed(event)

    def send(self, peer: PeerId, data: bytes) -> None:
        """Queue one message for *peer*; `Clogged` tells when too much waits. Unknown peers are ignored.

        Raises:
            LocalProtocolError: the message is longer than 256 KiB.

        """
        if len(data) > MESSAGE_BYTES_MAX:
            raise LocalProtocolError(f"a message of {len(data)} bytes, at most {MESSAGE_BYTES_MAX} are sent")
        self._send(peer, Action(PROTOCOL_ACTION, data))

    def send_action(self, peer: PeerId, action: Action) -> bool:
        """Queue an application action for *peer*; False while too much waits to be sent, until `Drained`.

        Raises:
            ConfigError: its name is taken or too long, or its payload cannot be sent.

        """
        check_application_action(action)
        link = self._members.link_to(peer)
        is_clogged = link is not None and link.connection.queue.is_clogged and not self._members.is_stale(peer)
        if not is_clogged:
            self._send(peer, action)
        return not is_clogged

    def disconnect(self, peer: PeerId, reason: str) -> None:
        """Flush what is queued for at most a second, then close the channel or the attempt."""
        if not self._members.is_stale(peer):
            self._hub.disconnect(self._token, peer, reason)

    def inputs(self) -> AsyncIterator[TransportInput]:
        """Iterate what happens; ends after `aclose`. Called once."""
        return self._members.inbox.read()

    async def aclose(self) -> None:
        """Leave the room and close what only it needed, within 2 seconds; may be called twice."""
        if not self._is_closed:
            self._is_closed = True
            self._members.close()
            await self._hub.leave(self._token)

    async def _try_offer(self) -> Offer | None:
        try:
            return await self._hub.make_offer(self._token)
        except TransportError as error:
            logger.debug("an offer could not be made: %s", error)
            return None

    def _send(self, peer: PeerId, action: Action) -> None:
        link = self._members.link_to(peer)
        if link is not None and not self._members.is_stale(peer):
            link.send(self._token, action)
