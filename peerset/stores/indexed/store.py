"""The part of the SQLite store that answers for documents."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from peerset.core.clock import UnixTime
from peerset.core.record import Record, RecordId
from peerset.documents.change import Bookmark, Changes
from peerset.documents.definition import Definition
from peerset.documents.document import State, Version
from peerset.documents.plan import Explanation, Figure, Link, Plan, Slot
from peerset.documents.rows import Parameters, Rows
from peerset.documents.value import Scalar
from peerset.errors import ConfigError, StoreError
from peerset.stores.connection import SQLiteFile
from peerset.stores.indexed import advice, answers, building, change_log, links
from peerset.stores.indexed.asking import ask, check_sql
from peerset.stores.indexed.catalog import Catalog
from peerset.stores.indexed.counts import Asked, keep_count
from peerset.stores.indexed.prepared import Prepared
from peerset.stores.indexed.search import Search, search_of
from peerset.stores.indexed.slow import SlowQueries
from peerset.stores.indexed.writing import Writer, number_rows
from peerset.stores.reading import Decoder
from peerset.stores.schema import reading, writing

T = TypeVar("T")


class IndexedStore:
    """What `peerset.ports.DocumentStore` adds to a store.

    What only reads does so on a connection, and a thread, of its own, and so holds up nothing that is written.
    """

    def __init__(self, file: SQLiteFile) -> None:
        self._file = file
        self._decoder = Decoder(file.path)
        self._catalog = Catalog()
        """Of the thread that writes."""
        self._slow = SlowQueries()
        self._asked = Asked()
        self._known = Catalog()
        """Of the one that reads."""
        self._prepared = Prepared(self._decoder)
        """Of whoever asks, on his own thread."""

    async def define(self, definitions: Sequence[Definition], *, span_seconds: int) -> None:
        """Know these collections, in place of those of the same names; indexes are cut into spans of so many seconds.

        Raises:
            ConfigError: two of *definitions* read documents of one name, or there are too many.

        """
        asked = tuple(definitions)
        self._asked.forget()
        if self._file.is_read_only:
            await self._change(lambda db: building.recognise(db, self._catalog, asked))
        else:
            await self._change(lambda db: building.define(db, self._catalog, asked, span_seconds))

    async def build(self) -> int:
        """Read the next of what was here before; give about how many records are left to be looked at."""
        return await self._change(lambda db: building.build(db, self._catalog))

    async def drop(self, collections: Sequence[str]) -> None:
        """Forget collections, with their tables; their records stay."""
        asked = tuple(collections)
        self._asked.forget()
        await self._change(lambda db: building.drop(db, self._catalog, asked))

    async def find(self, plan: Plan) -> list[Record]:
        """Give the documents that match, in the order of *plan*, after its seat, at most its limit."""
        few = self._file.glance(lambda db: self._prepared.find(db, self._catalog.definitions, plan))
        if few is not None:
            return few

        def find(db: sqlite3.Connection, known: Catalog) -> list[Record]:
            search = _search(known, plan)
            return self._slow.watch(
                db, search, lambda tally: answers.find(db, search, self._decoder.recall, tally), len
            )

        return await self._read(find)

    async def count(self, plan: Plan) -> int:
        """Give how many match, whatever the seat and the limit."""
        found = self._file.glance(lambda db: self._prepared.count(db, self._catalog.definitions, plan))
        if found is None:
            found = await self._counted(plan)
        if self._asked.is_worth_keeping(plan, found) and not self._file.is_read_only:
            await self._keep_count(plan)
        return found

    async def _counted(self, plan: Plan) -> int:

        def count(db: sqlite3.Connection, known: Catalog) -> int:
            search = _search(known, plan)
            return self._slow.watch(db, search, lambda _: answers.count(db, search, self._decoder.recall), int)

        return await self._read(count)

    async def _keep_count(self, plan: Plan) -> None:
        """Keep what is counted again and again, if there is room for it."""

        def keep(db: sqlite3.Connection) -> bool:
            with writing(db):
                self._catalog.refresh(db)
                return keep_count(db, _search(self._catalog, plan))

        with suppress(StoreError, ConfigError):
            if await self._change(keep):
                self._asked.forget()

    async def aggregate(self, plan: Plan, figures: Sequence[Figure], *, by: str | None) -> list[dict[str, Scalar]]:
        """Compute *figures* over all that match, or one row for each value of *by*."""
        asked = tuple(figures)
        return await self._read(
            lambda db, known: answers.aggregate(db, _search(known, plan), self._decoder.recall, asked, by)
        )

    async def explain(self, plan: Plan) -> Explanation:
        """Say how *plan* would be found."""
        return await self._read(lambda db, known: advice.explain(db, _search(known, plan)))

    async def misfits(self, collection: str) -> list[Record]:
        """Give what does not fit the model of the collection, newest first, at most 1,000."""
        return await self._read(lambda db, known: answers.misfits(db, known.find(collection)[1], self._decoder.decode))

    async def register_versions(self, collection: str, slots: Sequence[Slot]) -> list[list[Version]]:
        """Give every version of each register that is here, newest first."""
        asked = tuple(slots)

        def versions(db: sqlite3.Connection, known: Catalog) -> list[list[Version]]:
            _, table = known.find(collection)
            return [answers.versions(db, table, slot) for slot in asked]

        return await self._read(versions)

    async def heads(self, collection: str, *, limit: int) -> list[Record]:
        """Give what counts and nothing that counts follows, newest first."""

        def heads(db: sqlite3.Connection, known: Catalog) -> list[Record]:
            _, table = known.find(collection)
            return [self._decoder.decode(*row) for row in links.heads(db, table, limit)]

        return await self._read(heads)

    async def links(self, ids: Sequence[RecordId], *, of_parents: bool) -> list[Link]:
        """Give the links of *ids* to what they follow, or (*of_parents*) those of what follows *ids*."""
        asked = tuple(ids)
        return await self._read(lambda db, _: links.links_of(db, asked, of_parents=of_parents))

    async def mark(self, ids: Sequence[RecordId], state: State, *, is_set: bool) -> None:
        """Set or clear bits of what is here, documents or not, in one transaction; what thereby changes is logged.

        Nothing happens to a file that may only be read.
        """
        if self._file.is_read_only:
            return
        asked = tuple(ids)

        def mark(db: sqlite3.Connection) -> None:
            with writing(db):
                writer = Writer(db, self._catalog)
                writer.mark(number_rows(db, asked), state, is_set=is_set)
                writer.finish()

        await self._change(mark)

    async def marked(self, state: State) -> list[RecordId]:
        """Give what has any of these bits, by id."""
        asked = "SELECT id FROM standing JOIN record USING (number) WHERE state & ? ORDER BY id"
        return await self._read(lambda db, _: [RecordId(row[0]) for row in db.execute(asked, (int(state),))])

    async def sweep(self, now: UnixTime) -> list[RecordId]:
        """Let nobody see documents that expire by *now*; give those that newly do, by id.

        Nothing happens to a file that may only be read.
        """
        if self._file.is_read_only:
            return []

        def sweep(db: sqlite3.Connection) -> list[RecordId]:
            with writing(db):
                writer = Writer(db, self._catalog)
                numbers = writer.sweep(now)
                writer.finish()
            return sorted(answers.ids_of(db, numbers))

        return await self._change(sweep)

    async def changes(self, since: Bookmark | None, *, limit: int, with_untold: bool = False) -> Changes:
        """Give what changed since a bookmark, or from the beginning, at most *limit* changes.

        *with_untold* gives as well what went without having been told as come.

        Raises:
            CursorError: the log no longer reaches back so far, or the bookmark is one of another log.

        """
        return await self._read(
            lambda db, _: change_log.changes(db, since, self._decoder.decode, limit=limit, with_untold=with_untold)
        )

    async def last_change(self) -> Bookmark:
        """Give the bookmark of who knows everything up to now."""
        return await self._read(lambda db, _: change_log.end_of_log(db))

    async def sql(self, query: str, parameters: Parameters = ()) -> Rows:
        """Give what SQL gives that only reads, on a connection of its own, within `SQL_SECONDS_MAX`.

        Raises:
            QueryError: it is no SQL, does more than read, takes too long or gives too much.

        """
        text, values = check_sql(query, parameters)
        return await self._file.ask(lambda db: ask(db, text, values))

    async def _change(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do *work* on the thread that writes, and let the other one know of collections what this one does."""

        def done(db: sqlite3.Connection) -> T:
            try:
                return work(db)
            except BaseException:
                # What it learned of tables may not have come to be.
                self._catalog.forget()
                raise
            finally:
                if self._known.definitions is not self._catalog.definitions:
                    self._known.definitions = self._catalog.definitions
                    self._known.forget()

        return await self._file.run(done)

    async def _read(self, work: Callable[[sqlite3.Connection, Catalog], T]) -> T:
        """Do *work* on one state of the file."""
        try:
            return await self._file.read(lambda db: _on_one_state(db, self._known, work))
        except ConfigError:
            # Collections may be defined at this moment: the thread that does it knows.
            return await self._file.run(lambda db: _on_one_state(db, self._catalog, work))


def _on_one_state(db: sqlite3.Connection, catalog: Catalog, work: Callable[[sqlite3.Connection, Catalog], T]) -> T:
    with reading(db):
        catalog.refresh(db)
        return work(db, catalog)


def _search(catalog: Catalog, plan: Plan) -> Search:
    definition, table = catalog.find(plan.collection)
    return search_of(table, definition, plan)
