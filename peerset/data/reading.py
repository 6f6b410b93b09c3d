"""Documents of one collection as their readers ask for them."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final, Generic, TypeVar

from peerset.core.keys import PublicKey
from peerset.core.limits import PAGE_DOCUMENTS_MAX
from peerset.core.record import KIND_KEYED, Record, RecordId
from peerset.core.typed import AnyKey, AnyTime, read_key, read_whole_id, several
from peerset.data.desk import Desk
from peerset.data.doc import Doc, Page, made_doc
from peerset.data.model import Model
from peerset.data.projection import Projection
from peerset.documents.cursor import write_cursor
from peerset.documents.definition import Definition
from peerset.documents.document import (
    Row,
    State,
    Version,
    heads_of,
    present,
    read_document_key,
    row_of,
)
from peerset.documents.order import Order, Seat
from peerset.documents.plan import NEWEST_FIRST, Explanation, Plan, Slot, check_column, plan, read_figures
from peerset.documents.seen import read_seen
from peerset.documents.value import Scalar, is_scalar
from peerset.errors import ConfigError, QueryError, SchemaError

T = TypeVar("T")

PAGE_DOCUMENTS: Final = 100
"""How many documents a page has unless it is said."""
HEADS_MAX: Final = 1_000

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
        await self._projection.ready(self.name)

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
        at: AnyTime | None = None,
    ) -> Page[T]:
        """Give the documents that match, in *order*, at most *limit*, after the cursor of the page before.

        *text* wants words, ``*`` ends a prefix; *at* asks for what was seen at a time.

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
        at: AnyTime | None = None,
    ) -> AsyncIterator[Doc[T]]:
        """Give all documents that match, page by page, so that very many take no memory.

        Raises:
            QueryError: as `find`.

        """
        asked = self._plan(where, order=order, limit=PAGE_DOCUMENTS_MAX, text=text, author=author, at=at)
        while True:
            page = await self._page(asked)
            for doc in page:
                yield doc
            if page.next is None:
                return
            asked = replace(asked, after=seat_of(asked.order, *self._row(page.docs[-1].record)))

    async def count(
        self, where: AnyWhere | None = None, *, text: str | None = None, author: AnyKey | None = None
    ) -> int:
        """Say how many documents match.

        Raises:
            QueryError: as `find`.

        """
        asked = self._plan(where, text=text, author=author)
        with self._projection.statistics.timed("count", asked):
            store = await self._projection.settled(self.name)
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
            store = await self._projection.settled(self.name)
            return await store.aggregate(asked, figures, by=by)

    async def explain(
        self,
        where: AnyWhere | None = None,
        *,
        order: str | Sequence[str] = NEWEST_FIRST,
        text: str | None = None,
        author: AnyKey | None = None,
    ) -> Explanation:
        """Say by which index a query is answered, how many rows it reads, and what to declare so that it reads less."""
        asked = self._plan(where, order=order, text=text, author=author)
        store = await self._projection.settled(self.name)
        return await store.explain(asked)

    async def misfits(self) -> list[Record]:
        """Give what does not fit the model, newest first, at most 1,000; nothing else gives these."""
        self._desk.check_open()
        store = await self._projection.settled(self.name)
        return [record for record in await store.misfits(self.name) if not self._projection.veil.covers(record)]

    # Registers.

    async def get(self, key: str, *, author: AnyKey | None = None, at: AnyTime | None = None) -> Doc[T] | None:
        """Give the register under *key*, ours unless *author* says whose or the collection is shared.

        Raises:
            ConfigError: it is no key.

        """
        found = await self.find({"key": read_document_key(key)}, author=self._owner(author), limit=1, at=at)
        return found.docs[0] if found.docs else None

    async def get_many(self, keys: str | Iterable[str], *, author: AnyKey | None = None) -> dict[str, Doc[T]]:
        """Give those of the registers under *keys* that are here."""
        wanted = list(dict.fromkeys(read_document_key(key) for key in several("keys", keys, singles=(str,))))
        found: dict[str, Doc[T]] = {}
        for start in range(0, len(wanted), PAGE_DOCUMENTS_MAX):
            asked = wanted[start : start + PAGE_DOCUMENTS_MAX]
            page = await self.find({"key": {"in": asked}}, author=self._owner(author), limit=PAGE_DOCUMENTS_MAX)
            found |= {doc.key: doc for doc in page if doc.key is not None}
        return {key: found[key] for key in wanted if key in found}

    async def doc(self, doc_id: object) -> Doc[T] | None:
        """Give one document, or version of a register, by its id; None when it is not here or not to be seen.

        Raises:
            ConfigError: it is no whole id.

        """
        self._desk.check_open()
        store = await self._projection.settled(self.name)
        found = await store.get([id_of(doc_id)])
        return next(iter(self._docs(found)), None)

    async def heads(self, key: str | None = None, *, author: AnyKey | None = None) -> list[Doc[T]]:
        """Give the versions of a register that no other follows, the winner first; or those of all documents.

        Several mean that their authors did not know of each other. A tombstone is a version too.
        """
        self._desk.check_open()
        store = await self._projection.settled(self.name)
        if key is None:
            return self._docs(await store.heads(self.name, limit=HEADS_MAX))
        versions = await self._versions(read_document_key(key), author)
        heads = [each for each in heads_of(versions) if not each.state & State.EXPIRED]
        return self._docs(await store.get([each.id for each in heads]))

    async def history(self, key: str, *, author: AnyKey | None = None) -> list[Doc[T]]:
        """Give all versions of a register that are here, newest first, tombstones included."""
        self._desk.check_open()
        return await self._history(Slot(read_document_key(key), self._owner(author)))

    async def histories(self, key: str) -> list[Doc[T]]:
        """Give all versions of the registers under *key*, whoever wrote them, as `history` does."""
        self._desk.check_open()
        return await self._history(Slot(read_document_key(key), None))

    async def _history(self, slot: Slot) -> list[Doc[T]]:
        [versions] = await self._projection.versions(self.name, [slot])
        return self._docs(await self._projection.store.get([each.id for each in present(versions)]))

    async def diff(
        self, before: AnyTime, after: AnyTime, *, prefix: str = "", author: AnyKey | None = None
    ) -> AsyncIterator[tuple[str, Doc[T] | None, Doc[T] | None]]:
        """Give the registers that differ between two times: key, document before, document after."""
        where = {"key": {"prefix": prefix}}
        owner = self._owner(author)
        one = aiter(self.all(where, order="key", author=owner, at=before))
        other = aiter(self.all(where, order="key", author=owner, at=after))
        old, new = await anext(one, None), await anext(other, None)
        while old is not None or new is not None:
            keys = [_key_bytes(each) for each in (old, new) if each is not None]
            is_old = old is not None and _key_bytes(old) == min(keys)
            is_new = new is not None and _key_bytes(new) == min(keys)
            left, right = old if is_old else None, new if is_new else None
            if left is None or right is None or left.id != right.id:
                yield min(keys).decode(), left, right
            old = await anext(one, None) if is_old else old
            new = await anext(other, None) if is_new else new

    # The graph of what follows what.

    async def parents(self, doc_id: object) -> list[Doc[T]]:
        """Give what a document follows, of this collection and as far as it is here, newest first."""
        return await self._linked(id_of(doc_id), of_parents=False)

    async def children(self, doc_id: object) -> list[Doc[T]]:
        """Give what follows a document, newest first."""
        return await self._linked(id_of(doc_id), of_parents=True)

    async def ancestors(self, doc_id: object) -> AsyncIterator[Doc[T]]:
        """Give all that a document follows, directly or not, each once, nearest first."""
        seen: set[RecordId] = set()
        edge = [id_of(doc_id)]
        while edge:
            found = [parent for each in edge for parent in await self.parents(each)]
            edge = []
            for doc in found:
                if doc.id not in seen:
                    seen.add(doc.id)
                    edge.append(doc.id)
                    yield doc

    async def missing(self) -> list[RecordId]:
        """Give what documents here follow and is not here, by id."""
        store = await self._projection.settled(self.name)
        named: set[RecordId] = set()
        async for doc in self.all():
            named.update(doc.follows)
        wanted = sorted(named)
        here: set[RecordId] = set()
        for start in range(0, len(wanted), PAGE_DOCUMENTS_MAX):
            here |= {record.id for record in await store.get(wanted[start : start + PAGE_DOCUMENTS_MAX])}
        return [each for each in wanted if each not in here]

    # Inside.

    def _plan(self, where: AnyWhere | None, **options: Any) -> Plan:  # noqa: ANN401 - as `plan` takes them
        self._desk.check_open()
        return plan(self.definition, where, now=self._desk.now(), **options)

    async def _page(self, asked: Plan) -> Page[T]:
        with self._projection.statistics.timed("find", asked):
            return await self._read_page(asked)

    async def _read_page(self, asked: Plan) -> Page[T]:
        """Read one page; what a rule hides is passed over, though the store were not told of it yet."""
        store = await self._projection.settled(self.name)
        docs: list[Doc[T]] = []
        seat = asked.after
        while asked.limit and len(docs) <= asked.limit:
            wanted = asked.limit + 1 - len(docs)
            records = await store.find(replace(asked, after=seat, limit=wanted))
            docs += self._seen(records)
            if len(records) < wanted:
                break
            seat = seat_of(asked.order, *self._row(records[-1]))
        if len(docs) <= asked.limit:
            return Page(tuple(docs), None)
        docs = docs[: asked.limit]
        return Page(tuple(docs), write_cursor(asked.digest, seat_of(asked.order, *self._row(docs[-1].record))))

    def _docs(self, records: Iterable[Record]) -> list[Doc[T]]:
        """Read records as documents, but for what is of other collections, hidden, or does not fit."""
        covers = self._projection.veil.covers
        found = [self._read(record) for record in records if not covers(record)]
        return [doc for doc in found if doc is not None]

    def _seen(self, records: Iterable[Record]) -> list[Doc[T]]:
        """Read what the store found, but for what is hidden meanwhile."""
        definition, covers, load = self.definition, self._projection.veil.covers, self._model.load
        docs = []
        for record in records:
            found = None if covers(record) else read_seen(definition, record)
            if found is not None:
                key, value, stamp, follows = found
                # A class may have become stricter, though its schema did not.
                with suppress(SchemaError):
                    docs.append(made_doc(record, key, load(value), stamp, follows))
        return docs

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
        return Doc(record, row.key, value, row.stamp, row.parents, is_deleted)

    def _row(self, record: Record) -> tuple[Record, Row]:
        row = row_of(self.definition, record, fits=True)
        if row is None:
            raise QueryError(f"record {record.id.hex()[:8]} is no document of {self.name!r}")
        return record, row

    def _owner(self, author: AnyKey | None) -> PublicKey | None:
        """Say whose registers are meant; None for everybody's."""
        if author is not None:
            return read_key(author)
        return None if self.definition.is_shared else self._desk.key

    async def _versions(self, key: str, author: AnyKey | None = None) -> list[Version]:
        [found] = await self._versions_of([key], author)
        return found

    async def _versions_of(self, keys: Sequence[str], author: AnyKey | None = None) -> list[list[Version]]:
        owner = self._owner(author)
        return await self._projection.versions(self.name, [Slot(key, owner) for key in keys])

    async def _linked(self, doc_id: RecordId, *, of_parents: bool) -> list[Doc[T]]:
        self._desk.check_open()
        store = await self._projection.settled(self.name)
        [*here] = self._docs(await store.get([doc_id]))
        if not here:
            raise ConfigError(f"there is no document {doc_id.hex()[:8]} in {self.name!r} here")
        links = await store.links([doc_id], of_parents=of_parents)
        others = self._docs(await store.get([link.child if of_parents else link.parent for link in links]))
        counted = [each for each in others if _counts(*((here[0], each) if of_parents else (each, here[0])))]
        return sorted(counted, key=lambda each: (-each.stamp, each.id))


def id_of(value: object) -> RecordId:
    """Read the id of a document: a `Doc`, a record, or an id as a text or bytes.

    Raises:
        ConfigError: it is no whole id.

    """
    return value.id if isinstance(value, Doc) else read_whole_id(value)


def _counts(parent: Doc[Any], child: Doc[Any]) -> bool:
    """Say whether a link means something: both are versions of one register, or the child none, and the times agree."""
    is_of_one = child.record.kind != KIND_KEYED or child.key == parent.key
    return is_of_one and parent.stamp < child.stamp


def seat_of(order: Order, record: Record, row: Row) -> Seat:
    """Say where a document stands in *order*."""
    values = (row.field(term.field, record) for term in order[:-1])
    return Seat(tuple(value if is_scalar(value) else None for value in values), row.stamp, record.id)  # type: ignore[misc] # scalars


def _key_bytes(doc: Doc[Any]) -> bytes:
    return (doc.key or "").encode()
