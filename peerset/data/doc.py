"""Documents as their readers get them, and pages of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

from peerset.core.frozen import setters_of
from peerset.core.keys import PublicKey
from peerset.core.record import Record, RecordId
from peerset.core.typed import AnyTime

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Doc(Generic[T]):
    """One document of a collection, or one version of a register."""

    record: Record = field(repr=False)
    """The signed record that says it."""
    key: str | None
    """Of a register; None for a document of its own."""
    value: T
    """By the collection's model; None of a tombstone."""
    stamp: int
    """When it was written, as its author says, in microseconds since 1970-01-01 UTC."""
    follows: tuple[RecordId, ...]
    """What it replaces or comes after, as its author knew it."""
    author: PublicKey
    """Whose it is: who signed it, or in a collection that is ``on_behalf`` who let that key write."""
    is_deleted: bool = False
    """A tombstone: it says that there is no value any more."""

    @property
    def id(self) -> RecordId:
        """The record's id."""
        return self.record.id

    @property
    def signer(self) -> PublicKey:
        """Who signed it."""
        return self.record.author


AsOf: TypeAlias = AnyTime | Record | Doc[Any]
"""A time; or a document or record, for the microsecond at which it was written: Unix seconds mean the whole second."""

_RECORD, _KEY, _VALUE, _STAMP, _FOLLOWS, _AUTHOR, _IS_DELETED = setters_of(Doc)


def made_doc(
    record: Record, key: str | None, value: T, stamp: int, follows: tuple[RecordId, ...], author: PublicKey
) -> Doc[T]:
    """Make a document, no tombstone, in half the time that its class takes, which is frozen and sets fields by name."""
    doc: Doc[T] = object.__new__(Doc)
    _RECORD(doc, record)
    _KEY(doc, key)
    _VALUE(doc, value)
    _STAMP(doc, stamp)
    _FOLLOWS(doc, follows)
    _AUTHOR(doc, author)
    _IS_DELETED(doc, False)
    return doc


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some documents, in the order that was asked for."""

    docs: tuple[Doc[T], ...]
    next: str | None
    """The cursor of the page after this one, for ``after=``; None when this is the last."""

    def __iter__(self) -> Iterator[Doc[T]]:
        return iter(self.docs)

    def __len__(self) -> int:
        return len(self.docs)

    def __getitem__(self, place: int) -> Doc[T]:
        return self.docs[place]
