"""How a websocket begins (RFC 6455, 4.2): what a client has to ask for, and what it is answered."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Final

from aiohttp import web

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY_BYTES: Final = 16
VERSION: Final = "13"


def agree(request: web.Request) -> web.StreamResponse:
    """Give the answer that makes a websocket of the connection of *request*, without any extension.

    Raises:
        web.HTTPException: nobody asks for a websocket, or not as it has to be done.

    """
    headers = request.headers
    if headers.get("Upgrade", "").strip().lower() != "websocket":
        raise web.HTTPUpgradeRequired(text="this is a websocket tracker; see /stats and /health\n")
    connection = [token.strip() for token in headers.get("Connection", "").lower().split(",")]
    if request.method != "GET" or request.body_exists or "upgrade" not in connection:
        raise web.HTTPBadRequest(text="a websocket begins by GET without a body, and with Connection: Upgrade\n")
    if headers.get("Sec-WebSocket-Version") != VERSION:
        told = {"Sec-WebSocket-Version": VERSION}
        raise web.HTTPUpgradeRequired(text=f"the version of websockets here is {VERSION}\n", headers=told)
    given = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": _accept(headers)}
    return web.StreamResponse(status=101, headers=given)


def _accept(headers: Mapping[str, str]) -> str:
    key = headers.get("Sec-WebSocket-Key", "").strip()
    try:
        is_key = len(base64.b64decode(key, validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        is_key = False
    if not is_key:
        raise web.HTTPBadRequest(text=f"Sec-WebSocket-Key is none of {_KEY_BYTES} bytes\n")
    # What SHA-1 proves here is only that the server knows what a websocket is.
    return base64.b64encode(hashlib.sha1(key.encode("ascii") + _GUID, usedforsecurity=False).digest()).decode("ascii")
