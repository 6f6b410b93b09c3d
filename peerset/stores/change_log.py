"""The log of changes of stores that keep their documents in memory: what is seen, since when, and what went."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.limits import CHANGES_KEPT_MAX, CHANGES_KEPT_SECONDS
from peerset.core.record import Record, RecordId, shell_of
from peerset.documents.change import Bookmark, Change, ChangeKind, Changes
from peerset.errors import CursorError

LOG_BITS: Final = 32


@dataclass(frozen=True, slots=True)
class _Came:
    at: int
    kind: ChangeKind


@dataclass(frozen=True, slots=True)
class _Went:
    at: int
    came_at: int
    kind: ChangeKind
    shell: Record
    time: UnixTime


class ChangeLog:
    """What `peerset.ports.DocumentStore.changes` gives; *log* tells it from others."""

    def __init__(self, log: int) -> None:
        self._log = log
        self._last = 0
        self._came: dict[RecordId, _Came] = {}
        """What is seen, in the order in which it began to be."""
        self._went: deque[_Went] = deque()
        self._forgotten = 0
        """The number of the last entry of those that went which is kept no longer."""
        self._now = UnixTime(0)
        self._kept: dict[RecordId, tuple[int, Record]] = {}
        """What is gone, since when, and what views have yet to see going."""

    def __contains__(self, record_id: RecordId) -> bool:
        """Say whether a record is seen."""
        return record_id in self._came

    def show(self, record_id: RecordId, kind: ChangeKind) -> None:
        """Log that a record is seen from now on."""
        self._last += 1
        self._came[record_id] = _Came(self._last, kind)

    def hide(self, record: Record, kind: ChangeKind) -> None:
        """Log that *record* is seen no more."""
        came, self._last = self._came.pop(record.id), self._last + 1
        shell = shell_of(record.id, record.author, record.created_at, record.kind)
        self._went.append(_Went(self._last, came.at, kind, shell, self._now))
        while len(self._went) > CHANGES_KEPT_MAX:
            self._forget()

    def keep(self, record: Record) -> None:
        """Keep a record that is gone until every view has seen it go."""
        self._kept[record.id] = (self._last, record)

    def release(self, known: int) -> None:
        """Let go of what every view has seen, up to the number *known*."""
        self._kept = {at: kept for at, kept in self._kept.items() if kept[0] > known}

    def disclose(self, changes: Iterable[Change]) -> list[Change]:
        """Give *changes* with what is kept of records that are gone."""
        return [
            replace(each, record=self._kept[each.record.id][1])
            if not each.record.wire and each.record.id in self._kept
            else each
            for each in changes
        ]

    def sweep(self, now: UnixTime) -> None:
        """Forget what went long ago; what went before the first sweep of all, went just now."""
        if not self._now:
            self._went = deque(replace(each, time=now) for each in self._went)
        self._now = now
        while self._went and self._went[0].time < now - CHANGES_KEPT_SECONDS:
            self._forget()

    def end(self) -> Bookmark:
        """Give the bookmark of who knows everything."""
        return Bookmark(self._log, self._last, self._last)

    def changes(
        self, since: Bookmark | None, records: Mapping[RecordId, Record], *, limit: int, with_untold: bool = False
    ) -> Changes:
        """Give the next page; the content of what is still here is in *records*.

        Raises:
            CursorError: the log no longer reaches back so far, or is another one.

        """
        mark = Bookmark(self._log, 0, self._last) if since is None else since
        self._check(mark)
        found: list[Change] = []
        for went in _after(self._went, mark.known):
            is_told = went.came_at <= mark.position
            if with_untold or is_told:
                if len(found) == limit:
                    return Changes(tuple(found), mark, is_last=False)
                mark = Bookmark(self._log, mark.position, went.at)
                found.append(Change(mark, went.kind, records.get(went.shell.id, went.shell), is_told=is_told))
        mark = Bookmark(self._log, mark.position, self._last)
        for record_id, came in _after_came(self._came, mark.position):
            if len(found) == limit:
                return Changes(tuple(found), mark, is_last=False)
            mark = Bookmark(self._log, came.at, self._last)
            found.append(Change(mark, came.kind, records[record_id]))
        return Changes(tuple(found), self.end(), is_last=True)

    def _check(self, mark: Bookmark) -> None:
        if mark.log != self._log or mark.known > self._last:
            raise CursorError(f"{mark} is a place in another log of changes than this store's: start over")
        if mark.known < self._forgotten:
            raise CursorError(f"the log of changes no longer reaches back to {mark}: start over")

    def _forget(self) -> None:
        self._forgotten = self._went.popleft().at


def _after(went: deque[_Went], known: int) -> list[_Went]:
    found: list[_Went] = []
    for each in reversed(went):
        if each.at <= known:
            break
        found.append(each)
    return found[::-1]


def _after_came(came: dict[RecordId, _Came], position: int) -> list[tuple[RecordId, _Came]]:
    found: list[tuple[RecordId, _Came]] = []
    for record_id in reversed(came):
        if came[record_id].at <= position:
            break
        found.append((record_id, came[record_id]))
    return found[::-1]
