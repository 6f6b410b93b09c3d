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


PLACES: Final[Mapping[str, Callable[[], AbstractAsyncContextManager[str]]]] = {
    "torrent": tracker,
}
"""What runs a place and gives its spec, by the name of the strategy."""
