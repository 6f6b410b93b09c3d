"""Rooms as Nostr relays: each at a path of its own, with an information document (NIP-01, NIP-11)."""

import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Final

from aiohttp import web

from peerset.core.limits import FUTURE_SECONDS_MAX, RECORD_BYTES_MAX, RECORD_TAGS_MAX
from peerset.core.network import is_loopback
from peerset.core.signal import RoomName
from peerset.errors import ConfigError
from peerset.faces.client import RelayClient
from peerset.faces.facade import Facade
from peerset.faces.gallery import Gallery
from peerset.faces.gate import Gate
from peerset.faces.limits import FaceLimits
from peerset.faces.relay_wire import NAME_CHARACTERS_MAX
from peerset.faces.tally import FaceTally
from peerset.listener import Listener, Patience, host_of, network_of
from peerset.room.clocks import read_unix

PATH: Final = "/rooms/{app}/{room}"
NIPS: Final = (1, 9, 11, 40, 42, 45, 50, 77)
INFORMATION: Final = "application/nostr+json"
CHALLENGE_BYTES: Final = 16
LATER: Final = {"Retry-After": "10"}


@asynccontextmanager
async def relay_served(
    gallery: Gallery,
    gate: Gate,
    *,
    limits: FaceLimits | None = None,
    rng: random.Random | None = None,
    tally: FaceTally | None = None,
) -> AsyncIterator[str]:
    """Be a relay for each room of *gallery* while inside; give the address, at which the only room is, if there is one.

    *tally* counts how it is asked.

    Raises:
        ConfigError: the address cannot be listened on.

    """
    tally = tally or FaceTally()
    face = RelayFace(gallery, gate, limits=limits or FaceLimits(), rng=rng or random.SystemRandom(), tally=tally)
    app = web.Application(middlewares=[tally.attend])
    app.router.add_get("/", face.serve)
    app.router.add_get(PATH, face.serve)
    listener = Listener(app, gate.host, gate.port, patience=Patience())
    await listener.open()
    try:
        yield f"ws://{listener.address}"
    finally:
        listener.close()
        await listener.aclose()


class RelayFace:
    """Lets clients in, and tells them what there is."""

    def __init__(
        self, gallery: Gallery, gate: Gate, *, limits: FaceLimits, rng: random.Random, tally: FaceTally
    ) -> None:
        self._gallery = gallery
        self._gate = gate
        self._limits = limits
        self._rng = rng
        self._tally = tally
        self._clients: Counter[str] = Counter()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one request: by the document, or by a web socket for as long as the client stays."""
        reason = self._refuse(request)
        if reason is not None:
            return reason
        try:
            name = self._name(request)
        except ConfigError as error:
            return web.Response(status=404, text=f"{error}\n")
        facade = await self._gallery.find(name)
        if facade is None and self._gallery.awaits(name):
            return web.Response(status=503, text="the room is not open yet; come back later\n", headers=LATER)
        if facade is None:
            return web.Response(status=404, text="no such room is shown here\n")
        if INFORMATION in request.headers.get("Accept", ""):
            return self._inform(request, facade)
        socket = web.WebSocketResponse(
            heartbeat=self._limits.heartbeat_seconds,
            # What is a little too long is told so; what is longer ends the connection with code 1009.
            max_msg_size=2 * self._limits.message_bytes,
            compress=False,
            timeout=1.0,
        )
        if not socket.can_prepare(request).ok:
            return web.Response(status=426, text="this is a Nostr relay: connect by a web socket\n")
        return await self._attend(request, socket, facade)

    async def _attend(self, request: web.Request, socket: web.WebSocketResponse, facade: Facade) -> web.StreamResponse:
        network = network_of(request.remote or "")
        is_crowded = self._clients[network] >= self._limits.connections_per_address and not is_loopback(network)
        if is_crowded or self._clients.total() >= self._limits.connections:
            return web.Response(status=503, text="too many clients; come back later\n", headers=LATER)
        self._clients[network] += 1
        try:
            await socket.prepare(request)
            await RelayClient(
                socket,
                facade,
                gate=self._gate,
                limits=self._limits,
                challenge=self._rng.randbytes(CHALLENGE_BYTES).hex(),
                is_admitted=self._gate.is_open or self._gate.has_token(request.headers, request.query),
                unix=read_unix,
                tally=self._tally,
            ).run()
        finally:
            self._clients[network] -= 1
            if not self._clients[network]:
                del self._clients[network]
        return socket

    def _refuse(self, request: web.Request) -> web.Response | None:
        doubt = self._gate.doubt(host_of(request), request.headers, request.query, by_key=True)
        if doubt is None:
            return None
        status, reason = doubt
        return web.Response(
            status=status, text=f"{reason}\n", headers={"WWW-Authenticate": "Bearer"} if status == 401 else {}
        )

    def _name(self, request: web.Request) -> RoomName | None:
        """Give the room that is asked for; None where the only one is.

        Raises:
            ConfigError: it is no name of a room.

        """
        said = request.match_info
        return RoomName(said["app"], said["room"]) if "room" in said else None

    def _inform(self, request: web.Request, facade: Facade) -> web.Response:
        name, limits, gate = facade.room.name, self._limits, self._gate
        document = {
            "name": name.room,
            "description": f"A room of peerset. Whoever writes here adds the tag {json.dumps(['h', facade.tag])}.",
            "supported_nips": list(NIPS),
            "software": "peerset",
            "version": version("peerset"),
            "limitation": {
                "max_message_length": limits.message_bytes,
                "max_subscriptions": limits.subscriptions,
                "max_subid_length": NAME_CHARACTERS_MAX,
                "max_limit": limits.records,
                "default_limit": limits.records_by_default,
                "max_event_tags": RECORD_TAGS_MAX,
                "max_content_length": RECORD_BYTES_MAX,
                "created_at_upper_limit": FUTURE_SECONDS_MAX,
                "auth_required": gate.keys is not None and not gate.has_token(request.headers, request.query),
                "restricted_writes": True,
            },
            "peerset": {"app": name.app, "room": name.room, "tag": facade.tag},
        }
        origin = request.headers.get("Origin")
        headers = {"Content-Type": INFORMATION, "Vary": "Accept, Origin"}
        if origin is not None:
            allowed = origin if gate.is_open else "*"
            headers |= {"Access-Control-Allow-Origin": allowed, "Access-Control-Allow-Headers": "Accept, Authorization"}
        return web.Response(body=json.dumps(document).encode(), headers=headers)
