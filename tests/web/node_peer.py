"""Rooms of our TypeScript peer, as it is published, in processes of Node (`node_peer.mjs`)."""

import asyncio
import os
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from tests.interop.browser import LINE_BYTES_MAX, within
from tests.patience import PATIENT_SECONDS
from tests.web.peer_page import ROOT, PeerPage

WEB: Final = ROOT / "web"
NODE_PEER: Final = Path(__file__).with_name("node_peer.mjs")


@asynccontextmanager
async def node_peer() -> AsyncIterator[PeerPage]:
    """Run one for the length of the block; it is told what to do as a page is, and ends by itself once it has left."""
    command = ("node", str(NODE_PEER))
    process = await asyncio.create_subprocess_exec(*command, cwd=WEB, stdin=PIPE, stdout=PIPE, limit=LINE_BYTES_MAX)
    assert process.stdin is not None
    assert process.stdout is not None
    peer = PeerPage(process.stdout, process.stdin)
    listening = asyncio.create_task(peer.listen(), name="node peer")
    try:
        yield peer
        process.stdin.close()
        async with within(PATIENT_SECONDS, "the end of a process whose room was left", pages=[peer]):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await listening


@asynccontextmanager
async def running_bot(*signaling: str, store: str = "memory") -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the example of docs/node.md, built as it is published, for the length of the block."""
    command = ("node", str(WEB / "examples" / "node" / "bot.mjs"), *signaling)
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, env={**os.environ, "STORE": store})
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
