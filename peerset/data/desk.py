"""What the data side of a room asks of its room."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from peerset.core.clock import UnixTime
from peerset.core.keys import PublicKey
from peerset.core.record import KIND_RECORD, Record
from peerset.documents.definition import Definition
from peerset.documents.document import COLLECTION_TAG


@dataclass(frozen=True, slots=True)
class Draft:
    """What a record is to say, but for its date and room."""

    kind: int
    tags: Sequence[Sequence[str]]
    content: str
    is_on_behalf: bool = False
    """It speaks for who granted us its collection, if anybody did."""


class Writer(Protocol):
    """Signs records of ours."""

    def speaks_for(self, draft: Draft) -> PublicKey:
        """Say for whom *draft* would speak, if it were signed now."""
        ...

    async def sign_after(self, draft: Draft, *, after: int) -> Record:
        """Sign a record that is dated now, or just after the stamp *after*.

        Raises:
            MalformedError: it breaks the limits or text rules of records.
            AgeError: *after* is so far ahead that nobody would take it.

        """
        ...

    async def sign_together(
        self, drafts: Sequence[Draft], *, after: int, closing: Callable[[Sequence[Record]], Draft] | None = None
    ) -> list[Record]:
        """Sign records that are dated in one second, in their order, and at the end what *closing* makes of them.

        Raises:
            MalformedError: one breaks the limits or text rules of records.
            AgeError: *after* is so far ahead that nobody would take it.

        """
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """Writes for the room's user."""

    key: PublicKey
    writer: Writer
    publish: Callable[[Sequence[Record]], Awaitable[None]]
    """Save records of ours, all at once or none, and wait until they are on disk."""
    now: Callable[[], UnixTime]
    check_open: Callable[[], None]
    """Raise `RoomClosedError` when the room was left, or failed."""
    keys: Callable[[str], Sequence[str]] = lambda key: (key,)
    """As what the key of a keyed record may stand where all can see it."""
    seals: Callable[[Record], bool] | None = None
    """Say whether a secret of ours seals a record; None in a room that is not sealed."""

    def speaks_for(self, definition: Definition) -> PublicKey:
        """Say whose documents we write in a collection: ours, or those of who let us speak in their place."""
        if not definition.is_on_behalf:
            return self.key
        tags = ((COLLECTION_TAG, definition.name),)
        return self.writer.speaks_for(Draft(KIND_RECORD, tags, "", is_on_behalf=True))
