"""Documents of one collection as their readers follow them."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import TypeVar

from peerset.core.action import Json
from peerset.core.typed import AnyKey
from peerset.data.changes import changes_of
from peerset.data.doc import Doc
from peerset.data.fold_keeping import FoldKeeping
from peerset.data.folds import Fold
from peerset.data.links import Links
from peerset.data.live import LiveQuery
from peerset.data.reading import PAGE_DOCUMENTS, AnyWhere
from peerset.documents.change import Bookmark, Change
from peerset.documents.document import read_document_key
from peerset.documents.plan import NEWEST_FIRST

T = TypeVar("T")


class Following(Links[T]):
    """The part of a `peerset.data.collection.Collection` that keeps what it gives up to date."""

    async def live(
        self,
        where: AnyWhere | None = None,
        *,
        order: str | Sequence[str] = NEWEST_FIRST,
        limit: int = PAGE_DOCUMENTS,
        text: str | None = None,
        author: AnyKey | None = None,
    ) -> LiveQuery[Doc[T]]:
        """Give the first *limit* documents that match, kept up to date: now, and each difference from then on.

        Raises:
            QueryError: as `find`.
            ConfigError: there are 1,024 live queries already.

        """
        asked = self._plan(where, order=order, limit=limit, text=text, author=author)
        return await self._projection.live(self.definition, asked, self._shown)

    async def watch(self, key: str, *, author: AnyKey | None = None) -> LiveQuery[Doc[T]]:
        """Give the register under *key*, ours unless *author* says whose, kept up to date.

        Raises:
            ConfigError: it is no key, or there are 1,024 live queries already.

        """
        return await self.live({"key": read_document_key(key)}, author=self._owner(author), limit=1)

    def changes(
        self, since: Bookmark | str | None = None, *, live: bool = True, limit: int | None = None
    ) -> AsyncIterator[Change]:
        """Give what changed in this collection, and in those read as it; the rest is as `peerset.Room.changes` says.

        Of what is gone and was purged the collection is not known: it is given, too.

        Raises:
            CursorError: the log no longer reaches back so far, or *since* is no cursor of this store: start over.
            ConfigError: *limit* cannot be meant, or the collection was dropped.
            RoomClosedError: the room was left, or failed.

        """
        self._desk.check_open()
        self._projection.declarations.check(self.definition)
        names = self.definition.names
        return changes_of(self._projection, since, collections=names, live=live, limit=limit)

    def folded(
        self, start: Json, step: Callable[[Json, Doc[T]], Json], *, name: str | None = None, version: int = 1
    ) -> Fold[Doc[T]]:
        """Make a fold over its documents; `peerset.Room.fold` lets it follow."""
        projection, definition = self._projection, self.definition
        store = projection.store
        keeping = None if name is None else FoldKeeping(store, name, version, definition.digest)

        async def settle() -> None:
            await projection.settled(definition)

        return Fold(
            store,
            projection.feed.pulse,
            definition,
            start=start,
            step=step,
            read=self._seen_one,
            settle=settle,
            agreement=projection.agreement,
            keeping=keeping,
        )
