"""The part of a store that keeps views, where its documents are in memory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from peerset.core.action import Json
from peerset.core.limits import VIEWS_MAX
from peerset.core.record import Record, RecordId
from peerset.documents.change import Bookmark
from peerset.documents.keys import ViewKey
from peerset.documents.value import Scalar
from peerset.documents.view import ViewProgress, ViewStep
from peerset.errors import ConfigError, CursorError
from peerset.stores.documented import Documented
from peerset.stores.marks import Marks
from peerset.stores.view_table import ViewTable


@dataclass(slots=True)
class _View:
    version: int
    table: ViewTable = field(default_factory=ViewTable)
    since: Bookmark | None = None
    error: str | None = None

    def begin_anew(self) -> None:
        self.table, self.since = ViewTable(), None


class Viewed(Documented):
    """What `peerset.ports.ViewStore` adds to a store of documents."""

    def __init__(self, log: int, marks: Marks | None = None) -> None:
        super().__init__(log, marks)
        self._views: dict[str, _View] = {}

    async def open_view(self, name: str, version: int) -> None:
        """Have a view; another version than before begins anew.

        Raises:
            ConfigError: there are `VIEWS_MAX` others.

        """
        self._check_open()
        known = self._views.get(name)
        if known is None and len(self._views) >= VIEWS_MAX:
            raise ConfigError(f"a room has at most {VIEWS_MAX} views")
        if known is None or known.version != version:
            self._views[name] = _View(version)

    async def drop_view(self, name: str) -> None:
        """Forget a view, if it is there."""
        self._check_open()
        self._views.pop(name, None)
        self._release()

    async def advance_view(self, name: str, step: ViewStep, *, limit: int) -> ViewProgress:
        """Let *step* take the next changes, at most *limit*."""
        self._check_open()
        view, log = self._view(name), self._documents.log
        if view.error is not None:
            return ViewProgress(0, is_caught_up=False, error=view.error)
        try:
            page = log.changes(view.since, self._documents.records, limit=limit)
        except CursorError:
            view.begin_anew()
            page = log.changes(None, self._documents.records, limit=limit)
        for count, change in enumerate(log.disclose(page.changes)):
            try:
                step(view.table, change)
            except Exception as error:  # noqa: BLE001 - the user's own code may raise anything
                view.table.undo()
                view.error = f"{type(error).__name__}: {error}"
                self._release()
                return ViewProgress(count, is_caught_up=False, error=view.error, cause=error)
            view.table.commit()
            view.since = change.bookmark
        view.since = page.end
        self._release()
        return ViewProgress(len(page.changes), is_caught_up=page.is_last, error=None)

    async def view_rows(
        self, name: str, prefix: Sequence[Scalar], *, limit: int | None, is_reversed: bool
    ) -> list[tuple[ViewKey, Json]]:
        """Give what is under the keys of a view that begin with *prefix*, in order."""
        self._check_open()
        return self._view(name).table.range(prefix, limit=limit, reverse=is_reversed)

    def _let_go(self, ids: Sequence[RecordId], *, added: Iterable[Record] = ()) -> None:
        """Take in what is *added*, then let go of *ids*, but for what views have yet to see going."""
        here = self._documents.records
        gone = [here[each] for each in ids if each in here and here[each].wire] if self._reading() else []
        self._documents.add(added, ids)
        for record in gone:
            self._documents.log.keep(record)

    def _destroy(self, ids: Sequence[RecordId]) -> None:
        """Purge records, and begin views anew that may hold what they say."""
        self._forsake(ids)
        self._documents.purge(ids)

    def _forsake(self, ids: Iterable[RecordId]) -> None:
        """Begin views anew that may hold what is about to be purged."""
        log = self._documents.log
        are_seen = any(each in log for each in ids)
        for view in self._reading():
            if view.since is not None and (are_seen or view.since != log.end()):
                view.begin_anew()

    def _reading(self) -> list[_View]:
        return [view for view in self._views.values() if view.error is None]

    def _release(self) -> None:
        known = [0 if view.since is None else view.since.known for view in self._reading()]
        self._documents.log.release(min(known, default=self._documents.log.end().known))

    def _view(self, name: str) -> _View:
        if name not in self._views:
            raise ConfigError(f"this store keeps no view {name!r}")
        return self._views[name]
