"""What the data side of a room asks of its room."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from peerset.core.clock import UnixTime
from peerset.core.keys import PublicKey
from peerset.core.record import Record


class Sign(Protocol):
    """Signs a record of ours that is dated now, or just after the stamp *after*."""

    def __call__(self, kind: int, tags: Sequence[Sequence[str]], content: str, *, after: int) -> Awaitable[Record]:
        """Sign it.

        Raises:
            MalformedError: it breaks the limits or text rules of records.
            AgeError: *after* is so far ahead that nobody would take it.

        """
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """Writes for the room's user."""

    key: PublicKey
    sign: Sign
    publish: Callable[[Sequence[Record]], Awaitable[None]]
    """Save records of ours, all in one transaction, and wait until they are on disk."""
    now: Callable[[], UnixTime]
    check_open: Callable[[], None]
    """Raise `RoomClosedError` when the room was left, or failed."""
