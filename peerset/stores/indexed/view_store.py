"""The part of the SQLite store that keeps views."""

import sqlite3
from collections.abc import Sequence

from peerset.core.action import Json
from peerset.documents.keys import ViewKey
from peerset.documents.value import Scalar
from peerset.documents.view import ViewProgress, ViewStep
from peerset.errors import ConfigError
from peerset.stores.indexed.store import IndexedStore
from peerset.stores.indexed.view_rows import Rows
from peerset.stores.indexed.views import advance, drop_view, open_view


class ViewedStore(IndexedStore):
    """What `peerset.ports.ViewStore` adds to a store of documents."""

    async def open_view(self, name: str, version: int) -> None:
        """Have a view; another version than before begins anew.

        Raises:
            ConfigError: there are `VIEWS_MAX` others, or its tables would be taken for those of another.

        """
        await self._change(lambda db: open_view(db, name, version))

    async def drop_view(self, name: str) -> None:
        """Forget a view, if it is there."""
        await self._change(lambda db: drop_view(db, name))

    async def advance_view(self, name: str, step: ViewStep, *, limit: int) -> ViewProgress:
        """Let *step* take the next changes, at most *limit*, on the thread that writes, in one transaction."""
        return await self._change(lambda db: advance(db, name, step, limit, self._decoder.decode))

    async def view_rows(
        self, name: str, prefix: Sequence[Scalar], *, limit: int | None, is_reversed: bool
    ) -> list[tuple[ViewKey, Json]]:
        """Give what is under the keys of a view that begin with *prefix*, in order."""
        parts = tuple(prefix)

        def rows(db: sqlite3.Connection) -> list[tuple[ViewKey, Json]]:
            row = db.execute("SELECT slug FROM view WHERE name = ?", (name,)).fetchone()
            if row is None:
                raise ConfigError(f"this store keeps no view {name!r}")
            return Rows(db, row[0]).range(parts, limit=limit, reverse=is_reversed)

        return await self._read(lambda db, _: rows(db))
