"""What changes of records' states in one transaction, and the entries of the log that this makes."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from peerset.core.limits import CHANGES_KEPT_MAX, CHANGES_KEPT_SECONDS
from peerset.documents.change import ChangeKind
from peerset.documents.document import State
from peerset.stores.indexed.draft import Draft
from peerset.stores.indexed.numbers import read_number, write_number
from peerset.stores.indexed.tables import Table
from peerset.stores.numbering import reserve_numbers
from peerset.stores.selection import number_array

NO_BITS: Final = State(0)

KEPT_BITS: Final = State.EXPIRED | State.INCOMPLETE
"""Of a document's state, what is neither told by marks nor by the record alone nor by its rivals."""


@dataclass(slots=True)
class Entry:
    """One record whose state may change."""

    number: int
    table: Table | None
    """Of a document."""
    own: State
    mark: State
    state: State
    before: State
    came: int | None
    """When it began to be seen; None when it was not seen before."""


class Ledger:
    """States that change; *since* is the last number before the transaction: what is above it is new."""

    def __init__(self, db: sqlite3.Connection, since: int) -> None:
        self.db = db
        self.since = since
        self._entries: dict[int, Entry] = {}
        self._seen: dict[int, int] = {}
        """By how many more, or fewer, the documents of a table are seen, by its number."""

    def __contains__(self, number: int) -> bool:
        return number in self._entries

    def load(self, numbers: Iterable[int], tables: Iterable[Table]) -> list[Entry]:
        """Read records, documents of *tables* or none."""
        asked = list(dict.fromkeys(numbers))
        array = number_array(each for each in asked if each not in self._entries)
        if array != "[]":
            rows = self.db.execute(
                "SELECT value, coalesce(mark, 0), coalesce(state, 0), iif(standing.number IS NULL, value, came) "
                "FROM json_each(?) LEFT JOIN standing ON number = value",
                (array,),
            )
            for number, mark, state, came in rows:
                self._entries[number] = Entry(number, None, State(0), State(mark), State(state), State(state), came)
            for table in tables:
                for number, own in self.db.execute(
                    f"SELECT number, own FROM {table.docs} WHERE number IN (SELECT value FROM json_each(?))", (array,)
                ):
                    self._entries[number].table, self._entries[number].own = table, State(own)
        return [self._entries[each] for each in asked]

    @property
    def entries(self) -> list[Entry]:
        """All records of which a state was asked for."""
        return list(self._entries.values())

    def introduce(self, drafts: Iterable[Draft]) -> None:
        """Take in new documents that are not seen."""
        for draft in drafts:
            found = self._entries.get(draft.number)
            if found is None:
                # Nothing but this transaction knows of it, so nobody saw it before.
                found = Entry(draft.number, None, State(0), State(0), draft.state, draft.state, None)
                self._entries[draft.number] = found
            found.table, found.own, found.state = draft.table, draft.row.state, draft.state

    def revise(
        self, entry: Entry, *, own: State | None = None, bits: State = NO_BITS, without: State = NO_BITS
    ) -> None:
        """Find the state of a record alone anew, whatever competes with it; *bits* are of `KEPT_BITS`."""
        if own is not None:
            entry.own = own
        kept = (entry.state & KEPT_BITS if entry.table is not None else State(0)) & ~without | bits
        self.write(entry, entry.mark | entry.own | kept)

    def write(self, entry: Entry, state: State) -> None:
        """Change a state, in the document's row at once."""
        if state != entry.state and entry.table is not None:
            self.db.execute(f"UPDATE {entry.table.docs} SET state = ? WHERE number = ?", (int(state), entry.number))
            self.tally(entry.table, (not state) - (not entry.state))
        entry.state = state

    def tally(self, table: Table, change: int) -> None:
        """Count documents that begin, or cease, to be seen."""
        self._seen[table.number] = self._seen.get(table.number, 0) + change

    def finish(self) -> None:
        """Write what changed, and log what is seen no more, then what is seen from now on."""
        for table, change in self._seen.items():
            self.db.execute("UPDATE collection SET seen = seen + ? WHERE number = ?", (change, table))
        entries = sorted(self._entries.values(), key=lambda each: each.number)
        went = [each for each in entries if not each.before and each.state and each.number <= self.since]
        if went:
            log_gone(self.db, [(each.number, each.came or each.number, _why(each.state)) for each in went])
        shown = [each for each in entries if each.before and not each.state and each.number <= self.since]
        if shown:
            first = reserve_numbers(self.db, len(shown))
            for cursor, each in enumerate(shown, first):
                each.came = cursor
        for each in entries:
            self._write_standing(each)

    def _write_standing(self, entry: Entry) -> None:
        if entry.state:
            entry.came = None
        elif entry.number > self.since:
            entry.came = entry.number
        if not entry.state and not entry.mark and entry.came == entry.number:
            self.db.execute("DELETE FROM standing WHERE number = ?", (entry.number,))
            return
        self.db.execute(
            "INSERT OR REPLACE INTO standing (number, mark, state, came) VALUES (?, ?, ?, ?)",
            (entry.number, int(entry.mark), int(entry.state), entry.came),
        )


def log_gone(db: sqlite3.Connection, went: Sequence[tuple[int, int, ChangeKind]]) -> None:
    """Log that records, which are here still, are seen no more: each by its number, since when it was seen, and why."""
    first, at = reserve_numbers(db, len(went)), read_number(db, "swept")
    db.executemany(
        "INSERT INTO gone (cursor, came, why, at, number, id, author, created_at, kind) "
        "SELECT ?, ?, ?, ?, number, id, author, created_at, kind FROM record WHERE number = ?",
        ((cursor, came, why.value, at, number) for cursor, (number, came, why) in enumerate(went, first)),
    )
    # Each by a statement of its own: of two in one SQLite reads the whole log.
    low, high = db.execute("SELECT (SELECT min(entry) FROM gone), (SELECT max(entry) FROM gone)").fetchone()
    if high - low >= CHANGES_KEPT_MAX:
        forget_gone(db, "entry <= ?", high - CHANGES_KEPT_MAX)


def sweep_gone(db: sqlite3.Connection, now: int) -> None:
    """Forget what went long before *now*."""
    # Their times never go down along the log.
    row = db.execute("SELECT at FROM gone ORDER BY entry LIMIT 1").fetchone()
    if row is not None and row[0] < now - CHANGES_KEPT_SECONDS:
        forget_gone(db, "at < ?", now - CHANGES_KEPT_SECONDS)


def forget_gone(db: sqlite3.Connection, condition: str, value: int) -> None:
    """Forget entries of the log, the oldest, and remember that they were there."""
    (last,) = db.execute(f"SELECT max(cursor) FROM gone WHERE {condition}", (value,)).fetchone()
    if last is not None:
        write_number(db, "forgotten", last)
        db.execute("DELETE FROM gone WHERE cursor <= ?", (last,))
        # Views that did not come so far begin anew.
        db.execute("DELETE FROM parting WHERE cursor <= ?", (last,))


def forget_log(db: sqlite3.Connection) -> None:
    """Forget the whole log: whoever follows it begins anew."""
    write_number(db, "forgotten", reserve_numbers(db, 1))
    db.execute("DELETE FROM gone")
    db.execute("DELETE FROM parting")


def _why(state: State) -> ChangeKind:
    return ChangeKind.REMOVED if state & (State.VOID | State.EXPIRED) else ChangeKind.HIDDEN
