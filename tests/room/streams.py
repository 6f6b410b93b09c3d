"""Rooms without a network, and streams between them."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import peerset
from peerset.cli.offline import Hermit

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def two_ends() -> tuple[Stream, Stream]:
    one, other = socket.socketpair()
    return await asyncio.open_connection(sock=one), await asyncio.open_connection(sock=other)


@asynccontextmanager
async def two_rooms(**options: Any) -> AsyncIterator[tuple[peerset.Room, peerset.Room]]:
    """Give two rooms of one name that have no network."""
    async with (
        peerset.join("lobby", host=Hermit()) as one,
        peerset.join("lobby", host=Hermit(), **options) as two,
    ):
        yield one, two


async def meet(
    one: peerset.Room, two: peerset.Room, *, live: bool = False
) -> tuple[peerset.Replicated, peerset.Replicated]:
    here, there = await two_ends()
    return await asyncio.gather(one.replicate(*here, live=live), two.replicate(*there))


async def write(room: peerset.Room, count: int, name: str = "n") -> None:
    for number in range(count):
        await room.publish({name: number})
