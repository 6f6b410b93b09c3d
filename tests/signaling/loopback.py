"""A real place of each strategy of signaling on this machine, for tests and benchmarks of rooms."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

from peerset.testing.tracker import local_tracker


@asynccontextmanager
async def tracker() -> AsyncIterator[str]:
    """Run a tracker of ours; give its spec."""
    async with local_tracker() as url:
        yield f"torrent:{url}"


@asynccontextmanager
async def lan() -> AsyncIterator[str]:
    """Give the network of loopback, in which multicast is heard as in any other."""
    yield "lan:127.0.0.1"


PLACES: Final[Mapping[str, Callable[[], AbstractAsyncContextManager[str]]]] = {
    "lan": lan,
    "torrent": tracker,
}
"""What runs a place and gives its spec, by the name of the strategy."""
