"""What a program that keeps rooms calls to show them."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Protocol

from peerset.core.signal import RoomName
from peerset.faces.gallery import Gallery
from peerset.faces.gate import Gate
from peerset.faces.http import http_served
from peerset.faces.limits import FaceLimits
from peerset.faces.relay import relay_served
from peerset.faces.tally import FaceTally
from peerset.room.room import Room


class Holder(Protocol):
    """Who keeps rooms."""

    @property
    def rooms(self) -> Iterable[Room]:
        """The rooms that are open."""
        ...

    @property
    def names(self) -> Iterable[RoomName]:
        """All that are kept."""
        ...


@asynccontextmanager
async def nostr(
    holder: Holder, *, gate: Gate, names: frozenset[RoomName], tally: FaceTally | None = None
) -> AsyncIterator[str]:
    """Be a Nostr relay for the rooms of *holder* while inside, of *names* alone if there are any; give the address.

    Raises:
        ConfigError: the address cannot be listened on.

    """
    async with _shown(holder, names) as gallery, relay_served(gallery, gate, tally=tally) as url:
        yield url


@asynccontextmanager
async def http(
    holder: Holder, *, gate: Gate, names: frozenset[RoomName], tally: FaceTally | None = None
) -> AsyncIterator[str]:
    """Show the rooms of *holder* over HTTP while inside, *names* alone if there are any; give where that is described.

    Raises:
        ConfigError: the address cannot be listened on, or nobody could come in.

    """
    async with _shown(holder, names) as gallery, http_served(gallery, gate, tally=tally) as url:
        yield url


@asynccontextmanager
async def _shown(holder: Holder, names: frozenset[RoomName]) -> AsyncIterator[Gallery]:
    gallery = Gallery(lambda: holder.rooms, FaceLimits(), names=names, kept=lambda: holder.names)
    try:
        yield gallery
    finally:
        await gallery.aclose()
