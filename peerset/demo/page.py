"""The demo's page: a peer in the browser, beside those in processes of their own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from peerset.core.network import LOOPBACK
from peerset.core.signal import RoomName
from peerset.demo.peer import APP
from peerset.demo.swarm import ROOM
from peerset.page.files import BUILT
from peerset.page.page import make_page
from peerset.page.server import serve_page
from peerset.page.settings import PageSettings


@asynccontextmanager
async def serve_demo_page(tracker: str, *, folder: Path = BUILT) -> AsyncIterator[str]:
    """Serve a page that joins the demo's room at *tracker*, for the length of the block; give its address.

    Raises:
        ConfigError: the page was not built.

    """
    settings = PageSettings(RoomName(APP, ROOM), (tracker,), has_ice_servers=False)
    async with serve_page(make_page(settings, folder=folder), LOOPBACK, 0) as server:
        yield server.url
