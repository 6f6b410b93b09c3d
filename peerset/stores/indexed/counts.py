"""How many documents have a value: kept for those that many have and that are counted again and again.

To count them an index reads a row for each. What is kept is kept right by triggers, within the transaction of whatever
changes a document; a collection of which nothing is kept has none.
"""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from peerset.core.limits import INDEX_FIELDS_MAX
from peerset.documents.definition import Definition
from peerset.documents.plan import Plan
from peerset.documents.where import Condition, Op, Where
from peerset.stores.indexed.conditions import Bound, kind_of, rank_of
from peerset.stores.indexed.figures import count_rows
from peerset.stores.indexed.search import Search
from peerset.stores.indexed.tables import Table

ROWS_MIN: Final = 1_000
"""Fewer are soon counted."""
TIMES_MIN: Final = 2
"""So often they are counted before that is kept."""
KEPT_MAX: Final = 1_000
"""So many counts are kept of one collection, of values that are counted no more among them; then it begins anew."""
FIELDS_MAX: Final = 8
"""Of so many fields, or fields together."""
ASKED_MAX: Final = 4_096
"""Of so many values it is remembered how often they were counted."""

_VALUES: Final = "abcd"
"""The columns of values."""

STATEMENTS: Final = (
    """CREATE TABLE counted (
        collection INTEGER NOT NULL,
        fields TEXT NOT NULL,
        a ANY NOT NULL,
        b ANY NOT NULL DEFAULT 0,
        c ANY NOT NULL DEFAULT 0,
        d ANY NOT NULL DEFAULT 0,
        seen INTEGER NOT NULL,
        PRIMARY KEY (collection, fields, a, b, c, d)
    ) STRICT, WITHOUT ROWID""",
)


class Values(NamedTuple):
    """Columns, and the value that each has."""

    columns: tuple[str, ...]
    values: tuple[Bound, ...]

    @property
    def fields(self) -> str:
        """The name of these columns together."""
        return " ".join(self.columns)


def values_of(definition: Definition, where: Where) -> Values | None:
    """Say which values conditions ask for, of which columns; None if they ask for anything else."""
    found: dict[str, Bound] = {}
    for part in where:
        if not isinstance(part, Condition) or part.op is not Op.EQ or part.value is None:
            return None
        kind = kind_of(definition, part.field)
        if not kind.column or kind.column in found or rank_of(part.value) != kind.rank:
            return None
        found[kind.column] = kind.bound(part.value)
    if not 0 < len(found) <= INDEX_FIELDS_MAX:
        return None
    return Values(tuple(sorted(found)), tuple(found[column] for column in sorted(found)))


def kept_count(db: sqlite3.Connection, table: Table, values: Values) -> int | None:
    """Give how many documents have these values, if it is kept."""
    row = db.execute(_READ[len(values.values)], (table.number, values.fields, *values.values)).fetchone()
    return None if row is None else int(row[0])


def keep_count(db: sqlite3.Connection, search: Search) -> bool:
    """Keep from now on how many documents match; say whether what was kept before was let go for it."""
    table, values = search.table, values_of(search.definition, search.plan.where)
    if values is None or kept_count(db, table, values) is not None:
        return False
    known = {fields for (fields,) in db.execute(_FIELDS, (table.number,))}
    (count,) = db.execute("SELECT count(*) FROM counted WHERE collection = ?", (table.number,)).fetchone()
    is_full = count >= KEPT_MAX or len(known | {values.fields}) > FIELDS_MAX
    if is_full:
        forget_counts(db, table)
    if is_full or values.fields not in known:
        for statement in _triggers(table, values):
            db.execute(statement)
    names = ", ".join(_VALUES[: len(values.values)])
    marks = ", ".join("?" * len(values.values))
    db.execute(
        f"INSERT INTO counted (collection, fields, {names}, seen) VALUES (?, ?, {marks}, ?)",
        (table.number, values.fields, *values.values, count_rows(db, search.whole)),
    )
    return is_full


def forget_counts(db: sqlite3.Connection, table: Table) -> None:
    """Let go of what is kept of a collection."""
    asked = "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?"
    for (name,) in db.execute(asked, (table.docs,)).fetchall():
        db.execute(f'DROP TRIGGER "{name}"')
    db.execute("DELETE FROM counted WHERE collection = ?", (table.number,))


class Asked:
    """Remembers what is counted again and again."""

    def __init__(self) -> None:
        self._times: Counter[object] = Counter()

    def is_worth_keeping(self, plan: Plan, found: int) -> bool:
        """Note that so many were counted; say whether that is to be kept from now on, once."""
        if found < ROWS_MIN or plan.words or plan.at is not None:
            return False
        named = []
        for part in plan.where:
            if not isinstance(part, Condition) or isinstance(part.value, list | dict):
                return False
            named.append((part.field, part.op.value, part.value))
        if len(self._times) >= ASKED_MAX:
            self._times.clear()
        said = plan.collection, tuple(named)
        self._times[said] += 1
        return self._times[said] == TIMES_MIN

    def forget(self) -> None:
        """Begin anew."""
        self._times.clear()


_FIELDS: Final = "SELECT DISTINCT fields FROM counted WHERE collection = ?"


def _read(count: int) -> str:
    names = "".join(f" AND {name} = ?" for name in _VALUES[:count])
    return f"SELECT seen FROM counted WHERE collection = ? AND fields = ?{names}"


_READ: Final = [_read(count) for count in range(len(_VALUES) + 1)]


def _triggers(table: Table, values: Values) -> Sequence[str]:
    """Write what keeps the counts of some columns right, whatever happens to the rows of documents."""
    docs, columns = table.docs, values.columns
    begin = f"CREATE TRIGGER {docs}_counted_{'_'.join(columns)}"

    def counted(row: str, change: str) -> str:
        same = "".join(f" AND {name} = {row}.{column}" for name, column in zip(_VALUES, columns, strict=False))
        return (
            f"UPDATE counted SET seen = seen {change} WHERE {row}.state = 0 AND collection = {table.number} "
            f"AND fields = '{values.fields}'{same};"
        )

    return (
        f"{begin}_new AFTER INSERT ON {docs} BEGIN {counted('new', '+ 1')} END",
        f"{begin}_old AFTER DELETE ON {docs} BEGIN {counted('old', '- 1')} END",
        f"{begin} AFTER UPDATE OF state, {', '.join(columns)} ON {docs} "
        f"BEGIN {counted('old', '- 1')} {counted('new', '+ 1')} END",
    )
