"""A real place of each strategy of signaling on this machine, for tests and benchmarks of rooms."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

from peerset.testing.tracker import local_tracker
from tests.signaling.relays import mqtt_broker, nostr_relay


@asynccontextmanager
async def tracker() -> AsyncIterator[str]:
    """Run a tracker of ours; give its spec."""
    async with local_tracker() as url:
        yield f"torrent:{url}"


@asynccontextmanager
async def lan() -> AsyncIterator[str]:
    """Give the network of loopback, in which multicast is heard as in any other."""
    yield "lan:127.0.0.1"


@asynccontextmanager
async def mqtt() -> AsyncIterator[str]:
    """Run the broker aedes in Node.js; give its spec."""
    async with mqtt_broker() as url:
        yield f"mqtt:{url}"


@asynccontextmanager
async def nostr() -> AsyncIterator[str]:
    """Run nostr-sdk's relay; give its spec."""
    async with nostr_relay("nostr-sdk") as url:
        yield f"nostr:{url}"


@asynccontextmanager
async def relay() -> AsyncIterator[str]:
    """Run a tracker of ours, which is a relay as well; give its spec as one."""
    async with local_tracker() as url:
        yield f"relay:{url}"


PLACES: Final[Mapping[str, Callable[[], AbstractAsyncContextManager[str]]]] = {
    "lan": lan,
    "mqtt": mqtt,
    "nostr": nostr,
    "relay": relay,
    "torrent": tracker,
}
"""What runs a place and gives its spec, by the name of the strategy."""
