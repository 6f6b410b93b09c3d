"""Pages about the rooms of a node, for browsers of its own machine: an overview, and the dashboard of each room.

A dashboard is the element of every page: the browser joins the room, and shows what a member sees.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from html import escape
from pathlib import Path
from string import Template
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from peerset.core.address import parse_address
from peerset.core.network import LOOPBACK, is_loopback
from peerset.core.signal import RoomName
from peerset.errors import ConfigError
from peerset.listener import Handler, Listener, Patience, host_of
from peerset.node.keeper import Keeper, Standing
from peerset.page.document import security_policy, write_document
from peerset.page.files import BUILT, PageFile, read_files
from peerset.page.server import HEADERS, respond
from peerset.page.settings import PageSettings
from peerset.room.room import Room
from peerset.signaling.specs import all_on_loopback, parse_spec

TEMPLATE: Final = Path(__file__).with_name("overview.html")
POLICY: Final = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
REQUEST_BYTES_MAX: Final = 1_024
REFRESH_SECONDS: Final = 10


@asynccontextmanager
async def paged(keeper: Keeper, *, port: int, folder: Path = BUILT) -> AsyncIterator[str]:
    """Show the rooms of *keeper* at *port* of this machine while inside, by the scripts in *folder*; give the address.

    Raises:
        ConfigError: the scripts were not built, or the port cannot be listened on.

    """
    files = {name: file for name, file in read_files("", folder=folder).items() if not name.endswith(".html")}
    listener = Listener(_make_app(keeper, files), LOOPBACK, port, patience=Patience())
    await listener.open()
    try:
        yield f"http://{listener.address}/"
    finally:
        listener.close()
        await listener.aclose()


def write_overview(standings: Iterable[Standing]) -> str:
    """Write the page of rooms that stand as *standings* say; what others named is escaped."""
    standings = list(standings)
    states = Counter(standing.state.value for standing in standings)
    title = ", ".join(f"{count} {state}" for state, count in states.items()) or "no rooms yet"
    rows = "\n".join(map(_row, standings))
    return Template(TEMPLATE.read_text("utf-8")).substitute(title=title, rows=rows, seconds=REFRESH_SECONDS)


def settings_of(room: Room) -> PageSettings:
    """Say how a page joins *room*: as its address says, without secrets.

    Raises:
        ConfigError: no page can meet it, or where it is met takes a login, which no page is told.

    """
    src = room.address()
    signaling = parse_address(src).signaling
    if any("@" in parse_spec(spec).place for spec in signaling):
        raise ConfigError("where it is met takes a login, which pages are not told")
    if not room.signaling:
        raise ConfigError("it has no network")
    return PageSettings(room.name, signaling, src, has_ice_servers=not all_on_loopback(signaling))


def _make_app(keeper: Keeper, files: Mapping[str, PageFile]) -> web.Application:
    async def overview(_: web.Request) -> web.Response:
        return _html(write_overview(keeper.standings), POLICY)

    async def dashboard(request: web.Request) -> web.Response:
        name = RoomName(request.query.get("app", ""), request.query.get("room", ""))
        room = next((each for each in keeper.rooms if each.name == name), None)
        if room is None:
            raise web.HTTPNotFound(text="no such room is open here\n")
        settings = settings_of(room)
        return _html(write_document(settings), security_policy(settings))

    async def file(request: web.Request) -> web.Response:
        found = files.get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound(text="there is no such file\n")
        return respond(request, found)

    app = web.Application(client_max_size=REQUEST_BYTES_MAX, middlewares=[_guard])
    app.router.add_get("/", overview)
    app.router.add_get("/dashboard", dashboard)
    app.router.add_get("/{name}", file)
    app.on_response_prepare.append(_add_headers)
    return app


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    if not is_loopback(host_of(request)):
        # A page of a stranger, whose name leads to this machine.
        return web.Response(status=403, text="ask by the address of this machine\n")
    try:
        return await handler(request)
    except ConfigError as error:
        return web.Response(status=404, text=f"there is no page of this room: {error}\n")


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    for name, value in {**HEADERS, "Content-Security-Policy": POLICY}.items():
        response.headers.setdefault(name, value)


def _html(document: str, policy: str) -> web.Response:
    return web.Response(text=document, content_type="text/html", headers={"Content-Security-Policy": policy})


def _row(standing: Standing) -> str:
    name, state = standing.name, standing.state.value
    query = escape(urlencode({"app": name.app, "room": name.room}))
    link = f'<a href="dashboard?{query}"><bdi>{escape(name.room)}</bdi></a>'
    cells = (f"{link} <small><bdi>{escape(name.app)}</bdi></small>", state, standing.records, standing.peers)
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
