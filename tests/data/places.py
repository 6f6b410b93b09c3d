"""Rooms without a network, or in one process, and a collection of places."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import peerset
from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import KIND_KEYED, KIND_RECORD, Record, sign_record
from peerset.testing.memory import MemorySwarm

T = TypeVar("T")


@dataclass(frozen=True)
class Place:
    """What the tests collect."""

    title: Annotated[str, peerset.Size(1, 200)]
    city: str
    stars: Annotated[float, peerset.Between(0, 5)] = 0.0
    at: peerset.Point | None = None


INDEXED: dict[str, Any] = {
    "indexes": ["city", "-stars", ("city", "-stars")],
    "text": ["title"],
    "place": "at",
}


def key_number(number: int) -> SecretKey:
    return SecretKey(bytes(31) + bytes([number]))


@asynccontextmanager
async def alone(**options: Any) -> AsyncIterator[peerset.Room]:
    """Join a room without a network."""
    async with peerset.join("lobby", signaling=[], host=MemorySwarm().host(), **options) as room:
        yield room


@asynccontextmanager
async def pair(**options: Any) -> AsyncIterator[tuple[peerset.Room, peerset.Room]]:
    """Give two members of one room."""
    swarm = MemorySwarm()
    async with (
        peerset.join("lobby", key=key_number(1), host=swarm.host(), **options) as one,
        peerset.join("lobby", key=key_number(2), host=swarm.host(), **options) as two,
    ):
        await one.synced(timeout=60)
        yield one, two


def foreign(
    room: peerset.Room,
    content: str,
    *,
    tags: list[tuple[str, ...]],
    at: float,
    author: int = 7,
    kind: int = KIND_RECORD,
) -> Record:
    """Sign a record as a client that is none of ours would."""
    seconds, part = divmod(round(at * 1_000_000), 1_000_000)
    stamped = [("h", room.name.tag.hex()), ("us", str(part)), *tags]
    return sign_record(key_number(author), created_at=UnixTime(seconds), kind=kind, tags=stamped, content=content)


def version(room: peerset.Room, d: str, content: str, *, at: float, author: int = 7) -> Record:
    """Sign a version of a register of places."""
    return foreign(room, content, tags=[("c", "places"), ("d", d)], at=at, author=author, kind=KIND_KEYED)


async def everything(found: AsyncIterator[T]) -> list[T]:
    """Give all that an iterator gives."""
    return [each async for each in found]


def values(docs: Any) -> list[Any]:
    """Give what documents say."""
    return [doc.value for doc in docs]
