"""Which queries read much to give little: each kind is told of once, with the index to declare."""

import logging
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from typing import Final, TypeVar

from peerset.documents.asking import kind_of
from peerset.stores.indexed.advice import explain, seen_in
from peerset.stores.indexed.search import Search
from peerset.stores.indexed.tally import Tally

T = TypeVar("T")

ROWS_MANY: Final = 10_000
SHARE_SMALL: Final = 10
"""One in so many of the rows read, or more of them, is worth what it costs."""
SUSPECT_SECONDS: Final = 0.0003
"""Of computing; nothing reads `ROWS_MANY` sooner."""
LOOKED_AT_MAX: Final = 16
"""So often it is found out, for one kind of query, how many rows it reads."""
KINDS_MAX: Final = 256
"""Of so many kinds of queries it is found out."""

logger = logging.getLogger(__name__)


class SlowQueries:
    """Tells the log of queries that an index would help."""

    def __init__(self) -> None:
        self._looked_at: Counter[tuple[str, str]] = Counter()

    def watch(
        self, db: sqlite3.Connection, search: Search, answer: Callable[[Tally], T], given: Callable[[T], int]
    ) -> T:
        """Give what *answer* gives; *given* says how many documents that is."""
        tally = Tally()
        before = time.thread_time()
        found = answer(tally)
        if time.thread_time() - before > SUSPECT_SECONDS:
            self._look(db, search, tally, given(found))
        return found

    def _look(self, db: sqlite3.Connection, search: Search, tally: Tally, given: int) -> None:
        kind = search.plan.collection, kind_of(search.plan)
        if self._looked_at[kind] >= LOOKED_AT_MAX or seen_in(db, search.table) <= ROWS_MANY:
            return
        if kind not in self._looked_at and len(self._looked_at) >= KINDS_MAX:
            return
        self._looked_at[kind] += 1
        said = explain(db, search)
        rows = said.rows_read if tally.rows is None else tally.rows
        if rows > ROWS_MANY and given * SHARE_SMALL < rows:
            self._looked_at[kind] = LOOKED_AT_MAX
            help_ = f"declare {said.advice}" if said.advice else "no index would help"
            logger.warning("a query of %r (%s) read %d rows to give %d: %s", *kind, rows, given, help_)
