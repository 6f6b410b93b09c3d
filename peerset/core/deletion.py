"""What deletions name and cover (NIP-09): ids, and addresses of what has versions (docs/protocol.md, "Deletion").

A function of the records alone, so that every peer agrees whatever came first.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.keys import PublicKey
from peerset.core.record import KEYED_KINDS, KIND_DELETION, Record, RecordId, is_versioned
from peerset.core.stamp import microseconds_of

Name = bytes
"""What a deletion can name, 32 bytes: the id of a record, or the SHA-256 of the address of its versions."""

_KIND: Final = re.compile("(0|[1-9][0-9]{0,4}):")


@dataclass(frozen=True, slots=True)
class Outline:
    """What a store knows of a record without reading it; all that is left of one that was purged."""

    id: RecordId
    author: PublicKey
    created_at: UnixTime
    microseconds: int
    kind: int
    address: Name | None
    """Of one that has versions: what they have in common."""

    @property
    def names(self) -> tuple[Name, ...]:
        """By what a deletion can name it."""
        return (self.id,) if self.address is None else (self.id, self.address)


@dataclass(frozen=True, slots=True)
class Mark:
    """That a deletion names something: what counts is its author and its time."""

    name: Name
    author: PublicKey
    created_at: UnixTime
    deletion: RecordId

    def covers(self, outline: Outline) -> bool:
        """Say whether a record is deleted by this: its author's own, no older than it, and of its name."""
        return (
            outline.kind != KIND_DELETION
            and self.author == outline.author
            and self.created_at >= outline.created_at
            and self.name in outline.names
        )


def address_text(kind: int, author: PublicKey, key: str) -> str:
    """Write the address of what has versions, as an ``a`` tag has it (NIP-01); *key* is empty where there is none."""
    return f"{kind}:{author.hex()}:{key}"


def key_of(record: Record) -> str:
    """Give the key of a keyed record as all see it: its first ``d`` tag; empty without one, and of all other kinds."""
    return (record.envelope.tag_value("d") or "") if record.kind in KEYED_KINDS else ""


def address_of(record: Record) -> Name | None:
    """Give the name of *record*'s address; None when its kind has no versions."""
    if not record.is_versioned:
        return None
    return digest_of(address_text(record.kind, record.author, key_of(record)))


def outline_of(record: Record) -> Outline:
    """Give what a store knows of *record* without reading it."""
    microseconds, address = microseconds_of(record), address_of(record)
    return Outline(record.id, record.author, record.created_at, microseconds, record.kind, address)


def names_deleted(deletion: Record) -> tuple[Name, ...]:
    """Give what *deletion* names, each once: by its ``e`` tags, and versions of its own author by ``a`` tags."""
    if deletion.kind != KIND_DELETION:
        return ()
    named = [bytes.fromhex(value) for value in deletion.tag_values("e")]
    named += [digest_of(value) for value in deletion.tag_values("a") if _is_own_address(value, deletion.author)]
    return tuple(dict.fromkeys(named))


def marks_of(deletions: Iterable[Record]) -> list[Mark]:
    """Give the marks that *deletions* leave."""
    return [Mark(name, each.author, each.created_at, each.id) for each in deletions for name in names_deleted(each)]


def newest_of(marks: Iterable[Mark]) -> Mark | None:
    """Give the mark that covers most, of equal ones that of the lowest id; None without any."""
    return min(marks, key=lambda mark: (-mark.created_at, mark.deletion), default=None)


def _is_own_address(value: str, author: PublicKey) -> bool:
    kind = _KIND.match(value)
    return kind is not None and is_versioned(int(kind[1])) and value.startswith(f"{author.hex()}:", kind.end())


def digest_of(text: str) -> Name:
    """Give the name of an address."""
    return hashlib.sha256(text.encode()).digest()
