"""A relay of Nostr and a signer on it, for tests of signers elsewhere."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import aiohttp
from aiohttp import web

from peerset.bunker.bunker import Bunker, Happened
from peerset.bunker.clients import ClientBook, Permission
from peerset.bunker.relays import SignerRelays
from peerset.bunker.remote import Challenge, RemoteSigner, connected_signer, show_challenge
from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.nip46 import BunkerAddress, ClientAddress
from peerset.testing.tracker import scripted_tracker
from tests.patience import PATIENT_SECONDS, until

KEY: Final = SecretKey.generate(random.Random(1))
CLIENT: Final = SecretKey.generate(random.Random(2))


def unix() -> UnixTime:
    return UnixTime(int(time.time()))


@dataclass
class Serving:
    """A signer at work, and what it did."""

    bunker: Bunker
    happened: list[Happened] = field(default_factory=list)

    @property
    def address(self) -> BunkerAddress:
        return self.bunker.address


@asynccontextmanager
async def serving(
    *relays: str,
    permission: Permission | None = None,
    clients: ClientBook | None = None,
    invited_by: ClientAddress | None = None,
) -> AsyncIterator[Serving]:
    """Serve `KEY` for the length of the block."""
    happened: list[Happened] = []
    bunker = Bunker(
        KEY,
        relays,
        ClientBook() if clients is None else clients,
        permission=permission or Permission(),
        tell=happened.append,
        unix=unix,
        invited_by=invited_by,
    )
    work = asyncio.create_task(bunker.run())
    try:
        await until(lambda: bunker.is_open)
        yield Serving(bunker, happened)
    finally:
        work.cancel()
        await asyncio.wait([work])


@dataclass
class Slow:
    """A relay that takes events at once and questions late, as those do that have a thread for each."""

    url: str
    asked: asyncio.Event
    """Set with the first question,"""
    goes_on: asyncio.Event
    """and to be set before it takes any."""


@asynccontextmanager
async def slow_relay(relay: str) -> AsyncIterator[Slow]:
    """Stand before *relay*, for the length of the block."""
    asked, goes_on = asyncio.Event(), asyncio.Event()

    async def attend(here: web.WebSocketResponse) -> None:
        async with aiohttp.ClientSession() as session, session.ws_connect(relay) as there:

            async def take(text: str) -> None:
                asked.set()
                await goes_on.wait()
                await there.send_str(text)

            async def answer() -> None:
                async for message in there:
                    await here.send_str(message.data)

            tasks = [asyncio.create_task(answer())]
            async for message in here:
                if message.data.startswith('["REQ"'):
                    tasks.append(asyncio.create_task(take(message.data)))
                else:
                    await there.send_str(message.data)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async with scripted_tracker(attend) as url:
        yield Slow(url, asked, goes_on)


@asynccontextmanager
async def running(relays: SignerRelays, *others: SignerRelays) -> AsyncIterator[None]:
    """Keep these open for the length of the block."""
    tasks = [asyncio.create_task(each.run()) for each in (relays, *others)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


def connected(
    address: BunkerAddress | str,
    *,
    key: SecretKey = CLIENT,
    on_challenge: Challenge = show_challenge,
    timeout: float = PATIENT_SECONDS,
) -> AbstractAsyncContextManager[RemoteSigner]:
    """Be a client of the signer at *address*."""
    return connected_signer(address, key=key, on_challenge=on_challenge, timeout=timeout, unix=unix)
