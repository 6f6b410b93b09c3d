"""How a search goes about it, and which index would serve it better."""

import sqlite3
from typing import Final

from peerset.core.limits import INDEX_FIELDS_MAX, INTEGER_MAX
from peerset.documents.order import TIME, Term
from peerset.documents.plan import Explanation
from peerset.documents.where import Condition, Op
from peerset.stores.indexed.conditions import is_range
from peerset.stores.indexed.leads import led, rows_of
from peerset.stores.indexed.search import Search, would_help
from peerset.stores.indexed.streams import pieces_of, sources_of
from peerset.stores.indexed.tables import Table, column_of

FEW_ROWS: Final = 1_000
"""Of a search that reads no more by an index there is nothing to gain."""


def explain(db: sqlite3.Connection, search: Search) -> Explanation:
    """Say how a search goes about it."""
    search = led(db, search, is_in_order=search.kinds is not None)
    if search.lead is not None:
        return Explanation((search.lead.name,), rows_of(db, search.lead), "")
    fields = None if search.index is None else tuple(str(term) for term in search.index.terms)
    rows = rows_read(db, search)
    return Explanation(fields, rows, advice_of(search) if not search.is_narrowed or rows > FEW_ROWS else "")


def rows_read(db: sqlite3.Connection, search: Search) -> int:
    """Give how many rows a search reads, about."""
    is_page = search.is_ordered and search.is_exact and search.clause.sql == search.narrowing.sql
    limit = search.plan.limit if is_page else INTEGER_MAX
    return _narrowed(db, search, limit) if search.is_narrowed else min(seen_in(db, search.table), limit)


def _narrowed(db: sqlite3.Connection, search: Search, limit: int) -> int:
    """Count what an index leaves, up to a limit: nothing is read beyond what a page reads."""
    rows = 0
    for source, values in sources_of(search, search.narrowing, pieces_of(db, search)):
        asked = f"SELECT count(*) FROM (SELECT 1 {source} LIMIT ?)"
        rows += db.execute(asked, (*values, limit - rows)).fetchone()[0]
    return rows


def seen_in(db: sqlite3.Connection, table: Table) -> int:
    """Give how many documents of a collection are seen, which is kept."""
    (seen,) = db.execute("SELECT seen FROM collection WHERE number = ?", (table.number,)).fetchone()
    return int(seen)


def advice_of(search: Search) -> str:
    """Say what to declare so that a search reads less; empty when nothing would help."""
    terms = _wanted(search)
    if terms and would_help(search, (*terms, Term(TIME, is_descending=True))):
        names = [str(term) for term in terms]
        return f"indexes=[{names[0]!r}]" if len(names) == 1 else f"indexes=[{tuple(names)!r}]"
    for each in search.plan.where:
        if isinstance(each, Condition):
            if each.op is Op.HAS and each.field not in search.definition.arrays:
                return f"indexes=['{each.field}[]']"
            if each.op in (Op.WITHIN, Op.NEAR) and search.definition.place is None:
                return f"place={each.field!r}"
    return ""


def _wanted(search: Search) -> list[Term]:
    """Give the fields of the index that a search could use best: what is fixed, then its order, or a range."""
    where = [each for each in search.plan.where if isinstance(each, Condition) and each.field != TIME]
    where = [each for each in where if column_of(search.definition, each.field) is not None]
    fixed = [Term(each.field) for each in where if each.op is Op.EQ]
    ranges = [each.field for each in where if is_range(each) and each.field not in search.fixed]
    order = [term for term in search.plan.order[:-1] if term.field not in search.fixed] if search.kinds else []
    if ranges and (not order or order[0].field not in ranges):
        order = [Term(ranges[0])]
    return list(dict.fromkeys([*fixed, *order]))[: INDEX_FIELDS_MAX - 1]
