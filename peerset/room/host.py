"""What the rooms of one event loop share: a peer id, one connection per place, one channel per peer."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from peerset.core.ice import IceServer
from peerset.core.signal import PeerId, RoomName, make_peer_id
from peerset.errors import ConfigError
from peerset.plugins import TRANSPORTS, load_factory
from peerset.ports import Signaling, SignalingHub, Transport, TransportHub
from peerset.room.clocks import read_unix
from peerset.room.silence import SilentSignaling, SilentTransport
from peerset.signaling.phased import PhasedHub
from peerset.signaling.several import SeveralHub


@dataclass(frozen=True, slots=True)
class NetworkOptions:
    """How channels are set up; rooms that differ in these share none."""

    ice_servers: tuple[IceServer, ...] | None = None
    """STUN and TURN servers; None for the transport's defaults."""
    relay_only: bool = False
    """Only ever use TURN relays, so that peers do not learn our address."""
    allow_loopback: bool = False
    """Offer and accept loopback addresses: for peers on one machine."""
    plain_channels: bool = False
    """Send and take data aiortc's own way, at half the pace."""


@dataclass(frozen=True, slots=True)
class Veil:
    """What hides a room from those who are not of it, and from whoever runs the places where its peers meet."""

    password: str = ""
    """Seals offers and answers for those who know it."""
    phase_seconds: int | None = None
    """For how long the room has one name at these places; None for always."""
    seals: Sequence[str] = field(default=(), repr=False)
    """Secrets or passphrases by which what is written is sealed, the newest first."""


MakeTransport = Callable[[PeerId, NetworkOptions], TransportHub]


class Host:
    """One peer id and what hangs on it. `join` uses the event loop's own host unless it is given another.

    Two rooms of one name need two hosts: a peer never connects to itself. *make_transport* and *signaling* replace
    WebRTC and the strategies that are installed, as `peerset.testing.memory` does.
    """

    collects = True
    """Its rooms delete what grew old."""
    indexes = True
    """Its rooms know which records they have; without that there is no count and no root, and nothing to compare."""

    def __init__(
        self,
        *,
        rng: random.Random | None = None,
        make_transport: MakeTransport | None = None,
        signaling: SignalingHub | None = None,
    ) -> None:
        self.rng = rng or random.SystemRandom()
        self.peer_id: PeerId = make_peer_id(self.rng)
        self._make_transport = make_transport or self._make_webrtc
        self._rooms: set[RoomName] = set()
        self._transports: dict[tuple[str, NetworkOptions], TransportHub] = {}
        self._users: dict[tuple[str, NetworkOptions], int] = {}
        self._signaling = signaling
        self._needs_places = signaling is None

    def __repr__(self) -> str:
        rooms = ", ".join(sorted(repr(name.room) for name in self._rooms))
        return f"<Host {self.peer_id}: {rooms or 'no rooms'}>"

    def has_joined(self, room: RoomName) -> bool:
        """Say whether *room* is joined here."""
        return room in self._rooms

    def check(self, room: RoomName, *, signaling: Sequence[str] | None) -> None:
        """Make sure that *room* can be entered here, before anything is made.

        Raises:
            ConfigError: bad signaling, or the room was joined here before.

        """
        if self.has_joined(room):
            raise ConfigError(f"the room {room.room!r} was joined before; another host of yours can join it again")
        if not self._is_silent(signaling):
            self._hub().check(places=signaling)

    def enter(
        self, room: RoomName, options: NetworkOptions, *, signaling: Sequence[str] | None, veil: Veil
    ) -> tuple[Transport, Signaling]:
        """Give *room* its transport and signaling; an empty list means no network.

        Raises:
            ConfigError: bad signaling, or a bad server address.

        """
        if self._is_silent(signaling):
            return SilentTransport(), SilentSignaling()
        key = (room.app, options)
        if key not in self._transports:
            self._transports[key] = self._make_transport(self.peer_id, options)
        joined = self._hub(veil.phase_seconds).join(room, self.peer_id, places=signaling, password=veil.password)
        transport = self._transports[key].join(room, password=veil.password)
        self._users[key] = self._users.get(key, 0) + 1
        self._rooms.add(room)
        return transport, joined

    async def leave(self, room: RoomName, options: NetworkOptions) -> None:
        """Give back what `enter` gave; the last room of an application closes its channels."""
        if room not in self._rooms:
            return
        self._rooms.discard(room)
        key = (room.app, options)
        self._users[key] -= 1
        if self._users[key] == 0:
            del self._users[key]
            await self._transports.pop(key).aclose()

    def _is_silent(self, signaling: Sequence[str] | None) -> bool:
        return self._needs_places and signaling is not None and not signaling

    def _hub(self, phase_seconds: int | None = None) -> SignalingHub:
        if self._signaling is None:
            self._signaling = SeveralHub(rng=self.rng)
        if phase_seconds is None:
            return self._signaling
        return PhasedHub(self._signaling, period_seconds=phase_seconds, clock=read_unix, rng=self.rng)

    def _make_webrtc(self, peer_id: PeerId, options: NetworkOptions) -> TransportHub:
        factory: Callable[..., Any] = load_factory(TRANSPORTS, "webrtc")
        servers = {} if options.ice_servers is None else {"ice_servers": options.ice_servers}
        hub: TransportHub = factory(
            peer_id,
            relay_only=options.relay_only,
            allow_loopback=options.allow_loopback,
            plain_channels=options.plain_channels,
            rng=self.rng,
            **servers,
        )
        return hub


# The one piece of module state in peerset: rooms joined by separate calls must find each other's sockets.
_hosts: WeakKeyDictionary[asyncio.AbstractEventLoop, Host] = WeakKeyDictionary()


def host_for(room: RoomName) -> Host:
    """Give the running loop's host, or a new one when *room* is joined there already."""
    host = _hosts.setdefault(asyncio.get_running_loop(), Host())
    return Host() if host.has_joined(room) else host
