"""One UDP socket at each address of ours for all offers of a hub, however many rooms have some out.

Checks name the offer that they mean (RFC 8445, 7.2.2), responses the request, and data have the address of a peer that
a check succeeded with. Whoever answers does so from a socket of its own, so no two connections have the same two ends.
"""

import asyncio
import logging
import socket
import struct
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, Final

import aioice

REQUEST: Final = b"\x00\x01"
"""How a STUN binding request begins (RFC 8489, 5)."""
STUN_HEADER_BYTES: Final = 20
STUN_FIRST_MAX: Final = 3
RESPONSE_BIT: Final = 0x01
USERNAME: Final = 0x0006

ASKED_MAX: Final = 8_192
"""Requests whose response may still come."""
SOCKET_BYTES: Final = 4_194_304
"""Asked of the kernel for what all the connections of a socket may have in flight."""

Place = tuple[str, int]

logger = logging.getLogger(__name__)


class Outlet(asyncio.DatagramTransport):
    """A shared socket, as the transport of one offer."""

    def __init__(self, shared: "SharedSocket", fragment: str) -> None:
        super().__init__()
        self.shared = shared
        self.fragment = fragment
        self.protocol: Any = None
        self._is_closing = False

    def sendto(self, data: bytes, addr: Any = None) -> None:  # type: ignore[override]  # noqa: ANN401
        """Send from the shared socket."""
        if not self._is_closing:
            self.shared.send(self, data, addr)

    def claim(self, place: Place) -> None:
        """Take data from *place*, where a check of ours was answered."""
        self.shared.peers[place] = self

    def hear(self, place: Place) -> None:
        """Take data from *place*, if they are nobody's: its owner knows the offer's password, but may have lied."""
        self.shared.peers.setdefault(place, self)

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ANN401
        """Tell where the socket is; it is nobody's to set options of."""
        return self.shared.place if name == "sockname" else default

    def is_closing(self) -> bool:
        """Tell whether nothing is sent any more."""
        return self._is_closing

    def close(self) -> None:
        """Leave the socket, which ends with the last that does."""
        if not self._is_closing:
            self._is_closing = True
            self.shared.remove(self)
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    abort = close


class SharedSocket(asyncio.DatagramProtocol):
    """Hands each datagram to the offer that it is for, and drops all others."""

    def __init__(self) -> None:
        self.peers: dict[Place, Outlet] = {}
        self.place: Any = None
        self._transport: Any = None
        self._outlets: dict[bytes, Outlet] = {}
        self._asked: OrderedDict[bytes, Outlet] = OrderedDict()

    @property
    def is_open(self) -> bool:
        """Offers can be added."""
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = transport
        self.place = transport.get_extra_info("sockname")
        own = transport.get_extra_info("socket")
        if own is not None:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BYTES)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell every offer that the socket is gone."""
        for outlet in list(self._outlets.values()):
            outlet.close()

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        """Hand on one datagram."""
        place = (addr[0], addr[1])
        outlet = self.peers.get(place) if data and data[0] > STUN_FIRST_MAX else self._meant_by(data)
        if outlet is not None and not outlet.is_closing():
            outlet.protocol.datagram_received(data, place)

    def add(self, fragment: str) -> Outlet:
        """Make an outlet for the offer whose user name fragment is *fragment*."""
        outlet = self._outlets[fragment.encode()] = Outlet(self, fragment)
        return outlet

    def remove(self, outlet: Outlet) -> None:
        """Forget *outlet*; the last one takes the socket along."""
        self._outlets.pop(outlet.fragment.encode(), None)
        self.peers = {place: each for place, each in self.peers.items() if each is not outlet}
        if not self._outlets:
            self._transport.close()

    def send(self, outlet: Outlet, data: bytes, place: Place) -> None:
        """Send *data*; the response to a request will go to *outlet*."""
        if data[:2] == REQUEST:
            self._asked[data[8:STUN_HEADER_BYTES]] = outlet
            if len(self._asked) > ASKED_MAX:
                self._asked.popitem(last=False)
        self._transport.sendto(data, place)

    def _meant_by(self, data: bytes) -> Outlet | None:
        if len(data) < STUN_HEADER_BYTES:
            return None
        if data[0] & RESPONSE_BIT:
            return self._asked.pop(data[8:STUN_HEADER_BYTES], None)
        return self._outlets.get(_fragment_in(data))


class SharedSockets:
    """The sockets of one hub, by address; each is there while offers use it."""

    def __init__(self) -> None:
        self._sockets: dict[str, SharedSocket] = {}
        self._opening = asyncio.Lock()

    async def offer(self, ice: aioice.Connection, addresses: Iterable[str]) -> list[aioice.ice.StunProtocol]:
        """Give *ice* a protocol at each of *addresses* that can be had."""
        protocols = []
        for address in addresses:
            async with self._opening:
                shared = await self._open(address)
                if shared is None:
                    continue
                outlet = shared.add(ice.local_username)
            protocol = outlet.protocol = aioice.ice.StunProtocol(ice)
            protocol.connection_made(outlet)
            protocols.append(protocol)
        return protocols

    async def _open(self, address: str) -> SharedSocket | None:
        found = self._sockets.get(address)
        if found is None or not found.is_open:
            loop = asyncio.get_running_loop()
            try:
                _, found = await loop.create_datagram_endpoint(SharedSocket, local_addr=(address, 0))
            except OSError as error:
                logger.debug("could not bind to %s: %s", address, error)
                return None
            self._sockets[address] = found
        return found


def _fragment_in(data: bytes) -> bytes:
    """Give our part of the user name in a STUN request; empty when there is none."""
    at = STUN_HEADER_BYTES
    while at + 4 <= len(data):
        kind, length = struct.unpack_from("!HH", data, at)
        if kind == USERNAME:
            return data[at + 4 : at + 4 + length].partition(b":")[0]
        at += 4 + length + (-length & 3)
    return b""
