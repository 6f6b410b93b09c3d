"""Folds of a room: one state over all documents of a collection in their linear order, which is alike on all peers."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, Generic

from peerset.core.action import Json
from peerset.core.limits import CHANGES_AT_ONCE, PAGE_DOCUMENTS_MAX
from peerset.core.record import Record, RecordId
from peerset.core.stamp import MICROSECONDS, stamp_of
from peerset.data.agreement import Agreement
from peerset.data.difference import D
from peerset.data.fold_keeping import FoldKeeping
from peerset.data.foldline import FoldLine, FoldStep
from peerset.data.pulse import Pulse, keep_up
from peerset.documents.change import Bookmark, ChangeKind
from peerset.documents.definition import Definition
from peerset.documents.document import collection_of
from peerset.documents.order import Seat
from peerset.documents.plan import plan
from peerset.errors import ConfigError, CursorError, QueryError, ViewError
from peerset.ports import DocumentStore

FOLDED_REMEMBERED: Final = 2_000
"""Of so many documents that were folded, or more, news of them that come later are not taken for late ones."""


class Fold(Generic[D]):
    """A state, kept by `step(state, doc)` over the documents that are seen, oldest first. Made by `peerset.Room.fold`.

    A document that comes late, or goes, takes the state back to before it, and what stands behind is folded again.
    """

    def __init__(
        self,
        store: DocumentStore,
        pulse: Pulse,
        definition: Definition,
        *,
        start: Json,
        step: FoldStep[D],
        read: Callable[[Record], D | None],
        settle: Callable[[], Awaitable[None]] | None = None,
        agreement: Agreement | None = None,
        keeping: FoldKeeping | None = None,
    ) -> None:
        self.error: ViewError | None = None
        """Why it stopped; None while it goes on."""
        self._store = store
        self._pulse = pulse
        self._definition = definition
        self._names = definition.names
        self._plan = plan(definition, order="time", limit=PAGE_DOCUMENTS_MAX, now=0)
        self._read_one = read
        """Gives what is seen to who folds; None where it refuses that."""
        self._settle = settle
        """Waits until the collection is indexed, and hides what readers may not see."""
        self._agreement = agreement or Agreement()
        self._keeping = keeping
        self._start, self._step = start, step
        self._line: FoldLine[D] = FoldLine(start, step)
        self._since: Bookmark | None = None
        self._folded: dict[RecordId, None] = {}
        self._is_behind = True
        """Something came or went, and what stands behind it is to be found."""
        self._lock = asyncio.Lock()

    def __repr__(self) -> str:
        return f"<Fold over {self._definition.name!r}: {self.count} documents{', stopped' if self.error else ''}>"

    @property
    def state(self) -> Json:
        """What has been folded, as far as it has come."""
        return self._line.state

    @property
    def count(self) -> int:
        """Of how many documents it is the state."""
        return self._line.count

    @property
    def undone(self) -> int:
        """How many documents were taken back and folded again, altogether."""
        return self._line.undone

    @property
    def settled(self) -> int:
        """The stamp below which all peers that are present held what we hold; 0 before they ever did.

        Who has it so far has this state up to there, unless something comes later that is dated before.
        """
        return self._agreement.settled

    async def ready(self) -> None:
        """Wait until all that is saved now is folded.

        Raises:
            ViewError: it stopped; the cause is what its function raised.
            StoreError: the store cannot be read.

        """
        async with self._lock:
            if self.error is None:
                try:
                    await self._catch_up()
                except (ConfigError, QueryError) as error:
                    # The collection is no more: nothing that comes will change that.
                    self._stop(str(error), error)
            if self.error is not None:
                raise self.error

    async def end(self, reason: str) -> None:
        """Stop, once what it is doing is done; what is folded stays."""
        async with self._lock:
            if self.error is None:
                self._stop(reason)

    @property
    def collection(self) -> str:
        """The name of the collection that it is over."""
        return self._definition.name

    async def run(self) -> None:
        """Follow the log of changes, until cancelled or stopped."""
        await keep_up(self, self._pulse)

    def _stop(self, reason: str, cause: Exception | None = None) -> None:
        self.error = ViewError(f"the fold over {self.collection!r} stopped: {reason}")
        self.error.__cause__ = cause

    async def _catch_up(self) -> None:
        if self._settle is not None:
            await self._settle()
        if self._since is None:
            await self._begin()
            self._is_behind = True
        try:
            await self._read()
        except CursorError:
            self._line, self._since = FoldLine(self._start, self._step), await self._store.last_change()
            # What was hidden in the stretch that is lost comes late when it is shown.
            self._folded.clear()
            self._is_behind = True
        while self._is_behind and self.error is None:
            records = await self._store.find(replace(self._plan, after=self._line.seat))
            self._fold(records)
            self._is_behind = len(records) == self._plan.limit
        keeping, since = self._keeping, self._since
        if keeping is not None and since is not None and self.error is None and keeping.is_due(self.count):
            await keeping.save(self._line.last, since)

    async def _begin(self) -> None:
        """Go on where an earlier life stopped, or from the beginning."""
        kept = None if self._keeping is None else await self._keeping.load()
        if kept is None:
            self._since = await self._store.last_change()
        else:
            checkpoint, self._since = kept
            self._line.resume(checkpoint)

    async def _read(self) -> None:
        is_last = False
        while not is_last:
            # What was found may have gone before the log told of its coming.
            page = await self._store.changes(self._since, limit=CHANGES_AT_ONCE, with_untold=True)
            for change in page.changes:
                self._take(change.kind, change.record)
            self._since, is_last = page.end, page.is_last

    def _take(self, kind: ChangeKind, record: Record) -> None:
        is_gone = kind in (ChangeKind.REMOVED, ChangeKind.HIDDEN)
        if is_gone:
            self._folded.pop(record.id, None)
        if not record.wire:
            self._is_behind = True
            # Of what is gone the microseconds are not known, nor the collection.
            self._line.undo(record.created_at * MICROSECONDS, None)
        elif collection_of(record) in self._names and (is_gone or record.id not in self._folded):
            self._is_behind = True
            self._line.undo(stamp_of(record), record.id)

    def _fold(self, records: list[Record]) -> None:
        read = self._read_one
        try:
            # In the order of time, a place is a stamp and an id.
            self._line.fold((Seat((), stamp_of(each), each.id), read(each)) for each in records)
        except Exception as error:  # noqa: BLE001 - the user's own code may raise anything
            self._stop(f"{type(error).__name__}: {error}", error)
        self._folded.update(dict.fromkeys([each.id for each in records]))
        if len(self._folded) > 2 * FOLDED_REMEMBERED:
            for record_id in list(self._folded)[:-FOLDED_REMEMBERED]:
                del self._folded[record_id]
