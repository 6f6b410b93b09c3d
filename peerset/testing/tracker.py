"""Trackers for tests, on a free port of the loopback interface: a good one, and ones that misbehave."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from peerset.core.network import LOOPBACK
from peerset.tracker.limits import TrackerLimits
from peerset.tracker.tracker import serve_tracker

SHUTDOWN_SECONDS: Final = 0.5

Script = Callable[[web.WebSocketResponse], Awaitable[None]]
"""What a misbehaving tracker does with one connection, which is closed at its end."""


@asynccontextmanager
async def local_tracker(
    *,
    port: int = 0,
    interval_seconds: int | None = None,
    limits: TrackerLimits | None = None,
    seed: int = 0,
) -> AsyncIterator[str]:
    """Run our own tracker for the length of the block, and give its address."""
    rng = random.Random(seed)
    async with serve_tracker(LOOPBACK, port, interval_seconds=interval_seconds, limits=limits, rng=rng) as tracker:
        yield tracker.url


@asynccontextmanager
async def scripted_tracker(script: Script) -> AsyncIterator[str]:
    """Run a websocket server that does *script* with every connection, and give its address."""
    app = web.Application()

    async def serve(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(timeout=SHUTDOWN_SECONDS)
        await socket.prepare(request)
        try:
            await script(socket)
        except ConnectionError:
            return socket
        await socket.close()
        return socket

    app.router.add_get("/{path:.*}", serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS, handler_cancellation=True)
    await runner.setup()
    try:
        yield await _listen(runner)
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner) -> str:
    await web.TCPSite(runner, LOOPBACK, 0).start()
    return f"ws://{LOOPBACK}:{runner.addresses[0][1]}"
