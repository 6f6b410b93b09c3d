"""The feed of a room's live queries: reads the store's log of changes, and hands each change to whom it concerns."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from peerset.core.limits import CHANGES_AT_ONCE, LIVE_QUERIES_MAX
from peerset.core.record import Record
from peerset.data.difference import D
from peerset.data.live import LiveQuery
from peerset.data.pulse import Pulse
from peerset.data.standing import Standing
from peerset.data.switchboard import AnyStanding, Switchboard
from peerset.data.window import Entry
from peerset.documents.change import Bookmark, ChangeKind
from peerset.documents.definition import Definition
from peerset.documents.document import Row, collection_of
from peerset.documents.plan import Plan
from peerset.errors import ConfigError, CursorError, PeersetError, StoreError
from peerset.ports import DocumentStore

ROUNDS_MAX: Final = 8
"""How often windows are refilled before their readers are told, when everything changes meanwhile."""

logger = logging.getLogger(__name__)


class Feed:
    """All live queries of a room. Whoever knows that the store may have changed calls `follow`."""

    def __init__(self, store: DocumentStore) -> None:
        self.pulse = Pulse()
        """Beats whenever the store may have changed, for those who read its log themselves."""
        self._store = store
        self._boards: dict[str, Switchboard] = {}
        """By the name that records give."""
        self._collections: dict[str, Switchboard] = {}
        self._queries: dict[AnyStanding, LiveQuery[Any]] = {}
        self._since: Bookmark | None = None
        self._changed: set[AnyStanding] = set()
        self._lock = asyncio.Lock()
        """One thing happens to windows at a time."""

    @property
    def is_idle(self) -> bool:
        """Nobody wants to know what changes in the store."""
        return not self._queries and not self.pulse.is_heard

    async def follow(self) -> None:
        """Take what changed in the store; a store that cannot be read is asked again the next time."""
        self.pulse.beat()
        try:
            await self.catch_up()
        except StoreError as error:
            logger.error("live queries: %s", error)  # noqa: TRY400 - the message says it all

    async def open(self, definition: Definition, plan: Plan, make: Callable[[Record, Row], D | None]) -> LiveQuery[D]:
        """Begin a live query; *make* makes a document for its reader, or None where the model refuses it.

        Raises:
            ConfigError: there are `LIVE_QUERIES_MAX` already.

        """
        if len(self._queries) >= LIVE_QUERIES_MAX:
            raise ConfigError(f"{LIVE_QUERIES_MAX} live queries are open: close some")
        query = Standing(definition, plan, make)
        async with self._lock:
            if not self._queries:
                self._since = await self._store.last_change()
            await self._fill(query)
            board = self._board(definition)
            board.add(query)
            live = LiveQuery(self, query)
            self._queries[query] = live
        return live

    async def grow(self, query: AnyStanding, size: int) -> None:
        """Make a window longer."""
        async with self._lock:
            query.window.size = size
            self._changed.add(query)
            await self._refill()
        self._tell()

    def close(self, query: AnyStanding) -> None:
        """End a live query."""
        if self._queries.pop(query, None) is not None:
            self._collections[query.definition.name].remove(query)

    async def catch_up(self) -> None:
        """Bring every window to what the store has now, and tell the readers."""
        async with self._lock:
            if self._queries:
                await self._catch_up()
        self._tell()

    def end(self, error: PeersetError | None) -> None:
        """End every live query, by *error* if there is one."""
        for query, live in list(self._queries.items()):
            live.end(error)
            self.close(query)
        self.pulse.beat()

    async def end_of(self, name: str) -> None:
        """End the live queries of a collection that is no more."""
        async with self._lock:
            for query, live in list(self._queries.items()):
                if query.definition.name == name:
                    live.end(None)
                    self.close(query)
            board = self._collections.pop(name, None)
            self._boards = {each: found for each, found in self._boards.items() if found is not board}

    async def _catch_up(self) -> None:
        for _ in range(ROUNDS_MAX):
            try:
                await self._read()
            except CursorError:
                self._since = await self._store.last_change()
                for query in self._queries:
                    self._clear(query)
            if not await self._refill():
                return

    async def _read(self) -> None:
        # Windows were filled by what the store had then, which the log had not told of yet.
        is_last = False
        while not is_last:
            page = await self._store.changes(self._since, limit=CHANGES_AT_ONCE, with_untold=True)
            for change in page.changes:
                self._take(change.kind, change.record)
            self._since, is_last = page.end, page.is_last

    def _take(self, kind: ChangeKind, record: Record) -> None:
        if kind in (ChangeKind.REMOVED, ChangeKind.HIDDEN):
            for board in self._collections.values():
                self._changed.update(board.take_gone(record.id))
        elif (found := self._boards.get(collection_of(record) or "")) is not None:
            self._changed.update(found.take_came(record))

    async def _refill(self) -> bool:
        """Find what windows lack; say whether any did."""
        lacking = [query for query in self._changed if query.window.lacks and query in self._queries]
        for query in lacking:
            await self._fill(query)
            if query in self._queries:
                self._collections[query.definition.name].hold(query)
        return bool(lacking)

    async def _fill(self, query: AnyStanding) -> None:
        """Find what stands behind the end of a window, and go on where some of it is refused by the model."""
        window = query.window
        entries: list[Entry[Any]] = []
        after, lacks, is_more = window.last, window.lacks, True
        while is_more and (asked := lacks - len(entries)):
            records = await self._store.find(replace(query.plan, after=after, limit=asked))
            more, last = query.read(records)
            entries += more
            # Fewer than were asked for are all there are.
            after, is_more = last, len(records) == asked and last is not None
        # All at once, so that of what a window holds the board knows, though the store fails meanwhile.
        window.fill(entries, lacks)

    def _clear(self, query: AnyStanding) -> None:
        self._collections[query.definition.name].let_go(query)
        query.window.clear()
        self._changed.add(query)

    def _board(self, definition: Definition) -> Switchboard:
        board = self._collections.get(definition.name)
        if board is None:
            board = self._collections[definition.name] = Switchboard(definition)
            for name in definition.names:
                self._boards[name] = board
        return board

    def _tell(self) -> None:
        changed, self._changed = self._changed, set()
        for query in changed:
            if (live := self._queries.get(query)) is not None:
                live.wake()
