"""Views of a room: tables that a function of the user keeps from every change, and that others read."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from peerset.core.action import Json
from peerset.core.typed import shown
from peerset.data.pulse import Pulse, keep_up
from peerset.documents.change import Change
from peerset.documents.document import collection_of
from peerset.documents.keys import ViewKey, encode_key
from peerset.documents.value import Scalar
from peerset.documents.view import VIEW_BATCH, ViewProgress, ViewStep, ViewWriter, read_view_name
from peerset.errors import ConfigError, ViewError
from peerset.ports import ViewStore

VERSION_MAX: Final = 2**31


class View:
    """A view. Made by `peerset.Room.view`; *settle* waits until the store hides what readers may not see."""

    def __init__(
        self,
        store: ViewStore,
        pulse: Pulse,
        name: str,
        step: ViewStep,
        *,
        version: int,
        collections: Sequence[str] = (),
        settle: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.name = read_view_name(name)
        if type(version) is not int or not 0 <= version < VERSION_MAX:
            raise ConfigError(f"a version of a view is a whole number from 0, not {shown(version)}")
        if not callable(step):
            raise ConfigError(f"a view is kept by a function, not by {shown(step)}")
        self.version = version
        self.error: ViewError | None = None
        """Why it stopped; None while it goes on."""
        self._store = store
        self._pulse = pulse
        self._step = step if not collections else _only(frozenset(collections), step)
        self._settle = settle
        self._is_open = False
        self._lock = asyncio.Lock()

    def __repr__(self) -> str:
        return f"<View {self.name!r}, version {self.version}{', stopped' if self.error else ''}>"

    async def ready(self) -> None:
        """Wait until it has taken all that is saved now.

        Raises:
            ViewError: it stopped; the cause is what its function raised.
            ConfigError: there are too many views.
            StoreError: the store cannot be read or written.

        """
        if self._settle is not None:
            await self._settle()
        while not (await self._advance()).is_caught_up:
            pass

    async def get(self, key: Sequence[Scalar], default: Json = None) -> Json:
        """Give the value under *key*, as far as it has come."""
        encoded = encode_key(key)
        rows = await self._rows(key, limit=1, is_reversed=False)
        return next((value for found, value in rows if encode_key(found) == encoded), default)

    async def range(
        self, prefix: Sequence[Scalar] = (), *, limit: int | None = None, reverse: bool = False
    ) -> list[tuple[ViewKey, Json]]:
        """Give the keys that begin with *prefix*, and their values, in order, as far as it has come.

        Raises:
            ConfigError: *prefix* is no list of what keys hold, or *limit* is no whole number from 0.

        """
        if limit is not None and (type(limit) is not int or limit < 0):
            raise ConfigError(f"a limit is a whole number from 0, not {shown(limit)}")
        encode_key(prefix)
        return await self._rows(prefix, limit=limit, is_reversed=reverse)

    async def drop(self) -> None:
        """Forget it here, with all that it keeps; it is stopped from then on.

        Raises:
            StoreError: the store cannot be written.

        """
        async with self._lock:
            self._is_open = True
            self.error = ViewError(f"the view {self.name!r} was dropped here")
            await self._store.drop_view(self.name)

    async def run(self) -> None:
        """Follow the log of changes, until cancelled or stopped."""
        await keep_up(self, self._pulse)

    async def _rows(
        self, prefix: Sequence[Scalar], *, limit: int | None, is_reversed: bool
    ) -> list[tuple[ViewKey, Json]]:
        await self._open()
        return await self._store.view_rows(self.name, prefix, limit=limit, is_reversed=is_reversed)

    async def _open(self) -> None:
        async with self._lock:
            if not self._is_open:
                await self._store.open_view(self.name, self.version)
                self._is_open = True

    async def _advance(self) -> ViewProgress:
        await self._open()
        async with self._lock:
            if self.error is None:
                progress = await self._store.advance_view(self.name, self._step, limit=VIEW_BATCH)
                if progress.error is None:
                    return progress
                self.error = ViewError(f"the view {self.name!r} stopped: {progress.error}")
                self.error.__cause__ = progress.cause
            raise self.error


def _only(names: frozenset[str], step: ViewStep) -> ViewStep:
    def take(tx: ViewWriter, change: Change) -> None:
        if collection_of(change.record) in names:
            step(tx, change)

    return take
