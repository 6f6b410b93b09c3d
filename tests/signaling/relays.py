"""Real relays and brokers on the loopback interface.

Of Nostr that of nostr-sdk, in this process, and that of nostr-relay, in one of its own; of MQTT aedes, in Node.js.
"""

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import aiohttp
import nostr_sdk

from tests.patience import PATIENT_SECONDS

INTEROP: Final = Path(__file__).parents[1] / "interop"
EVENTS_PER_MINUTE: Final = 6_000
CONFIG: Final = """
storage:
  sqlalchemy.url: sqlite+aiosqlite:///{folder}/nostr.sqlite3
  validators: [nostr_relay.validators.is_not_too_large, nostr_relay.validators.is_signed]
gunicorn:
  bind: 127.0.0.1:{port}
  workers: 1
  loglevel: error
authentication:
  enabled: false
"""


@asynccontextmanager
async def nostr_relay(kind: str) -> AsyncIterator[str]:
    """Run a relay of *kind*, ``nostr-sdk`` or ``nostr-relay``, for the length of the block, and give its address."""
    async with nostr_sdk_relay() if kind == "nostr-sdk" else nostr_relay_process() as url:
        yield url


@asynccontextmanager
async def mqtt_broker() -> AsyncIterator[str]:
    """Run an MQTT broker for the length of the block, and give its address."""
    assert (INTEROP / "node_modules").is_dir(), "run `npm ci --prefix tests/interop` first (make test does)"
    process = await asyncio.create_subprocess_exec(
        "node",
        str(INTEROP / "mqtt_broker.mjs"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENT_SECONDS):
            line = await process.stdout.readline()
        yield str(json.loads(line)["url"])
    finally:
        process.kill()
        await process.communicate()


@asynccontextmanager
async def nostr_sdk_relay(*, asks: nostr_sdk.LocalRelayBuilderNip42Mode | None = None) -> AsyncIterator[str]:
    """Run one that *asks* who writes to it or reads of it (NIP-42), or nobody."""
    limit = nostr_sdk.RateLimit(max_reqs=500, notes_per_minute=EVENTS_PER_MINUTE)
    builder = nostr_sdk.LocalRelayBuilder().rate_limit(limit)
    relay = (builder if asks is None else builder.nip42(nostr_sdk.LocalRelayBuilderNip42(mode=asks))).build()
    await relay.run()
    try:
        yield str(await relay.url())
    finally:
        relay.shutdown()


@asynccontextmanager
async def nostr_relay_process(output: int | None = None) -> AsyncIterator[str]:
    """Run nostr-relay in a process of its own, whose log goes to *output*."""
    with TemporaryDirectory() as folder:
        port = _free_port()
        config = Path(folder) / "config.yaml"
        config.write_text(CONFIG.format(folder=folder, port=port), encoding="utf-8")
        command = [sys.executable, "-c", "from nostr_relay.cli import main; main()", "-c", str(config), "serve"]
        process = await asyncio.create_subprocess_exec(*command, cwd=folder, stdout=output, stderr=output)
        try:
            await _answering(port)
            yield f"ws://127.0.0.1:{port}"
        finally:
            process.terminate()
            await process.wait()


async def _answering(port: int) -> None:
    async with asyncio.timeout(PATIENT_SECONDS), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.ws_connect(f"ws://127.0.0.1:{port}"):
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
