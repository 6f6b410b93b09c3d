"""What a policy says of a record, and what its word may depend on."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from peerset.core.deletion import names_deleted, outline_of
from peerset.core.keys import PublicKey
from peerset.core.record import Record, RecordId


class PolicyClass(Enum):
    """What a policy's verdict may depend on, and therefore what it may do (docs/decisions, membership)."""

    ADMISSION = "admission"
    """The record and the room's rules alone: what it refuses is no member anywhere."""
    SET_RULE = "set rule"
    """The member set, whatever the order of arrival: what it refuses stays a member and is shadowed everywhere."""
    VIEW = "view"
    """Anything local: what it refuses is hidden here only."""


@dataclass(frozen=True, slots=True)
class Accept:
    """The record may be a member."""


@dataclass(frozen=True, slots=True)
class Reject:
    """The record is refused by *policy* for *reason*, a short phrase for people."""

    policy: str
    reason: str
    rule: str = ""
    """Which of the policy's rules it broke, for programs; empty when there is only one."""
    span: tuple[int, int] | None = None
    """Where in the content it did: start and end, in code points; None when it is no matter of text."""


Verdict = Accept | Reject

FAILED: Final = "failed"
"""The rule of a refusal that only says that the policy broke: it is nobody's fault but the policy's."""


@dataclass(frozen=True, slots=True, order=True)
class Seat:
    """A record's place in a group that a set rule looks at; ordered by its stamp, then id."""

    created_at: int
    """Unix seconds."""
    microseconds: int
    """Within that second."""
    id: RecordId
    address: bytes | None = field(default=None, compare=False)
    """Of a record that has versions: 32 bytes that they have in common (`peerset.core.deletion.address_of`)."""
    author: PublicKey = field(default=PublicKey(b""), compare=False, kw_only=True)
    size: int = field(default=0, compare=False, kw_only=True)
    """Bytes of its wire form."""
    names: int = field(default=0, compare=False, kw_only=True)
    """How many things a deletion names; 0 of any other."""
    kind: int = field(default=0, compare=False, kw_only=True)
    word: str = field(default="", compare=False, kw_only=True)
    """What a `peerset.ports.WordedRule` has of what it says."""


def seat_of(record: Record) -> Seat:
    """Give the place of *record*."""
    known = outline_of(record)
    return Seat(
        known.created_at,
        known.microseconds,
        known.id,
        known.address,
        author=known.author,
        size=len(record.wire),
        names=len(names_deleted(record)),
        kind=record.kind,
    )


def sane_span(span: object, characters: int) -> tuple[int, int] | None:
    """Give *span* if it lies within so many *characters*; None otherwise, whatever it is."""
    match span:
        case [int() as start, int() as end] if 0 <= start <= end <= characters:
            return start, end
        case _:
            return None
