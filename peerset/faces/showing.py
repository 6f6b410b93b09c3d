"""What a program that keeps rooms calls to show them."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Protocol

from peerset.core.signal import RoomName
from peerset.faces.gallery import Gallery
from peerset.faces.gate import Gate
from peerset.faces.limits import FaceLimits
from peerset.faces.relay import relay_served
from peerset.room.room import Room


class Holder(Protocol):
    """Who keeps rooms."""

    @property
    def rooms(self) -> Iterable[Room]:
        """The rooms that are open."""
        ...


@asynccontextmanager
async def nostr(holder: Holder, *, gate: Gate, names: frozenset[RoomName]) -> AsyncIterator[str]:
    """Be a Nostr relay for the rooms of *holder* while inside, of *names* alone if there are any; give the address.

    Raises:
        ConfigError: the address cannot be listened on.

    """
    limits = FaceLimits()
    gallery = Gallery(lambda: holder.rooms, limits, names=names)
    try:
        async with relay_served(gallery, gate, limits=limits) as url:
            yield url
    finally:
        await gallery.aclose()
