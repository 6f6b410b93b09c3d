"""A relay of Nostr and a signer on it, for tests of signers elsewhere."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from peerset.bunker.bunker import Bunker, Happened
from peerset.bunker.clients import ClientBook, Permission
from peerset.bunker.remote import Challenge, RemoteSigner, connected_signer, show_challenge
from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.nip46 import BunkerAddress, ClientAddress
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


def connected(
    address: BunkerAddress | str,
    *,
    key: SecretKey = CLIENT,
    on_challenge: Challenge = show_challenge,
    timeout: float = PATIENT_SECONDS,
) -> AbstractAsyncContextManager[RemoteSigner]:
    """Be a client of the signer at *address*."""
    return connected_signer(address, key=key, on_challenge=on_challenge, timeout=timeout, unix=unix)
