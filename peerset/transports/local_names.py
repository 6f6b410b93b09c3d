"""The ``.local`` names behind which browsers hide their addresses, resolved by multicast DNS (RFC 6762).

aioice would do it by itself, but with one lock and one socket for each thread, bound to the event loop that was first:
in the thread's next loop they raise, and then connections are left half closed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Protocol

from aioice import mdns

from peerset.transports.candidate import Candidate, keep_usable


class Resolver(Protocol):
    """Who asks the local network."""

    async def resolve(self, hostname: str) -> str | None:
        """Give the address behind a name; None when nobody answers in time."""
        ...

    async def close(self) -> None:
        """Close the socket."""
        ...


async def reveal(
    hidden: Sequence[Candidate],
    add: Callable[[Candidate], Awaitable[None]],
    *,
    allow_loopback: bool,
    open_resolver: Callable[[], Awaitable[Resolver]] = mdns.create_mdns_protocol,
) -> None:
    """Ask for all the names at once, which takes a second at most, and *add* each candidate that turns out usable.

    Raises:
        OSError: there is no multicast here.

    """
    resolver = await open_resolver()
    try:
        await asyncio.gather(
            *(_reveal(resolver, candidate, add, allow_loopback=allow_loopback) for candidate in hidden)
        )
    finally:
        await resolver.close()


async def _reveal(
    resolver: Resolver, candidate: Candidate, add: Callable[[Candidate], Awaitable[None]], *, allow_loopback: bool
) -> None:
    address = await resolver.resolve(candidate.address)
    if address is None:
        return
    # Whoever answers chooses the address, so it must pass what a spelled-out one must pass.
    usable, _ = keep_usable([replace(candidate, address=address)], allow_loopback=allow_loopback)
    for revealed in usable:
        await add(revealed)
