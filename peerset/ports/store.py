"""Where one room's records rest, and how a store finds them as documents."""

from array import array
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from typing import Protocol, runtime_checkable

from peerset.core.action import Json
from peerset.core.clock import UnixTime
from peerset.core.day_sum import DaySum
from peerset.core.deletion import Mark, Name, Outline
from peerset.core.filter import Filter
from peerset.core.keys import PublicKey
from peerset.core.lens import Lens
from peerset.core.record import Record, RecordId
from peerset.core.signal import RoomTag
from peerset.documents.change import Bookmark, Changes
from peerset.documents.definition import Definition
from peerset.documents.document import State, Version
from peerset.documents.keys import ViewKey
from peerset.documents.plan import Explanation, Figure, Link, Plan, Slot
from peerset.documents.rows import Parameters, Rows
from peerset.documents.value import Scalar
from peerset.documents.view import ViewProgress, ViewStep
from peerset.protocol.inputs import Changed


class Store(Protocol):
    """Where one room's records rest. Every failure is a `StoreError`."""

    async def bind(self, room_tag: RoomTag, *, is_private: bool = False) -> None:
        """Make this the store of one room, for good; binding it to the same room again does nothing.

        What a private one holds on a disk may be read by its owner alone.

        Raises:
            ConfigError: it already belongs to another room.

        """
        ...

    async def add(self, records: Sequence[Record], *, removed: Sequence[RecordId] = ()) -> None:
        """Add *records* (those already there are left alone), then remove *removed*, in one transaction."""
        ...

    async def get(self, ids: Sequence[RecordId]) -> list[Record]:
        """Give those of *ids* that are here, in the order asked."""
        ...

    async def wires(self, ids: Sequence[RecordId]) -> list[bytes]:
        """Give the wire form of each of *ids*, in order: empty where its content is not here."""
        ...

    async def entries(self) -> list[tuple[int, bytes]]:
        """Give (created_at, id) of every record, in that order."""
        ...

    async def query(self, query: Filter) -> list[Record]:
        """Give the records that match, newest first, ties by lowest id first."""
        ...

    async def deleters(self) -> set[PublicKey]:
        """Give the author of every deletion (kind 5, NIP-09) that names something."""
        ...

    async def named(self, names: Sequence[Name]) -> list[Outline]:
        """Give what is here, purged or not, under *names*: ids, and addresses with all their versions."""
        ...

    async def marks(self, questions: Sequence[tuple[Name, PublicKey]]) -> list[Mark]:
        """Give the newest deletion by each author of the name beside it, ties by lowest id; nothing where none is."""
        ...

    async def versions(self) -> list[Outline]:
        """Give every record that has versions (`peerset.core.record.is_versioned`) and is here, purged or not."""
        ...

    async def expire(self, before: UnixTime, *, but: Collection[RecordId] = ()) -> int:
        """Delete every record with created_at below *before*, all others than *but*; give how many."""
        ...

    async def expired(self, until: UnixTime, *, limit: int) -> list[RecordId]:
        """Give what expires by *until* (`peerset.core.expiration.expires_at`) and is here whole, the first to first.

        At most *limit*; deletions never. An index finds them: nothing else is read for it, but once for what an older
        version saved.
        """
        ...

    async def weight(self) -> int:
        """Say how many bytes all of it takes where it rests, about; told at once, and less after what was purged."""
        ...

    async def sums(self) -> list[DaySum]:
        """Give what each author wrote on each UTC day, as far as its content is here, without reading any of it."""
        ...

    async def purge(self, ids: Sequence[RecordId]) -> None:
        """Destroy the content, tags and signature of *ids*; deletions are left alone.

        What is purged stays among `entries` until it expires or is removed, so that roots stay equal and nobody is
        asked for it. It is not given by `get`, `wires` or `query`, and adding it does nothing, but for `fill`; all that
        is left is its `Outline`, and of a document `peerset.documents.remains.Remains`.
        """
        ...

    async def fill(self, records: Sequence[Record]) -> None:
        """Give back the content of those of *records* that were purged and are still here; the others are left alone.

        From then on they are as others that were just added.
        """
        ...

    async def refuse(self, entries: Sequence[tuple[int, bytes]], *, rules: bytes) -> None:
        """Remember that *entries*, each (created_at, id), were refused under *rules*; what others refused is forgotten.

        They are no records: only `refused` gives them, and `expire` forgets them by their age without counting them.
        """
        ...

    async def refused(self, rules: bytes) -> list[tuple[int, bytes]]:
        """Give (created_at, id) of everything refused under *rules*, in that order."""
        ...

    async def notes(self, kind: str) -> dict[bytes, str]:
        """Give every note of *kind*, by key: small facts of this peer alone, which never travel."""
        ...

    async def note(self, kind: str, key: bytes, text: str | None) -> None:
        """Keep *text* under *kind* and *key*, in place of what was there; None removes it.

        Raises:
            ConfigError: kind, key or text break the limits of `peerset.core.note`.
            StoreError: there are too many of this kind already.

        """
        ...

    async def aclose(self) -> None:
        """Flush and close; may be called twice."""
        ...


@runtime_checkable
class ColumnStore(Protocol):
    """A store that gives its entries as an index keeps them, and keeps what is computed of all of them."""

    async def keep_sketch(self, sketch: bytes, *, count: int) -> None:
        """Keep the *sketch* of all entries, which are so many, until any comes or goes."""
        ...

    async def kept_sketch(self, *, count: int) -> bytes | None:
        """Give the sketch that was kept of these very entries, which are so many; None when there is none."""
        ...

    async def columns(self, take: Callable[["array[int]", bytes], None]) -> None:
        """Give *take*, on whatever thread, the times and the joined ids of what `Store.entries` gives.

        A UTC day at a time, in order; *take* must not ask the store for anything.
        """
        ...

    async def sums_by_day(self, take: Callable[[Sequence[DaySum]], None]) -> None:
        """Give *take*, on whatever thread, what `Store.sums` gives, a UTC day at a time, in order."""
        ...


@runtime_checkable
class ShellStore(Protocol):
    """A store that finds what was purged without a look at everything."""

    async def shells(self, since: int, until: int) -> list[Outline]:
        """Give what was purged of the records created from *since* to *until*, both included."""
        ...


@runtime_checkable
class DocumentStore(Store, Protocol):
    """A store that also finds records as documents, by fields, keys and links, and remembers what changed.

    What it knows of a record is written in the transaction that saves it. A record is seen when its
    `peerset.documents.document.State` is 0: what the record alone decides is found by
    `peerset.documents.document.row_of`; superseded versions and complete batches (`peerset.documents.commit`) by the
    store, at every change of what is here; the rest is told by `mark`, `sweep` and `purge`. Records that are no
    documents have a state too. `find`, `count` and `aggregate` are about the documents that are seen. A record is a
    document of one collection at most. Questions about a collection that was not defined are a `ConfigError`.
    """

    async def define(self, definitions: Sequence[Definition], *, span_seconds: int) -> None:
        """Know these collections, in place of those of the same names; indexes are cut into spans of so many seconds.

        What is added from now on is found; what was here before, once `build` has come to its end. Tables of the same
        `Definition.digest` as before are kept and only caught up; collections that are not named keep theirs, unless
        one of *definitions* reads their documents as older ones of its own: it takes them over.

        Raises:
            ConfigError: two of *definitions* read documents of one name, or there are more than `COLLECTIONS_MAX`.

        """
        ...

    async def build(self) -> int:
        """Index the next of what was here before; give how many records are left, 0 at the end."""
        ...

    async def drop(self, collections: Sequence[str]) -> None:
        """Forget collections, with their indexes; their records stay."""
        ...

    async def find(self, plan: Plan) -> list[Record]:
        """Give the documents that match, in the order of *plan*, after its seat, at most its limit."""
        ...

    async def count(self, plan: Plan) -> int:
        """Give how many match, whatever the seat and the limit."""
        ...

    async def aggregate(self, plan: Plan, figures: Sequence[Figure], *, by: str | None) -> list[dict[str, Scalar]]:
        """Compute *figures* over all that match, or one row for each value of the field *by*, in the order of those.

        A row has each figure by its name, and the value of *by* under that name. What is null or missing is in no
        figure but ``count``; ``sum`` and ``mean`` take booleans as 0 and 1 and leave out texts; a figure of nothing is
        null. Nothing that matches gives one row without *by*, and none with it.
        """
        ...

    async def explain(self, plan: Plan) -> Explanation:
        """Say how *plan* would be found."""
        ...

    async def misfits(self, collection: str) -> list[Record]:
        """Give what does not fit the model of the collection, newest first, at most 1,000."""
        ...

    async def register_versions(self, collection: str, slots: Sequence[Slot]) -> list[list[Version]]:
        """Give every version of each register that is here, newest first, whatever its state; a purged one as well.

        A slot without an author means the versions of all authors.
        """
        ...

    async def heads(self, collection: str, *, limit: int) -> list[Record]:
        """Give what counts and nothing that counts follows, newest first, tombstones included.

        What counts has no bit of `peerset.documents.document.ABSENT`. A link counts when what it names counts, is dated
        before, and is a version of the same register, or when a document of its own follows any of the collection.
        """
        ...

    async def links(self, ids: Sequence[RecordId], *, of_parents: bool) -> list[Link]:
        """Give the links of *ids* to what they follow, here or not, or (*of_parents*) those of what follows *ids*.

        Only documents follow something. By parent, then child.
        """
        ...

    async def mark(self, ids: Sequence[RecordId], state: State, *, is_set: bool) -> None:
        """Set or clear bits of what is here, documents or not, in one transaction; what thereby changes is logged."""
        ...

    async def marked(self, state: State) -> list[RecordId]:
        """Give what has any of these bits, by id."""
        ...

    async def sweep(self, now: UnixTime) -> list[RecordId]:
        """Let nobody see documents that expire by *now* (NIP-40); give those that newly do, by id.

        What is added later and has expired by then is not seen from the beginning.
        """
        ...

    async def changes(self, since: Bookmark | None, *, limit: int, with_untold: bool = False) -> Changes:
        """Give what changed since a bookmark, or from the beginning, at most *limit* changes.

        The changes since a bookmark, applied to what their reader was told before, give what is seen now. The log of
        what went keeps the newest `CHANGES_KEPT_MAX`, and of these what went in the `CHANGES_KEPT_SECONDS` before the
        last `sweep`; what came is always told. Records that are purged, before they are seen no more or after, are
        shells. *with_untold* gives as well what went without having been told as come, to a reader who may know of it
        from `find`.

        Raises:
            CursorError: the log no longer reaches back so far, or the bookmark is one of another log.

        """
        ...

    async def last_change(self) -> Bookmark:
        """Give the bookmark of who knows everything up to now."""
        ...


@runtime_checkable
class ViewStore(DocumentStore, Protocol):
    """A store that also keeps views: tables that follow its log of changes, in the transaction that reads it."""

    async def open_view(self, name: str, version: int) -> None:
        """Have a view. Of another version than before, it begins anew with nothing, and without its error.

        Raises:
            ConfigError: there are `VIEWS_MAX` others.

        """
        ...

    async def drop_view(self, name: str) -> None:
        """Forget a view, if it is there."""
        ...

    async def advance_view(self, name: str, step: ViewStep, *, limit: int) -> ViewProgress:
        """Let *step* take the next changes, at most *limit*, in one transaction with what it writes.

        The record of one that went is whole, though it be gone: it is kept until every view has read on. Where that
        cannot be, for it was purged or the log no longer reaches back, the view begins anew. When *step* raises, what
        it wrote for that change is undone, and the view stops before it for good. What it raises is given, not raised.
        """
        ...

    async def view_rows(
        self, name: str, prefix: Sequence[Scalar], *, limit: int | None, is_reversed: bool
    ) -> list[tuple[ViewKey, Json]]:
        """Give what is under the keys of a view that begin with *prefix*, in order."""
        ...


@runtime_checkable
class SealedStore(DocumentStore, Protocol):
    """A store that gives, and finds, what is in the envelopes of a sealed room (docs/protocol.md, "Sealed rooms").

    Deletions and addresses are those of envelopes still, and so is what `wires` gives. What does not open has the bit
    `State.SEALED`.
    """

    def unseal(self, lens: Lens) -> None:
        """Read by *lens* all that comes, and all that is asked for, from now on; called before anything is asked."""
        ...

    async def reread(self, records: Sequence[Record]) -> None:
        """Take those of *records* that are here, and not purged, as new ones, in one transaction."""
        ...


@runtime_checkable
class SharedStore(Protocol):
    """A store that others change beside us, and which tells what they did."""

    def changed(self) -> AsyncIterator[Changed]:
        """Give what others changed since the store was opened, and from then on, in order; ours is left out.

        Raises:
            StoreError: so much changed that it is not known any more: who opens the store again knows all.

        """
        ...


@runtime_checkable
class PromptStore(Protocol):
    """A store that can save a few records before the call returns, without the way to where it works."""

    def add_at_once(self, records: Sequence[Record]) -> bool:
        """Save *records*, if that takes next to nothing; False: nothing was saved, and `Store.add` is to be asked."""
        ...


@runtime_checkable
class SQLStore(Protocol):
    """A store that also answers SQL, over a view for each collection."""

    async def sql(self, query: str, parameters: Parameters = ()) -> Rows:
        """Give what SQL gives that only reads, within `SQL_SECONDS_MAX`; it holds up nothing that is written.

        Raises:
            QueryError: it is no SQL, does more than read, takes too long or gives too much.

        """
        ...
