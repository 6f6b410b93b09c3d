"""``peerset join`` and ``watch``: what happens in a room, as it happens."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

from rich.console import Console
from rich.live import Live

from peerset.cli.options import JsonOption, RoomOptions, SecondsOption
from peerset.cli.output import remark, write
from peerset.cli.rows import event_line, event_row, record_line, record_row, short_key
from peerset.cli.running import lasting, run_online, unix_now
from peerset.cli.sealed import tell_of_seals
from peerset.cli.typed_rooms import RoomArgument
from peerset.cli.view import RoomView, retention_line
from peerset.cli.watching import WatchOptions, follow_documents, print_documents
from peerset.protocol.events import Event, PeerJoined
from peerset.room.query import read_query
from peerset.room.room import Room
from peerset.room.stream import EventStream, Lagged
from peerset.room.subscription import Subscription

REDRAW_SECONDS = 1.0

Show = Callable[[Room], Awaitable[Coroutine[Any, Any, None]]]
"""Reads what is here; what it gives prints that, and what comes."""


def join(room: RoomArgument, *, options: RoomOptions, seconds: SecondsOption = None, json: JsonOption = False) -> None:
    """Take part in a room until Ctrl-C: keep its records in sync and show what happens.

    On a terminal this is a live view of peers, records and roots; otherwise, or with --json, one line per event.
    """

    async def show_events(joined: Room) -> Coroutine[Any, Any, None]:
        return _print_events(joined, joined.events(), as_json=json)

    async def show_view(joined: Room) -> Coroutine[Any, Any, None]:
        return _draw(joined, RoomView(joined.name.room))

    is_live = sys.stdout.isatty() and sys.stderr.isatty() and not json
    run_online(_take_part(room, options=options, seconds=seconds, show=show_view if is_live else show_events))


def watch(
    room: RoomArgument, *, options: WatchOptions, seconds: SecondsOption = None, json: JsonOption = False
) -> None:
    """Print a room's records, oldest first, and then every new one until Ctrl-C.

    With --collection and --where, the documents that match, and then how they change. What is here is printed whole,
    however few the seconds are.
    """

    async def show_matching(joined: Room) -> Coroutine[Any, Any, None]:
        return print_documents(await follow_documents(joined, options), as_json=json)

    if options.are_documents:
        options.check()
        return run_online(_take_part(room, options=options, seconds=seconds, show=show_matching))
    # Before anybody hears that we are there.
    read_query(options.query, now=unix_now())

    async def show_records(joined: Room) -> Coroutine[Any, Any, None]:
        found = joined.subscribe(**options.query)
        await found.ready()
        return _print_records(found, as_json=json)

    return run_online(_take_part(room, options=options, seconds=seconds, show=show_records))


async def _print_records(found: Subscription, *, as_json: bool) -> None:
    """Print records as they come, and how many were missed."""
    lost = 0
    async for record in found:
        write(record_row(record), line=record_line(record), as_json=as_json)
        if found.lost > lost:
            remark(event_line(Lagged(found.lost - lost)))
            lost = found.lost


async def _print_events(joined: Room, events: EventStream, *, as_json: bool) -> None:
    async for event in events:
        write(event_row(event), line=event_line(event), as_json=as_json)
        if isinstance(event, PeerJoined):
            for line in filter(None, (retention_line(peer) for peer in joined.peers if peer.id == event.peer)):
                remark(line)


async def _take_part(room: str, *, options: RoomOptions, seconds: float | None, show: Show) -> None:
    async with options.join(room) as joined:
        # What is here now stays: nothing that comes in shall make a full collection go over all of it, for 60 ms.
        gc.freeze()
        remark(f"joined {joined.name.room} as {short_key(joined.key)}, with {joined.count} records")
        await tell_of_seals(joined)
        showing = await show(joined)
        async with lasting(seconds):
            await showing


async def _draw(room: Room, view: RoomView) -> None:
    with Live(view.render(room), console=Console(stderr=True), auto_refresh=False) as live:
        async for event in _ticking(room.events(), seconds=REDRAW_SECONDS):
            if event is not None:
                view.note(event)
            live.update(view.render(room), refresh=True)


async def _ticking(events: EventStream, *, seconds: float) -> AsyncIterator[Event | Lagged | None]:
    """Give every event, and None after *seconds* without one."""
    while True:
        try:
            async with asyncio.timeout(seconds):
                event: Event | Lagged | None = await anext(events)
        except TimeoutError:
            event = None
        except StopAsyncIteration:
            return
        yield event
