"""A Python peer that proves its key like any other, and then sends what it likes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import peerset
from peerset.core import wire
from peerset.core.action import PROTOCOL_ACTION
from peerset.core.message import Message
from peerset.core.signal import PeerId, RoomName
from peerset.room.host import NetworkOptions
from peerset.transports.frames import room_token
from peerset.transports.lanes import lane_of
from peerset.transports.link import Link
from peerset.transports.webrtc import WebRTCHub, WebRTCTransport
from tests.interop.python_peer import PythonPeer, python_peer
from tests.web.peer_page import APP, PeerPage


class TappedHub(WebRTCHub):
    """A hub whose only room can be spoken for from outside."""

    def __init__(self, peer_id: PeerId) -> None:
        super().__init__(peer_id, ice_servers=(), allow_loopback=True)
        self.links: dict[PeerId, Link] = {}
        """The channel to each peer."""

    def join(self, room: RoomName, *, password: str = "") -> WebRTCTransport:
        """Join, and remember."""
        self.transport = super().join(room, password=password)
        return self.transport

    def on_activated(self, link: Link, token: str) -> None:
        """Remember the channel."""
        if link.peer is not None:
            self.links[link.peer] = link
        super().on_activated(link, token)


class Intruder:
    """The peer, and its channel to the page."""

    def __init__(self, peer: PythonPeer, page: PeerPage, hub: TappedHub) -> None:
        self.peer = peer
        self._page = page
        self._hub = hub

    def send(self, message: Message | bytes) -> None:
        """Send the page *message*, or bytes that may be none."""
        data = message if isinstance(message, bytes) else wire.encode(message)
        self._hub.transport.send(self._page.id, data)

    def send_frame(self, frame: bytes) -> None:
        """Send bytes that need not even be a frame of Trystero's, after all that was sent before."""
        token = room_token(self.peer.room.name)
        self._hub.links[self._page.id].connection.send(lane_of(token, PROTOCOL_ACTION), [frame])


@asynccontextmanager
async def intruder(
    room: str, page: PeerPage, *, tracker: str, key: peerset.SecretKey | None = None
) -> AsyncIterator[Intruder]:
    """Let one join *room*, and be joined by the page, for the length of the block."""
    hubs: list[TappedHub] = []

    def make_hub(peer_id: PeerId, _options: NetworkOptions) -> TappedHub:
        hubs.append(TappedHub(peer_id))
        return hubs[-1]

    host = peerset.Host(make_transport=make_hub)
    async with python_peer(room, page, tracker=tracker, app=APP, key=key, host=host) as peer:
        await page.next("PeerJoined", peer=peer.id)
        yield Intruder(peer, page, hubs[0])
