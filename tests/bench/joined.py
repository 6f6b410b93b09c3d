"""Rooms that benches join: on loopback, met by one tracker."""

from contextlib import AbstractAsyncContextManager

import peerset
from peerset.core.signal import RoomName


def join_nearby(
    room: RoomName, url: str, *, store: str, host: peerset.Host | None = None
) -> AbstractAsyncContextManager[peerset.Room]:
    """Join *room* by the tracker at *url*, as a peer of its own unless *host* has several rooms."""
    return peerset.join(
        room.room,
        app=room.app,
        signaling=[url],
        store=store,
        ice_servers=(),
        allow_loopback=True,
        host=host or peerset.Host(),
    )
