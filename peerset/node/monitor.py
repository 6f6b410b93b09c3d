"""The port at which a node is watched: ``/metrics`` for Prometheus, ``/healthz`` and ``/readyz`` for who starts it."""

import asyncio
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from peerset.core.network import LOOPBACK, is_loopback
from peerset.errors import ConfigError
from peerset.faces.tally import FaceTallies
from peerset.listener import Listener, Patience, host_of
from peerset.node.keeper import Keeper, State
from peerset.node.memory import Pressure
from peerset.node.metrics import Sample, exposition, sample

REQUEST_BYTES_MAX: Final = 1_024
WATCHERS_MAX: Final = 32
TOKEN_CHARACTERS_MIN: Final = 16
UNKNOWN: Final = "a token is wanted: say it as in Authorization: Bearer TOKEN\n"


@dataclass(frozen=True, slots=True)
class Watch:
    """Where a node is watched, and by whom.

    Raises:
        ConfigError: others could ask and there is no token, or it is too short.

    """

    host: str
    port: int
    token: str = field(default="", repr=False)
    """Who asks for figures must say it, if there is one."""

    def __post_init__(self) -> None:
        """Refuse to tell strangers which rooms there are."""
        if not self.token and not is_loopback(self.host):
            raise ConfigError(
                f"who reaches {self.host} would read which rooms are kept: name a token, or listen on {LOOPBACK}"
            )
        if self.token and len(self.token) < TOKEN_CHARACTERS_MIN:
            raise ConfigError(f"a token has at least {TOKEN_CHARACTERS_MIN} characters, so that nobody guesses it")


@asynccontextmanager
async def watched(keeper: Keeper, watch: Watch, faces: FaceTallies | None = None) -> AsyncIterator[str]:
    """Let *keeper*, and those who ask its *faces*, be watched while inside; give the address.

    Raises:
        ConfigError: the port is taken, or cannot be listened on.

    """
    listener = Listener(
        _make_app(keeper, watch.token, faces or {}), watch.host, watch.port, patience=Patience(WATCHERS_MAX)
    )
    await listener.open()
    try:
        yield f"http://{listener.address}/metrics"
    finally:
        listener.close()
        await listener.aclose()


def _make_app(keeper: Keeper, token: str, faces: FaceTallies) -> web.Application:
    async def sampled() -> list[Sample]:
        return await sample(keeper.standings, keeper.rooms, faces, keeper.budgets)

    async def metrics(request: web.Request) -> web.Response:
        said = request.headers.get("Authorization", "")
        if not token and not is_loopback(host_of(request)):
            # A page of a stranger, whose name leads to this machine.
            return web.Response(status=403, text="ask by the address of this machine\n")
        if token and not hmac.compare_digest(said.encode(), f"Bearer {token}".encode()):
            return web.Response(status=401, text=UNKNOWN, headers={"WWW-Authenticate": "Bearer"})
        figures = await asyncio.to_thread(exposition, await sampled())
        return web.Response(body=figures, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="it runs\n")

    async def readyz(_: web.Request) -> web.Response:
        late = sum(standing.state in (State.WAITING, State.OPENING) for standing in keeper.standings)
        if late:
            return web.Response(status=503, text=f"{late} rooms are not open yet\n")
        memory = keeper.memory
        if memory is not None and memory.pressure is Pressure.BEYOND:
            return web.Response(status=503, text=f"{memory.budget.used} bytes of memory are taken, of {memory.most}\n")
        return web.Response(text="ready\n")

    app = web.Application(client_max_size=REQUEST_BYTES_MAX)
    app.router.add_get("/metrics", metrics)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    return app
