"""What ``peerset serve`` runs."""

import asyncio
import ssl
from pathlib import Path

from peerset.cli.output import remark, write
from peerset.core.network import is_loopback
from peerset.core.signal import RoomName
from peerset.page.page import make_page
from peerset.page.server import serve_page
from peerset.page.settings import PageSettings
from peerset.signaling.specs import all_on_loopback


async def serve(
    room: RoomName,
    host: str,
    port: int,
    *,
    signaling: list[str],
    src: str = "",
    files: Path,
    ssl_context: ssl.SSLContext | None,
    as_json: bool,
) -> None:
    """Serve the page of *room*, whose scripts are *files*, until it is cancelled: the first line is its address.

    *src* is the room's address, where there is more to say of it than its name.
    """
    settings = PageSettings(room, tuple(signaling), src, has_ice_servers=not all_on_loopback(signaling))
    page = make_page(settings, folder=files)
    async with serve_page(page, host, port, ssl_context=ssl_context) as server:
        write({"url": server.url}, line=server.url, as_json=as_json)
        if ssl_context is None and not is_loopback(host):
            remark("browsers on other machines give a page what it needs over https only: use --cert and --key")
        await asyncio.Event().wait()
