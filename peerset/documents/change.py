"""What a store's log of changes says, and how far a reader of it has come."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from peerset.core.limits import INTEGER_MAX
from peerset.core.record import Record
from peerset.core.typed import shown
from peerset.errors import CursorError

_FORM: Final = re.compile("([0-9a-f]{8})-([0-9]{1,16})-([0-9]{1,16})")


class ChangeKind(StrEnum):
    """What happened to a record, as readers see it; equal to its word."""

    ADDED = "added"
    """It is seen since it came."""
    REMOVED = "removed"
    """Deleted by its author, expired, purged or collected."""
    HIDDEN = "hidden"
    """By a rule, a policy or a mute, or because a newer version took its place."""
    SHOWN = "shown"
    """It was here already, and is seen now."""


@dataclass(frozen=True, slots=True)
class Bookmark:
    """How far a reader of a log of changes has come.

    The log numbers what happens: that a record begins to be seen, and that it is seen no more. The reader was told of
    exactly those records that were seen at the moment *known* and had begun to be seen by *position*. So neither what
    came and went meanwhile is told, nor does anything go that was not told before, wherever a page ends.
    """

    log: int
    """Which log it is, 32 random bits: another file, or a memory, has another one."""
    position: int
    """Of what was told as added or shown, the last."""
    known: int
    """Of what was told as removed or hidden, the last; never below *position*."""

    def __str__(self) -> str:
        return f"{self.log:08x}-{self.position}-{self.known}"


def read_bookmark(text: object) -> Bookmark:
    """Read a bookmark as text.

    Raises:
        CursorError: it is none.

    """
    found = _FORM.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise CursorError(f"{shown(text)} is no place in a log of changes")
    log, position, known = int(found[1], 16), int(found[2]), int(found[3])
    if not position <= known <= INTEGER_MAX:
        raise CursorError(f"{shown(text)} is no place in a log of changes")
    return Bookmark(log, position, known)


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of a store's log of changes."""

    bookmark: Bookmark
    """After which the next change comes."""
    kind: ChangeKind
    record: Record
    """Of what was removed, and is gone, a shell (`peerset.core.record.shell_of`)."""
    is_told: bool = True
    """Of what went: whether its coming was told before; what was not is given only to who asks for it."""

    @property
    def cursor(self) -> str:
        """Give the bookmark as a text, which can be kept."""
        return str(self.bookmark)


@dataclass(frozen=True, slots=True)
class Changes:
    """The next page of a log of changes."""

    changes: tuple[Change, ...]
    """What went, in the order in which it went; then what came, in the order in which it came."""
    end: Bookmark
    """Where to read on, even when nothing changed."""
    is_last: bool
    """Whether this is all there is by now."""
