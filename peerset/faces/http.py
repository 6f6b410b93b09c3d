"""Rooms over HTTP: what readers see, what is new, and a way in for signed records (docs/faces.md)."""

import asyncio
import json
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from aiohttp import web

from peerset.core.allowance import Allowance
from peerset.core.clock import Monotonic
from peerset.core.record import event_of, record_of
from peerset.core.signal import RoomName
from peerset.core.typed import read_cursor
from peerset.errors import ConfigError, MalformedError, PeersetError
from peerset.faces.facade import Facade, Fate, Outcome
from peerset.faces.filters import Wanted, read_filter
from peerset.faces.gallery import Gallery
from peerset.faces.gate import TOKEN_PARAMETER, Gate
from peerset.faces.limits import FaceLimits
from peerset.faces.live import LiveStream
from peerset.faces.openapi import describe
from peerset.faces.parameters import read_all
from peerset.faces.problem import ProblemError
from peerset.faces.routes import JSON_TYPE, POSTED_MAX, RECORDS_DEFAULT, ROUTES, STREAM_TYPE, Route
from peerset.faces.tally import FaceTally
from peerset.listener import Listener, Patience, host_of, network_of

ADDRESSES_REMEMBERED_MAX: Final = 1_024
PREFLIGHT_SECONDS: Final = 600
HEADERS: Final[Mapping[str, str]] = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Said = dict[str, Any]


@asynccontextmanager
async def http_served(
    gallery: Gallery, gate: Gate, *, limits: FaceLimits | None = None, tally: FaceTally | None = None
) -> AsyncIterator[str]:
    """Show the rooms of *gallery* over HTTP while inside; give the address of their description. *tally* counts.

    Raises:
        ConfigError: the address cannot be listened on, or strangers would come in.

    """
    if gate.keys is not None and not gate.token:
        raise ConfigError("nobody proves a key over HTTP: name a token")
    limits = limits or FaceLimits()
    face = HttpFace(gallery, gate, limits=limits)
    tally = tally or FaceTally()
    app = web.Application(client_max_size=limits.body_bytes, middlewares=[tally.attend, face.attend])
    for route in ROUTES:
        app.router.add_route(route.method, route.path, face.handler(route), name=route.name)
    for path in {route.path: None for route in ROUTES}:
        app.router.add_route("OPTIONS", path, face.preflight)
    listener = Listener(app, gate.host, gate.port, patience=Patience())
    await listener.open()
    try:
        yield f"http://{listener.address}/openapi.json"
    finally:
        listener.close()
        await listener.aclose()


class HttpFace:
    """Answers requests."""

    def __init__(self, gallery: Gallery, gate: Gate, *, limits: FaceLimits) -> None:
        self._gallery, self._gate, self._limits = gallery, gate, limits
        self._paces: OrderedDict[str, Allowance] = OrderedDict()
        self._streams = 0

    def handler(self, route: Route) -> Handler:
        """Give what answers *route*."""
        answers: Mapping[str, Callable[[web.Request, Said], Awaitable[web.StreamResponse]]] = {
            "describe": self._describe,
            "rooms": self._rooms,
            "room": self._room,
            "records": self._records,
            "record": self._record,
            "write": self._write,
            "live": self._live,
        }
        answer = answers[route.name]

        async def handle(request: web.Request) -> web.StreamResponse:
            said = {name: request.query.getall(name) for name in request.query if name != TOKEN_PARAMETER}
            in_path = {each.name: [request.match_info[each.name]] for each in route.parameters if each.is_in_path}
            try:
                paths = read_all([each for each in route.parameters if each.is_in_path], in_path)
                return await answer(request, read_all(route.query, said) | paths)
            except ConfigError as error:
                raise ProblemError(400, str(error)) from error

        return handle

    @web.middleware
    async def attend(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let in who may come in, and say what goes wrong as RFC 9457 has it."""
        try:
            self._check(request)
            response = await handler(request)
        except ProblemError as problem:
            response = problem.response()
        except web.HTTPException as error:
            response = ProblemError(error.status, error.reason, headers=_allowed(error)).response()
        except PeersetError as error:
            response = ProblemError(503, str(error)).response()
        if not response.prepared:
            response.headers.update({**HEADERS, **self._shared(request)})
        return response

    async def preflight(self, request: web.Request) -> web.Response:
        """Tell a browser that pages of a site that is named may ask."""
        if not self._shared(request) or "Access-Control-Request-Method" not in request.headers:
            raise web.HTTPMethodNotAllowed("OPTIONS", ["GET", "POST"])
        headers = {
            "Access-Control-Allow-Methods": "GET, POST",
            "Access-Control-Allow-Headers": "Authorization, Content-Type",
            "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
        }
        return web.Response(status=204, headers=headers)

    # What is asked.

    async def _describe(self, request: web.Request, _: Said) -> web.Response:
        # As a proxy says it, where there is one.
        url = f"{request.headers.get('X-Forwarded-Proto', 'http')}://{request.host}"
        return _json(describe(ROUTES, url=url, wants_token=not self._gate.is_open))

    async def _rooms(self, _: web.Request, __: Said) -> web.Response:
        facades = [await self._gallery.find(name) for name in self._gallery.names]
        return _json({"rooms": [_row(facade) for facade in facades if facade is not None]})

    async def _room(self, _: web.Request, said: Said) -> web.Response:
        return _json(_row(await self._find(said)))

    async def _records(self, _: web.Request, said: Said) -> web.Response:
        facade, wanted = await self._find(said), _wanted(said, self._limits)
        left, looked_at, size_bytes = said["limit"], 0, 0
        place = read_cursor(said["after"]) if "after" in said else None
        events = list[dict[str, object]]()
        while left > 0 and looked_at < self._limits.records_searched and size_bytes < self._limits.page_bytes:
            page = await facade.page(wanted, after=place, size=left if not wanted.words else RECORDS_DEFAULT)
            for record, its_place in zip(page.records, page.places, strict=True):
                if not left or size_bytes >= self._limits.page_bytes:
                    break
                events.append(event_of(record))
                left, size_bytes, place = left - 1, size_bytes + len(record.wire), its_place
            else:
                looked_at, place = looked_at + RECORDS_DEFAULT, page.last
                if place is None:
                    break
        return _json({"records": events, "next": None if place is None else str(place)})

    async def _record(self, _: web.Request, said: Said) -> web.Response:
        facade = await self._find(said)
        page = await facade.page(read_filter({"ids": [said["id"]]}, self._limits), after=None, size=1)
        if not page.records:
            raise ProblemError(404, "readers see no such record here")
        return _json(event_of(page.records[0]))

    async def _write(self, request: web.Request, said: Said) -> web.Response:
        facade = await self._find(said)
        if request.content_type != JSON_TYPE:
            raise ProblemError(415, f"what is written comes as {JSON_TYPE}")
        try:
            body = json.loads(await request.read())
        except (ValueError, RecursionError) as error:
            raise ProblemError(400, "the body is no JSON") from error
        match body:
            case {"records": [_, *_] as events} if len(body) == 1 and len(events) <= POSTED_MAX:
                if all(isinstance(event, dict) for event in events):
                    return _json({"fates": await asyncio.gather(*(self._bring(facade, event) for event in events))})
        raise ProblemError(400, f'the body is {{"records": […]}}, with 1 to {POSTED_MAX} events')

    async def _bring(self, facade: Facade, event: dict[str, Any]) -> dict[str, object]:
        try:
            fate = await facade.bring(record_of(event))
        except MalformedError as error:
            fate = Fate(Outcome.INVALID, str(error))
        named = event.get("id")
        reason = f"{fate.source}: {fate.reason}" if fate.source else fate.reason
        return {"id": named if isinstance(named, str) else None, "outcome": fate.outcome.value, "reason": reason}

    async def _live(self, request: web.Request, said: Said) -> web.StreamResponse:
        facade, wanted = await self._find(said), _wanted(said, self._limits)
        if self._streams >= self._limits.connections:
            raise ProblemError(503, "too many follow already; come back later", headers={"Retry-After": "60"})
        headers = {"Content-Type": STREAM_TYPE, "X-Accel-Buffering": "no", **HEADERS, **self._shared(request)}
        response = web.StreamResponse(headers=headers)
        self._streams += 1
        try:
            await response.prepare(request)
            await LiveStream(response, facade, wanted, limits=self._limits).run()
        except OSError:
            # The client is gone, or as good as gone.
            if request.transport is not None:
                request.transport.abort()
        finally:
            self._streams -= 1
        return response

    # Who asks.

    def _check(self, request: web.Request) -> None:
        doubt = self._gate.doubt(host_of(request), request.headers, request.query, by_key=False)
        is_preflight = request.method == "OPTIONS" and self._shared(request)
        if doubt is not None and not is_preflight:
            status, reason = doubt
            raise ProblemError(status, reason, headers={"WWW-Authenticate": "Bearer"} if status == 401 else {})
        network, limits = network_of(request.remote or ""), self._limits
        pace = self._paces.setdefault(network, Allowance(limits.requests_per_second, limits.requests_burst))
        self._paces.move_to_end(network)
        if len(self._paces) > ADDRESSES_REMEMBERED_MAX:
            self._paces.popitem(last=False)
        if not pace.spend(1, Monotonic(asyncio.get_running_loop().time())):
            raise ProblemError(
                429, f"{limits.requests_per_second:g} requests a second are answered", headers={"Retry-After": "1"}
            )

    def _shared(self, request: web.Request) -> dict[str, str]:
        """Give what lets a page of a site that is named read an answer."""
        origin = request.headers.get("Origin")
        return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} if origin in self._gate.origins else {}

    async def _find(self, said: Said) -> Facade:
        name = RoomName(said["app"], said["room"])
        facade = await self._gallery.find(name)
        if facade is None and self._gallery.awaits(name):
            raise ProblemError(503, "the room is not open yet; come back later", headers={"Retry-After": "10"})
        if facade is None:
            raise ProblemError(404, "no such room is shown here")
        return facade


def _wanted(said: Said, limits: FaceLimits) -> Wanted:
    """Read a filter of a query as one of Nostr."""
    given: dict[str, Any] = {f"{name}s": said[name] for name in ("id", "author", "kind") if name in said}
    given |= {name: said[name] for name in ("since", "until", "search", "limit") if name in said}
    if "collection" in said:
        given["#c"] = [said["collection"]]
    for tag in said.get("tag", []):
        name, _, value = tag.partition(":")
        given.setdefault(f"#{name}", []).append(value)
    return read_filter(given, limits)


def _row(facade: Facade) -> dict[str, object]:
    name = facade.room.name
    return {"app": name.app, "room": name.room, "tag": facade.tag, "records": facade.room.count}


def _json(value: object) -> web.Response:
    return web.Response(body=json.dumps(value, ensure_ascii=False).encode(), headers={"Content-Type": JSON_TYPE})


def _allowed(error: web.HTTPException) -> dict[str, str]:
    return {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
