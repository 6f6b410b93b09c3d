"""Which of several nodes has which room, so that none is kept by two, and none by nobody for long."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Turn:
    """What a node has, as of a moment."""

    kept: frozenset[str]
    """These rooms are its own."""
    due: frozenset[str]
    """These are, too, and it is to give them up once it has left them."""
    added: tuple[str, ...] = ()
    """What was said of the rooms that were added to all nodes."""


class Leases(Protocol):
    """What one node has of the rooms that several share; a room is a text. Every failure is a `StoreError`.

    A node that takes no turn for a while has nothing any more.
    """

    async def take_turn(self, wished: Iterable[str]) -> Turn:
        """Live on, wish for these rooms, take those that are ours and free, and say what we have."""
        ...

    async def give_up(self, rooms: Iterable[str]) -> None:
        """Let others have *rooms*, which we left."""
        ...

    async def add(self, room: str, words: str) -> None:
        """Have all nodes told *words* of *room* at their turns from now on, in place of what was said of it."""
        ...

    async def remove(self, room: str) -> None:
        """Have nobody told of *room* any more."""
        ...

    async def leave(self) -> None:
        """Let others have all that we had, at once."""
        ...

    async def aclose(self) -> None:
        """Take no more turns; may be called twice."""
        ...
