"""The data side of a room: its records as documents, in collections."""

import logging
import random
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar, overload

from peerset.core.action import Json
from peerset.core.limits import FOLDS_MAX
from peerset.core.record import Record
from peerset.core.typed import AnyId, several, shown
from peerset.data.batch import Batch
from peerset.data.changes import changes_of
from peerset.data.collection import Collection
from peerset.data.desk import Desk
from peerset.data.doc import Doc
from peerset.data.fold_keeping import KIND as FOLDS
from peerset.data.folds import Fold
from peerset.data.keeping import Keeper
from peerset.data.model import model_of
from peerset.data.projection import Projection
from peerset.data.statistics import QueryFigures
from peerset.data.views import View
from peerset.documents.change import Bookmark, Change
from peerset.documents.definition import Definition, Older, define, read_name
from peerset.documents.rows import Parameters, Rows
from peerset.documents.view import ViewStep
from peerset.errors import ConfigError, QueryError
from peerset.moderation.moderator import Moderator
from peerset.ports import DocumentStore, SQLStore, ViewStore
from peerset.protocol.events import RecordsIndexed
from peerset.room.audience import Audience
from peerset.room.driver import Driver
from peerset.room.standing import Standing

T = TypeVar("T")

AnyIndexes = str | Iterable[str | Sequence[str]]
"""Fields by which queries find and order: ``"city"``, ``"-stars"``, ``("city", "-stars")``, ``"tags[]"``."""

logger = logging.getLogger(__name__)


class Database:
    """What a `peerset.room.room.Room` is as a database; *window_seconds* is for how long it keeps records."""

    _driver: Driver
    _audience: Audience
    _standing: Standing

    def __init__(self, store: DocumentStore, moderation: Moderator, desk: Desk, *, window_seconds: int) -> None:
        self._desk = desk
        self._views: dict[str, View] = {}
        self._folds: list[tuple[str | None, Fold[Any]]] = []
        self._projection = Projection(
            store,
            moderation.veil,
            window_seconds=window_seconds,
            now=desk.now,
            on_progress=self._tell_progress,
            keys=desk.keys,
        )
        self._window_seconds = window_seconds
        self._fetcher = moderation.fetcher

    @overload
    def collection(
        self,
        name: str,
        model: type[T],
        *,
        shared: bool = False,
        on_behalf: bool = False,
        indexes: AnyIndexes = (),
        text: str | Iterable[str] = (),
        place: str | None = None,
        ttl: float | None = None,
        keep: bool = False,
        also: Iterable[Older] = (),
    ) -> Collection[T]: ...

    @overload
    def collection(
        self,
        name: str,
        model: Mapping[str, Any] | None = None,
        *,
        shared: bool = False,
        on_behalf: bool = False,
        indexes: AnyIndexes = (),
        text: str | Iterable[str] = (),
        place: str | None = None,
        ttl: float | None = None,
        keep: bool = False,
        also: Iterable[Older] = (),
    ) -> Collection[Json]: ...

    def collection(
        self,
        name: str,
        model: type[Any] | Mapping[str, Any] | None = None,
        *,
        shared: bool = False,
        on_behalf: bool = False,
        indexes: AnyIndexes = (),
        text: str | Iterable[str] = (),
        place: str | None = None,
        ttl: float | None = None,
        keep: bool = False,
        also: Iterable[Older] = (),
    ) -> Collection[Any]:
        """Give the collection of this name, at once; what is here already is indexed in the background.

        *model* says what its documents are: a dataclass, a pydantic model, a msgspec Struct, a JSON Schema, or None for
        any JSON. *shared* makes one register a key for all authors; where *on_behalf*, what carries a grant is the
        document of who gave that. *indexes*, *text* and *place* are the fields by
        which documents are found quickly; *ttl* is for how many seconds they live unless it is said. *keep* renews
        documents of ours before the room's window ends, while the room is joined. *also* names earlier collections
        whose documents are read as this one's.

        Raises:
            ConfigError: the model or an index cannot be meant, the name stands for another collection in this process,
                or there are too many.
            RoomClosedError: the room was left, or failed.

        """
        self._desk.check_open()
        read = model_of(model)
        schema = None if read.schema is None else read.schema.json
        wanted = define(
            name,
            schema,
            shared=shared,
            on_behalf=on_behalf,
            indexes=indexes,
            text=text,
            place=place,
            also=also,
            fits=read.fits,
        )
        if not isinstance(keep, bool):
            raise ConfigError(f"keep is True or False, not {shown(keep)}")
        definition = self._projection.declarations.declare(wanted)
        if keep:
            keeper = Keeper(definition, self._projection, self._desk, window_seconds=self._window_seconds)
            self._projection.do(f"keep {name}", keeper.look)
        return Collection(definition, read, self._projection, self._desk, ttl=ttl)

    async def recall(self, name: str) -> Collection[Json]:
        """Give a collection as it was declared on this store last, without its class; or one of any JSON.

        For programs that do not know what is in a room, such as the command line.

        Raises:
            ConfigError: it is no name, or there are too many.
            StoreError: the store cannot be read.
            RoomClosedError: the room was left, or failed.

        """
        self._desk.check_open()
        definition = await self._projection.declarations.remembered(read_name(name))
        if definition is None:
            return self.collection(name)
        model = model_of(None if definition.schema is None else definition.schema.json)
        return Collection(self._projection.declarations.declare(definition), model, self._projection, self._desk)

    async def recall_all(self) -> list[Collection[Json]]:
        """Give every collection that was declared here or on this store before, without its class.

        Raises:
            StoreError: the store cannot be read.
            RoomClosedError: the room was left, or failed.

        """
        self._desk.check_open()
        found: list[Collection[Json]] = []
        for name in await self._projection.declarations.remembered_names():
            # What another one reads as older documents of its own is that one's.
            with suppress(ConfigError):
                found.append(await self.recall(name))
        return found

    def batch(self) -> Batch:
        """Begin a batch: what is put in is written by its `commit`, all at once or nothing.

        Raises:
            RoomClosedError: the room was left, or failed.

        """
        self._desk.check_open()
        return Batch(self._desk, self._projection, random.SystemRandom())

    def changes(
        self,
        since: Bookmark | str | None = None,
        *,
        collection: str | Iterable[str] = (),
        live: bool = True,
        limit: int | None = None,
    ) -> AsyncIterator[Change]:
        """Give what changed since a `Change.cursor`, by default all that is seen; then, if *live*, each new change.

        Since ``"now"`` it gives what happens from the moment on at which the first change is asked for.

        In the order of arrival here: what went first, of what there is. Of *collection* alone, if any is named; but of
        what is gone the collection is not known.

        Raises:
            CursorError: the log no longer reaches back so far, or *since* is no cursor of this store: start over.
            ConfigError: a limit or a collection cannot be meant.
            RoomClosedError: the room was left, or failed.

        """
        self._desk.check_open()
        names = [read_name(each) for each in several("collection", collection, singles=(str,))]
        return changes_of(self._projection, since, collections=names, live=live, limit=limit)

    def view(self, name: str, *, version: int = 1, collection: str | Iterable[str] = ()) -> Callable[[ViewStep], View]:
        """Let a function keep a table: it takes each change, once, in the transaction with what it writes.

        Written before a function of a `ViewWriter` and a `Change`, it gives a `View` in its place, which follows in the
        background from then on. Another *version* than before begins anew. *collection* names those whose changes it
        takes.

        Raises:
            ConfigError: a name, a version or the function cannot be meant, the store keeps no views, or the name is
                taken.
            RoomClosedError: the room was left, or failed.

        """
        self._desk.check_open()
        names = [read_name(each) for each in several("collection", collection, singles=(str,))]

        def keep(step: ViewStep) -> View:
            store, projection = self._projection.store, self._projection
            if not isinstance(store, ViewStore):
                raise ConfigError(f"a store such as {type(store).__name__} keeps no views")
            pulse, settle = projection.feed.pulse, projection.settled_log
            found = View(store, pulse, name, step, version=version, collections=names, settle=settle)
            if found.name in self._views:
                raise ConfigError(f"there is a view {name!r} already")
            self._views[found.name] = found
            self._driver.own(found.run(), f"view {name}")
            return found

        return keep

    def fold(
        self,
        collection: Collection[T],
        start: Json,
        step: Callable[[Json, Doc[T]], Json],
        *,
        name: str | None = None,
        version: int = 1,
    ) -> Fold[Doc[T]]:
        """Keep `state = step(state, doc)` over the documents of a collection in their linear order, oldest first.

        It follows in the background from then on. A document that comes late, or goes, takes it back to before; so all
        peers with one set have one state. The state is JSON. With a *name* it is kept over restarts while it is short
        enough for a note of the store, until another *version* says that *start* or *step* changed.

        Raises:
            ConfigError: *start* is nothing that JSON can say, the name is none or taken, or there are too many folds.
            RoomClosedError: the room was left, or failed.

        """
        self._desk.check_open()
        if len(self._folds) >= FOLDS_MAX:
            raise ConfigError(f"a room has at most {FOLDS_MAX} folds")
        if name is not None and any(name == known for known, _ in self._folds):
            raise ConfigError(f"there is a fold {name!r} already")
        found = collection.folded(start, step, name=name, version=version)
        self._folds.append((name, found))
        self._driver.own(found.run(), "fold")
        return found

    async def drop(
        self,
        *,
        collection: str | Iterable[str] = (),
        view: str | Iterable[str] = (),
        fold: str | Iterable[str] = (),
    ) -> None:
        """Forget here what was made of records, declared now or in an earlier life: indexes, tables, states.

        Records stay, and nobody else is told. Live queries of a dropped *collection* end, and folds over it stop; a
        *view* or *fold* of this process stops. What is declared again is made anew.

        Raises:
            ConfigError: a name is none, or the store keeps no views.
            StoreError: the store cannot be written.
            RoomClosedError: the room was left, or failed.

        """
        self._desk.check_open()
        collections, views, folds = _names("collection", collection), _names("view", view), _names("fold", fold)
        for name in views:
            await self._drop_view(name)
        for name in folds:
            await self._drop_fold(name)
        for name in collections:
            over = [each for _, each in self._folds if each.collection == name]
            await self._end_folds(over, "its collection was dropped here")
            await self._projection.drop(name)

    async def _drop_view(self, name: str) -> None:
        found, store = self._views.get(name), self._projection.store
        if found is not None:
            await found.drop()
            # Whoever makes another one of this name does so after that.
            if self._views.get(name) is found:
                del self._views[name]
        elif isinstance(store, ViewStore):
            await store.drop_view(name)
        else:
            raise ConfigError(f"a store such as {type(store).__name__} keeps no views")

    async def _drop_fold(self, name: str) -> None:
        dropped = [each for known, each in self._folds if known == name]
        for each in dropped:
            await each.end("it was dropped here")
        # Whoever makes another one of this name does so after that, and finds nothing of this one.
        await self._projection.store.note(FOLDS, name.encode(), None)
        self._folds = [(known, each) for known, each in self._folds if each not in dropped]

    async def _end_folds(self, folds: Sequence[Fold[Any]], reason: str) -> None:
        for each in folds:
            await each.end(reason)
        self._folds = [(name, each) for name, each in self._folds if each not in folds]

    async def sql(self, query: str, parameters: Parameters = ()) -> Rows:
        """Give what SQL gives over the collections, each a view of its name, and over ``records``; it only reads.

        *parameters* are what its ``?`` stand for, in order, or a dict for names such as ``:city``. At most
        `SQL_ROWS_MAX` rows, within `SQL_SECONDS_MAX`. The columns of a collection are ``id``, ``key``, ``author``,
        ``time`` (UTC), ``stamp`` and its scalar fields.

        Raises:
            QueryError: it is no SQL, does more than read, takes too long or gives too much; or the store is no SQLite
                file.
            StoreError: the store cannot be read.
            RoomClosedError: the room was left, or failed.

        """
        self._desk.check_open()
        store = self._projection.store
        if not isinstance(store, SQLStore):
            raise QueryError("this room's store answers no SQL: join with one such as store='sqlite:room.db'")
        for each in self.collections:
            await self._projection.declarations.ready(each)
        await self._projection.settled_log()
        return await store.sql(query, parameters)

    async def fetch(self, ids: AnyId | Iterable[AnyId]) -> list[Record]:
        """Ask neighbours again for the content of *ids*, of which only shells are here; give those that are whole now.

        It takes as long as the slowest neighbour that has to be asked: a minute or two at most.

        Raises:
            ConfigError: one is not here, or was purged by our user, or several begin so.
            StoreError: the store cannot be read.
            RoomClosedError: the room was left, or failed.

        """
        return await self._fetcher.fetch(ids)

    @property
    def collections(self) -> list[Definition]:
        """What collections there are: their names, fields and indexes."""
        return self._projection.declarations.definitions

    @property
    def queries(self) -> list[QueryFigures]:
        """How often each kind of query was asked here, and how long it took; the slowest first."""
        return self._projection.statistics.figures()

    def _stir(self) -> None:
        self._projection.stir()

    def _tell_progress(self, left: int) -> None:
        logger.info("collections: %s", f"{left} records are left to be indexed" if left else "all is indexed")
        self._audience.take(RecordsIndexed(left))


def _names(what: str, given: str | Iterable[str]) -> list[str]:
    return [read_name(each) for each in several(what, given, singles=(str,))]
