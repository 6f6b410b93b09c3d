"""Writing documents: what is added, removed, purged, marked or expires, with all that this does to the rest."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from peerset.core.envelope import UnreadRecord
from peerset.core.record import Record, RecordId
from peerset.documents.change import ChangeKind
from peerset.documents.document import ABSENT, CLOSED, Row, State, collection_of, columns_of, row_of
from peerset.documents.value import Scalar
from peerset.stores.indexed import batches, links, remains
from peerset.stores.indexed.catalog import Catalog
from peerset.stores.indexed.draft import Draft, Slot, json_of
from peerset.stores.indexed.entries import delete_entries, insert_entries
from peerset.stores.indexed.ledger import Entry, Ledger, log_gone, sweep_gone
from peerset.stores.indexed.numbers import read_number, read_outset, write_number
from peerset.stores.indexed.slots import contest, group, moved, slots_of
from peerset.stores.indexed.tables import Table, next_generation, with_links
from peerset.stores.lookup import rows_of
from peerset.stores.selection import number_array

Numbered = Sequence[tuple[int, Record]]


class Writer:
    """One transaction's changes. Ends by `finish`; what concerns registers and batches is found there, once."""

    def __init__(self, db: sqlite3.Connection, catalog: Catalog) -> None:
        self._outset = read_outset(db)
        catalog.refresh(db, self._outset.generation)
        self._db = db
        self._catalog = catalog
        self._tables = dict(catalog.tables)
        self._ledger = Ledger(db, self._outset.last)
        self._drafts: list[Draft] = []
        self._touched: dict[Slot, set[int]] = {}
        self._batches: set[batches.Batch] = set()
        self._parents: dict[str, set[int]] = {}
        self._met: dict[RecordId, int] = {}
        """The versions of registers that were looked at, by their ids."""
        self._names: set[RecordId] = set()
        """Of what is gone, and of what deletions that are gone named."""

    @property
    def since(self) -> int:
        """The last number before this transaction."""
        return self._ledger.since

    # What happens to records.

    def delete(self, numbers: Sequence[int], *, is_logged: bool = True) -> None:
        """Let go of records that are about to be deleted; what is not logged must be forgotten by all."""
        array = number_array(numbers)
        seen = self._db.execute(
            "SELECT value, coalesce(came, value) FROM json_each(?) LEFT JOIN standing ON number = value "
            "WHERE coalesce(state, 0) = 0 ORDER BY value",
            (array,),
        ).fetchall()
        if seen and is_logged:
            log_gone(self._db, [(number, came, ChangeKind.REMOVED) for number, came in seen])
        self._db.execute("DELETE FROM standing WHERE number IN (SELECT value FROM json_each(?))", (array,))
        remains.forget(self._db, array)
        for table in self._tables.values():
            self._unread(table, array)
        if not batches.is_empty(self._db):
            self._batches |= batches.commits_among(self._db, array)
            self._names |= batches.names_among(self._db, array)
            batches.forget_commits(self._db, array)

    def add(self, numbered: Numbered) -> None:
        """Take in new records, which are there already."""
        self._batches |= batches.take_in(self._db, numbered, has_commits=self._outset.has_commits)
        strange = self.read(numbered)
        if strange:
            self._leave(strange, numbered[-1][0])
        unread = [(number, record.why) for number, record in numbered if isinstance(record, UnreadRecord)]
        for why in dict.fromkeys(why for _, why in unread):
            self.mark([number for number, each in unread if each is why], State.SEALED | CLOSED[why], is_set=True)

    def read(self, numbered: Numbered) -> dict[str, int]:
        """Read records as documents, those that are; give which collections of others are not read, with the first."""
        now = self._outset.swept
        strange: dict[str, int] = {}
        for number, record in numbered:
            name = collection_of(record)
            found = self._catalog.reader(name)
            if found is None:
                if name is not None:
                    strange.setdefault(name, number)
                continue
            definition, table = found
            row = row_of(definition, record)
            if row is not None:
                self._drafts.append(Draft(number, record, table, definition, row, self._alone(number, row, now)))
                if row.batch is not None:
                    self._batches.add((record.author, row.batch))
        return strange

    def mark(self, numbers: Sequence[int], state: State, *, is_set: bool) -> None:
        """Set or clear bits."""
        entries = self._ledger.load(numbers, self._tables.values())
        for entry in entries:
            entry.mark = entry.mark | state if is_set else entry.mark & ~state
            self._ledger.revise(entry)
        self._touch(entries)

    def purge(self, numbers: Sequence[int]) -> None:
        """Forget what records say."""
        array = number_array(numbers)
        remains.keep(self._db, array, self._tables.values(), opening=self._catalog.open)
        for table in list(self._tables.values()):
            self.restore(table)
            if table.columns:
                cleared = ", ".join(f"f{place} = NULL" for place in range(table.columns))
                self._db.execute(
                    f"UPDATE {table.docs} SET {cleared} WHERE number IN (SELECT value FROM json_each(?))", (array,)
                )
            delete_entries(self._db, table, array, for_good=True)
        self._batches |= batches.commits_among(self._db, array)
        batches.forget_commits(self._db, array)
        self.mark(numbers, State.VOID, is_set=True)

    def restore(self, table: Table) -> None:
        """Have in a table what is left of purged documents of its collection."""
        left = remains.left_for(self._db, table)
        if not left:
            return
        if any(each.parents for _, _, _, each in left):
            table = with_links(self._db, table)
        self._tables[table.name] = table
        remains.insert_rows(self._db, table, left)
        states = {number: each.state for number, _, _, each in left}
        entries = self._ledger.load(states, ())
        for entry in entries:
            entry.table = table
            # What is being purged before its collection was read so far has a row by now, and is not counted yet.
            self._ledger.tally(table, int(not entry.state))
            self._ledger.revise(entry, own=states[entry.number])
        parts = [(author, each.batch, number) for number, author, _, each in left if each.batch is not None]
        batches.add_parts(self._db, parts)
        self._batches |= {(author, nonce) for author, nonce, _ in parts}
        self._touch(entries)
        self._loosen(table, states)
        if self._tables[table.name].has_links:
            self._parents.setdefault(table.name, set()).update(states)

    def sweep(self, now: int) -> list[int]:
        """Let nobody see what expires by *now*; give what newly does."""
        now = max(now, read_number(self._db, "swept"))
        write_number(self._db, "swept", now)
        sweep_gone(self._db, now)
        numbers = [number for (number,) in self._db.execute("SELECT number FROM expiry WHERE at <= ?", (now,))]
        self._db.execute("DELETE FROM expiry WHERE at <= ?", (now,))
        found = self._ledger.load(numbers, self._tables.values())
        for entry in found:
            self._ledger.revise(entry, bits=State.EXPIRED)
        self._touch(found)
        return [entry.number for entry in found]

    def forget(self, table: Table) -> None:
        """Let go of all documents of a collection; their records stay. Its tables are about to be dropped."""
        veiled = self._db.execute(f"SELECT number FROM {table.docs} WHERE state != 0").fetchall()
        for entry in self._ledger.load([number for (number,) in veiled], [table]):
            entry.table = None
            self._ledger.revise(entry, own=State(0))
        if table.has_links:
            self._db.execute(f"DELETE FROM link WHERE child IN (SELECT number FROM {table.docs})")
        for name in ("expiry", "part"):
            self._db.execute(f"DELETE FROM {name} WHERE number IN (SELECT number FROM {table.docs})")
        del self._tables[table.name]

    # What follows from it.

    def finish(self) -> None:
        """Find all states that depend on others, write the new documents, and log what changed."""
        if self._names:
            self._batches |= batches.recheck(self._db, self._names)
        if self._batches:
            self._complete()
        if self._drafts or self._touched:
            tables = {table.number: table for table in self._tables.values()}
            self._met = contest(self._ledger, tables, group(self._drafts), self._touched)
        for name in dict.fromkeys(draft.table.name for draft in self._drafts):
            self._insert(self._tables[name], [draft for draft in self._drafts if draft.table.name == name])
        for entry in self._ledger.entries:
            if entry.table is not None and bool(entry.before & ABSENT) != bool(entry.state & ABSENT):
                self._loosen(entry.table, [entry.number])
        for name, numbers in self._parents.items():
            links.refollow(self._db, self._tables[name], numbers)
        self._ledger.finish()

    def _leave(self, strange: Mapping[str, int], last: int) -> None:
        """Note what collections lack that the file has and this process did not define.

        Whoever defines one of them next finds there with what it has to catch up: *strange* are the first documents by
        the names of their collections, and *last* is the last record.
        """
        for table in self._catalog.unread(strange):
            first = min(number for name, number in strange.items() if name in table.names)
            self._db.execute(
                "UPDATE collection SET target = max(target, ?), built = min(built, ?) WHERE number = ?",
                (last, first - 1, table.number),
            )
            next_generation(self._db)

    def _alone(self, number: int, row: Row, now: int) -> State:
        """Give the state of a new document whatever competes with it; complete batches are found later."""
        state = row.state
        if row.expires_at is not None and row.expires_at <= now:
            state |= State.EXPIRED
        if row.batch is not None:
            state |= State.INCOMPLETE
        if number <= self.since:
            (entry,) = self._ledger.load([number], ())
            state |= entry.mark
        return state

    def _complete(self) -> None:
        batches.add_parts(
            self._db,
            (
                (draft.record.author, draft.row.batch, draft.number)
                for draft in self._drafts
                if draft.row.batch is not None
            ),
        )
        drafts = {draft.number: draft for draft in self._drafts}
        for batch in sorted(self._batches):
            complete = batches.complete_ids(self._db, batch)
            for number, record_id in batches.parts_of(self._db, batch):
                bits = State(0) if record_id in complete else State.INCOMPLETE
                if number in drafts:
                    draft = drafts[number]
                    draft.state = draft.state & ~State.INCOMPLETE | bits
                    continue
                (entry,) = self._ledger.load([number], self._tables.values())
                if entry.state & State.INCOMPLETE != bits:
                    self._ledger.revise(entry, bits=bits, without=State.INCOMPLETE)
                    self._touch([entry])

    def _touch(self, entries: Sequence[Entry]) -> None:
        """Remember that the registers of these documents have to be looked at."""
        tables = {table.number: table for table in self._tables.values()}
        for number, numbers in moved(entries).items():
            for slot, inside in slots_of(self._db, tables[number], number_array(numbers)).items():
                self._touched.setdefault(slot, set()).update(inside)

    def _loosen(self, table: Table, numbers: Iterable[int]) -> None:
        """Remember that what these documents follow may not be followed any more, or again."""
        if self._tables[table.name].has_links:
            self._parents.setdefault(table.name, set()).update(links.parents_of(self._db, numbers))

    def _unread(self, table: Table, array: str) -> None:
        """Take out documents, numbers as JSON, of one table."""
        here, seen = self._db.execute(
            f"SELECT json_group_array(number), count(*) FILTER (WHERE state = 0) FROM {table.docs} "
            "WHERE number IN (SELECT value FROM json_each(?))",
            (array,),
        ).fetchone()
        if here == "[]":
            return
        self._ledger.tally(table, -seen)
        for slot in slots_of(self._db, table, here):
            self._touched.setdefault(slot, set())
        if table.has_links:
            numbers = [number for (number,) in self._db.execute("SELECT value FROM json_each(?)", (here,))]
            self._loosen(table, numbers)
            links.delete_links(self._db, here)
        delete_entries(self._db, table, here)
        for name in (table.docs, "expiry", "part"):
            self._db.execute(f"DELETE FROM {name} WHERE number IN (SELECT value FROM json_each(?))", (here,))

    def _insert(self, table: Table, drafts: Sequence[Draft]) -> None:
        """Write the rows of new documents of one collection."""
        following = [draft for draft in drafts if draft.row.parents]
        if following:
            table = self._tables[table.name] = with_links(self._db, table)
        self._db.executemany(_insertion(table.docs, table.columns), [_values(table, draft) for draft in drafts])
        self._ledger.tally(table, sum(not draft.state for draft in drafts))
        self._insert_others(table, drafts)
        if following:
            links.insert_links(self._db, following)
            self._parents.setdefault(table.name, set()).update(self._numbers_followed(following))
        if table.has_links:
            self._parents.setdefault(table.name, set()).update(draft.number for draft in drafts)

    def _numbers_followed(self, drafts: Sequence[Draft]) -> set[int]:
        """Give what is here of what new documents follow: mostly the versions that they replace."""
        named = {parent for draft in drafts for parent in draft.row.parents}
        found = {self._met[each] for each in named if each in self._met}
        return found if len(found) == len(named) else found | links.numbers_of(self._db, named - self._met.keys())

    def _insert_others(self, table: Table, drafts: Sequence[Draft]) -> None:
        self._ledger.introduce(draft for draft in drafts if draft.state or draft.number <= self.since)
        expiring = [
            (draft.row.expires_at, draft.number)
            for draft in drafts
            if draft.row.expires_at is not None and not draft.state & State.EXPIRED
        ]
        if expiring:
            self._db.executemany("INSERT INTO expiry (at, number) VALUES (?, ?)", expiring)
        insert_entries(self._db, table, drafts)


def number_rows(db: sqlite3.Connection, ids: Sequence[RecordId]) -> list[int]:
    """Give the numbers of those of *ids* that are here."""
    return [number for number, _, _ in rows_of(db, ids)]


@lru_cache(maxsize=64)
def _insertion(docs: str, columns: int) -> str:
    """Write the statement that adds a document to a table."""
    marks = ", ".join("?" * (2 + columns))
    fields = "".join(f", f{place}" for place in range(columns))
    # Where a trigger counts, SQLite would else be ready to undo each row by itself; the transaction does that for all.
    return (
        f"INSERT OR FAIL INTO {docs} (number, span, stamp, state, own, is_followed, key, author{fields}) "
        f"VALUES (?, ?, ?, ?, ?, 0, {marks})"
    )


def _values(table: Table, draft: Draft) -> tuple[Scalar | bytes, ...]:
    record, row = draft.record, draft.row
    fields = (json_of(draft),) if draft.definition.schema is None else columns_of(draft.definition, row)
    own = table.span_of(record.created_at), row.stamp, int(draft.state), int(row.state), row.key, row.author
    return draft.number, *own, *fields
