"""Many documents as they stood at one moment, page by page, while others write."""

from collections.abc import AsyncIterator, Awaitable, Callable, Set
from dataclasses import replace

from peerset.core.limits import CHANGES_AT_ONCE, SNAPSHOT_CHANGES_MAX
from peerset.core.record import Record, RecordId
from peerset.data.facts import Facts, test_of
from peerset.documents.change import Bookmark, Change, ChangeKind
from peerset.documents.definition import Definition
from peerset.documents.document import row_of
from peerset.documents.order import Seat, compare, in_order
from peerset.documents.plan import Plan
from peerset.errors import CursorError
from peerset.ports import DocumentStore


class Snapshot:
    """What *asked* gives of a store at the moment when the first page is read by *find*.

    Nothing is held open meanwhile. After each page the log of changes says what came since, which is passed over, and
    what a newer version replaced: that is given where it stood. What is deleted, hidden or expires meanwhile is left
    out. A query as of a time is of a moment by itself, but for what comes late.
    """

    def __init__(
        self,
        store: DocumentStore,
        definition: Definition,
        asked: Plan,
        *,
        find: Callable[[Plan], Awaitable[list[Record]]],
        seat_of: Callable[[Record], Seat],
    ) -> None:
        self._store = store
        self._definition = definition
        self._asked = asked
        self._find = find
        self._seat_of = seat_of
        self._matches = test_of(asked.where, asked.words)
        self._mark: Bookmark | None = None
        self._came: dict[RecordId, Seat] = {}
        """What came since, matches, and stands ahead."""
        self._replaced: dict[RecordId, Seat] = {}
        """What was there, matches, and is still to be given."""
        self._passed: set[RecordId] = set()
        """What was found last and went again, or was not there at the beginning."""

    async def pages(self) -> AsyncIterator[list[Record]]:
        """Give the records, in order.

        Raises:
            CursorError: more went during one page than the log of changes keeps, or more than `SNAPSHOT_CHANGES_MAX`
                documents were written that are still to come.

        """
        seat, is_last = self._asked.after, False
        if self._asked.at is None:
            self._mark = await self._store.last_change()
        while not is_last:
            records = await self._find(replace(self._asked, after=seat))
            await self._follow(seat, {each.id for each in records})
            is_last = len(records) < self._asked.limit
            end = None if is_last else self._seat_of(records[-1])
            yield await self._merged(records, end)
            seat = end

    async def _follow(self, seat: Seat | None, found: Set[RecordId]) -> None:
        """Learn what has happened since the last time; up to *seat* all was given, and *found* is what comes next."""
        self._passed.clear()
        is_last = self._mark is None
        while not is_last:
            page = await self._store.changes(self._mark, limit=CHANGES_AT_ONCE, with_untold=True)
            for change in page.changes:
                self._take(change, seat)
            self._passed &= found
            self._mark, is_last = page.end, page.is_last

    def _take(self, change: Change, seat: Seat | None) -> None:
        record = change.record
        if change.kind is ChangeKind.REMOVED:
            # Should it come again, it was not there.
            self._came.pop(record.id, None)
            self._replaced.pop(record.id, None)
            self._passed.add(record.id)
        elif record.id in self._came or record.id in self._replaced:
            return
        elif not change.is_told:
            self._passed.add(record.id)
        elif (stands_at := self._ahead(record, seat)) is not None:
            noted = self._replaced if change.kind is ChangeKind.HIDDEN else self._came
            noted[record.id] = stands_at
            self._check_size()

    def _ahead(self, record: Record, seat: Seat | None) -> Seat | None:
        """Say where a document stands that is still to come; None when it does not match, or is behind *seat*."""
        row = row_of(self._definition, record, fits=True)
        if row is None or row.state:
            return None
        facts = Facts(self._definition, record, row)
        stands_at = facts.seat(self._asked.order)
        is_ahead = seat is None or compare(self._asked.order, stands_at, seat) > 0
        return stands_at if is_ahead and self._matches(facts) else None

    def _check_size(self) -> None:
        if len(self._came) + len(self._replaced) > SNAPSHOT_CHANGES_MAX:
            raise CursorError(
                f"more than {SNAPSHOT_CHANGES_MAX:,} documents were written that are still to come: "
                "ask for fewer by conditions, or go through them faster"
            )

    async def _merged(self, records: list[Record], end: Seat | None) -> list[Record]:
        """Leave out what came since, and put in what was replaced, up to *end*."""
        order = self._asked.order
        found = {each.id: each for each in records if each.id not in self._came and each.id not in self._passed}
        if end is not None:
            # No page to come finds what is behind.
            self._came = {each: seat for each, seat in self._came.items() if compare(order, seat, end) > 0}
        if not self._replaced:
            return [*found.values()]
        due = [each for each, seat in self._replaced.items() if end is None or compare(order, seat, end) <= 0]
        seats = {each: self._replaced.pop(each) for each in due}
        found |= {each.id: each for each in await self._store.get(due)}
        return in_order(order, ((seats.get(each.id) or self._seat_of(each), each) for each in found.values()))
