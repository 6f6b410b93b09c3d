"""Documents of one collection as their readers ask for them."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Generic, TypeVar

from peerset.core.keys import PublicKey
from peerset.core.limits import PAGE_DOCUMENTS_MAX
from peerset.core.record import Record, RecordId
from peerset.core.typed import AnyKey, read_key, read_whole_id
from peerset.data.desk import Desk
from peerset.data.doc import AsOf, Doc, Page, made_doc
from peerset.data.model import Model
from peerset.data.projection import Projection
from peerset.data.snapshot import Snapshot
from peerset.documents.cursor import write_cursor
from peerset.documents.definition import Definition
from peerset.documents.document import (
    Row,
    State,
    row_of,
    seat_of,
)
from peerset.documents.order import Order, Seat
from peerset.documents.plan import NEWEST_FIRST, Explanation, Plan, check_column, indexes_of, plan, read_figures
from peerset.documents.seen import read_seen
from peerset.documents.value import Scalar
from peerset.errors import QueryError, SchemaError

T = TypeVar("T")

PAGE_DOCUMENTS: Final = 100
"""How many documents a page has unless it is said."""

AnyWhere = Mapping[str, Any]
"""Conditions on documents: ``{"city": "Berlin", "stars": {"gte": 4}}``."""

_GONE: Final = State.VOID | State.EXPIRED


class Reading(Generic[T]):
    """The reading half of a `peerset.data.collection.Collection`."""

    def __init__(self, definition: Definition, model: Model[T], projection: Projection, desk: Desk) -> None:
        self.definition = definition
        """Its name, schema, columns and indexes."""
        self._model = model
        self._projection = projection
        self._desk = desk

    @property
    def name(self) -> str:
        """The name that its documents carry."""
        return self.definition.name

    async def ready(self) -> None:
        """Wait until all that is here is indexed; every query does so by itself.

        Raises:
            StoreError: the store cannot be read or written.
            RoomClosedError: the room was left, or failed.

        """
        self._desk.check_open()
        await self._projection.declarations.ready(self.definition)

    # Queries.

    async def find(
        self,
        where: AnyWhere | None = None,
        *,
        order: str | Sequence[str] = NEWEST_FIRST,
        limit: int = PAGE_DOCUMENTS,
        after: str | None = None,
        text: str | None = None,
        author: AnyKey | None = None,
        at: AsOf | None = None,
    ) -> Page[T]:
        """Give the documents that match, in *order*, at most *limit*, after the cursor of the page before.

        *text* wants words, ``*`` ends a prefix; *at* asks for what was seen at a time, or once a document was written.

        Raises:
            QueryError: a field, operator, value, order, limit or cursor cannot be meant.
            StoreError: the store cannot be read.
            RoomClosedError: the room was left, or failed.

        """
        asked = self._plan(where, order=order, limit=limit, after=after, text=text, author=author, at=at)
        return await self._page(asked)

    async def all(
        self,
        where: AnyWhere | None = None,
        *,
        order: str | Sequence[str] = NEWEST_FIRST,
        text: str | None = None,
        author: AnyKey | None = None,
        at: AsOf | None = None,
    ) -> AsyncIterator[Doc[T]]:
        """Give all documents that match, as they stand when the first is asked for, page by page: many take no memory.

        What others write meanwhile is not among them, and of what they replace nothing is missing; what is deleted,
        hidden or expires before it is its turn is left out.

        Raises:
            QueryError: as `find`.
            CursorError: much more changed between two pages than the log of changes keeps, or more was written that
                is still to come than `SNAPSHOT_CHANGES_MAX`.

        """
        asked = self._plan(where, order=order, limit=PAGE_DOCUMENTS_MAX, text=text, author=author, at=at)
        store = await self._projection.settled(self.definition)

        async def find(part: Plan) -> list[Record]:
            with self._projection.statistics.timed("find", asked):
                return await (await self._projection.settled(self.definition)).find(part)

        def seated(record: Record) -> Seat:
            return seat_of(asked.order, *self._row(record))

        async for records in Snapshot(store, self.definition, asked, find=find, seat_of=seated).pages():
            for doc in self._seen(records):
                yield doc

    async def count(
        self, where: AnyWhere | None = None, *, text: str | None = None, author: AnyKey | None = None
    ) -> int:
        """Say how many documents match.

        Raises:
            QueryError: as `find`.

        """
        asked = self._plan(where, text=text, author=author)
        with self._projection.statistics.timed("count", asked):
            store = await self._projection.settled(self.definition)
            return await store.count(asked)

    async def aggregate(
        self, compute: Mapping[str, str], *, where: AnyWhere | None = None, by: str | None = None
    ) -> list[dict[str, Scalar]]:
        """Compute over all that match, as in ``{"n": "count", "best": "max:stars"}``; one row for each value of *by*.

        Raises:
            QueryError: a function is unknown, or a field is no column.

        """
        asked = self._plan(where)
        figures = read_figures(self.definition, compute)
        if by is not None:
            check_column(self.definition, by)
        with self._projection.statistics.timed("aggregate", asked):
            store = await self._projection.settled(self.definition)
            return await store.aggregate(asked, figures, by=by)

    async def explain(
        self,
        where: AnyWhere | None = None,
        *,
        order: str | Sequence[str] = NEWEST_FIRST,
        text: str | None = None,
        author: AnyKey | None = None,
    ) -> Explanation:
        """Say by which index a query is answered, how many rows it reads, and what to declare so that it reads less.

        It also says which indexes there are, whatever is asked.
        """
        asked = self._plan(where, order=order, text=text, author=author)
        store = await self._projection.settled(self.definition)
        return replace(await store.explain(asked), indexes=indexes_of(self.definition))

    async def misfits(self) -> list[Record]:
        """Give what does not fit the model, newest first, at most 1,000; nothing else gives these."""
        self._desk.check_open()
        store = await self._projection.settled(self.definition)
        return [record for record in await store.misfits(self.name) if not self._projection.veil.covers(record)]

    async def doc(self, doc_id: object) -> Doc[T] | None:
        """Give one document, or version of a register, by its id; None when it is not here or not to be seen.

        Raises:
            ConfigError: it is no whole id.

        """
        self._desk.check_open()
        store = await self._projection.settled(self.definition)
        found = await store.get([id_of(doc_id)])
        return next(iter(self._docs(found)), None)

    # Inside.

    def _plan(self, where: AnyWhere | None, **options: Any) -> Plan:  # noqa: ANN401 - as `plan` takes them
        self._desk.check_open()
        return plan(self.definition, where, now=self._desk.now(), **options)

    async def _page(self, asked: Plan) -> Page[T]:
        with self._projection.statistics.timed("find", asked):
            return await self._read_page(asked)

    async def _read_page(self, asked: Plan) -> Page[T]:
        """Read one page; what a rule hides is passed over, though the store were not told of it yet."""
        store = await self._projection.settled(self.definition)
        docs: list[Doc[T]] = []
        seat = asked.after
        while asked.limit and len(docs) <= asked.limit:
            wanted = asked.limit + 1 - len(docs)
            records = await store.find(asked.part(after=seat, limit=wanted))
            docs += self._seen(records)
            if len(records) < wanted or len(docs) > asked.limit:
                break
            seat = seat_of(asked.order, *self._row(records[-1]))
        if len(docs) <= asked.limit:
            return Page(tuple(docs), None)
        docs = docs[: asked.limit]
        return Page(tuple(docs), write_cursor(asked.digest, self._seat(asked.order, docs[-1])))

    def _docs(self, records: Iterable[Record]) -> list[Doc[T]]:
        """Read records as documents, but for what is of other collections, hidden, or does not fit."""
        covers = self._projection.veil.covers
        found = [self._read(record) for record in records if not covers(record)]
        return [doc for doc in found if doc is not None]

    def _seen(self, records: Iterable[Record]) -> list[Doc[T]]:
        """Read what the store found, but for what is hidden meanwhile."""
        veil, seen = self._projection.veil, self._seen_one
        if not veil.is_clear:
            records = [record for record in records if not veil.covers(record)]
        return [doc for record in records if (doc := seen(record)) is not None]

    def _seen_one(self, record: Record) -> Doc[T] | None:
        """Make a document of what the store says is seen; None where the class refuses what its schema lets in."""
        found = read_seen(self.definition, record)
        if found is None:
            return None
        key, value, stamp, follows, author = found
        try:
            return made_doc(record, key, self._model.load(value), stamp, follows, author)
        except SchemaError:
            # A class may have become stricter, though its schema did not.
            return None

    def _read(self, record: Record, *, fits: bool = False) -> Doc[T] | None:
        row = row_of(self.definition, record, fits=fits)
        return None if row is None or row.state & ~State.VOID else self._shown(record, row)

    def _shown(self, record: Record, row: Row) -> Doc[T] | None:
        """Make a document; None where the class refuses what its schema lets in."""
        is_deleted = bool(row.state)
        try:
            value: Any = None if is_deleted else self._model.load(row.value)
        except SchemaError:
            return None
        return Doc(record, row.key, value, row.stamp, row.parents, row.author, is_deleted)

    def _seat(self, order: Order, doc: Doc[T]) -> Seat:
        """Say where a document stands in *order*."""
        return Seat((), doc.stamp, doc.id) if len(order) == 1 else seat_of(order, *self._row(doc.record))

    def _row(self, record: Record) -> tuple[Record, Row]:
        row = row_of(self.definition, record, fits=True)
        if row is None:
            raise QueryError(f"record {record.id.hex()[:8]} is no document of {self.name!r}")
        return record, row

    def _owner(self, author: AnyKey | None) -> PublicKey | None:
        """Say whose registers are meant; None for everybody's."""
        if author is not None:
            return read_key(author)
        return None if self.definition.is_shared else self._desk.speaks_for(self.definition)


def id_of(value: object) -> RecordId:
    """Read the id of a document: a `Doc`, a record, or an id as a text or bytes.

    Raises:
        ConfigError: it is no whole id.

    """
    return value.id if isinstance(value, Doc) else read_whole_id(value)
