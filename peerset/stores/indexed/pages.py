"""One page of a search as one statement: the file merges the spans of the index, and gives the records as well."""

import sqlite3
from collections.abc import Sequence
from typing import Final, TypeAlias

from peerset.core.record import RecordId
from peerset.stores.indexed.conditions import Bound, Clause, either, every
from peerset.stores.indexed.search import Search
from peerset.stores.indexed.streams import directions, legs_of, pieces_of, select_past, source_of, sources_of
from peerset.stores.indexed.tally import Tally

Found: TypeAlias = tuple[RecordId, bytes]
"""A record's id and its wire form."""
Branch: TypeAlias = tuple[str, tuple[Bound, ...]]
"""From where rows come, with the values it wants."""

BRANCHES_MAX: Final = 60
"""So many branches the file merges in one statement; its own limit is 500."""
FEW: Final = 1_000
"""Rows that are read and sorted at once, rather than looked for in order."""
WALKED: Final = 256
"""Rows that are read in order, in the hope that enough of them match; then one in `WALKED_SHARE` of all."""
WALKED_SHARE: Final = 32
TIES: Final = 8


def page_of(db: sqlite3.Connection, search: Search, tally: Tally) -> list[Found]:
    """Give what stands after the seat of the plan, at most its limit, of a search that tests no documents."""
    if search.clause.is_never or not search.plan.limit:
        return []
    walk = search.walk
    if walk is None or search.is_keyed or (search.is_narrowed and _are_few(db, search)):
        return _page(db, search, None)
    (last,) = db.execute(f"SELECT coalesce(max(number), 0) FROM {search.table.docs}").fetchone()
    for walked in (WALKED, last // WALKED_SHARE):
        if walked >= WALKED:
            found = _page(db, walk, walked)
            if len(found) == search.plan.limit:
                tally.add(walked)
                return found
    return _page(db, search, None)


def select_page(search: Search, legs: Sequence[tuple[Clause, Sequence[str]]]) -> str:
    """Write the statement of a page that an index gives in order: the rows of some legs, each in some pieces.

    Its values are, for each leg, those of the search and of the leg, as often as it has pieces; then how many rows are
    wanted.
    """
    branches = [each for leg, pieces in legs for each in sources_of(search, every([search.clause, leg]), pieces)]
    return _statement(search, branches, None)[0]


def select_newest(search: Search, leg: Clause, piece: str) -> str:
    """Write the same for one leg in one piece; whoever asks sorts what it gives, by its third column and the ids."""
    source, _ = source_of(search, every([search.clause, leg]), piece)
    _, side = directions(search)[-1]
    rows = f"SELECT number, stamp AS place {source} ORDER BY 2{side} LIMIT ?"
    return f"SELECT id, wire, place FROM ({rows}) CROSS JOIN record USING (number)"


def select_keyed(search: Search, leg: Clause, piece: str) -> str:
    """Write the same for what `Search.is_keyed`: few rows, that are sorted when all are there."""
    source, _ = source_of(search, every([search.clause, leg]), piece)
    columns = _columns(search)
    named = ["number", *(f"{column} AS place{at}" for at, column in enumerate(columns))]
    rows = f"SELECT {', '.join(named)} {source}"
    return f"SELECT id, wire FROM ({rows}) CROSS JOIN record USING (number) {_final_order(search)} LIMIT ?"


def _are_few(db: sqlite3.Connection, search: Search) -> bool:
    """Say whether the index leaves so few rows that reading all of them costs next to nothing."""
    branches = sources_of(search, search.narrowing, pieces_of(db, search))
    if not branches:
        return True
    sql = " UNION ALL ".join(f"SELECT 1 {source}" for source, _ in branches)
    (count,) = db.execute(f"SELECT count(*) FROM ({sql} LIMIT {FEW + 1})", _values(branches)).fetchone()
    return bool(count <= FEW)


def _page(db: sqlite3.Connection, search: Search, walked: int | None) -> list[Found]:
    """Give the page; only if it is to be found among so many rows, where they are *walked*."""
    branches = _branches(db, search, search.clause if walked is None else search.narrowing)
    if not branches:
        return []
    sql, values = _statement(search, branches, walked)
    limit = search.plan.limit
    size = limit + 1
    while True:
        rows = db.execute(sql, (*values, size)).fetchall()
        if len(rows) < size:
            # Of what was not walked, something may stand in one place with the last.
            return [] if walked is not None else [row[:2] for row in rows[:limit]]
        if rows[limit - 1][2:] != rows[-1][2:]:
            return [row[:2] for row in rows[:limit]]
        # Those in one place are told apart by their ids, so all of them are needed.
        size *= TIES


def _branches(db: sqlite3.Connection, search: Search, clause: Clause) -> list[Branch]:
    """Write from where the rows come: pieces that an index gives in order, or what has to be sorted."""
    pieces, legs = pieces_of(db, search), legs_of(search, search.plan.after)
    if not search.is_ordered or len(pieces) * len(legs) > BRANCHES_MAX:
        legs = [either(legs)]
    if len(pieces) > BRANCHES_MAX:
        pieces = [f"({' OR '.join(pieces)})"]
    branches = [each for leg in legs for each in sources_of(search, every([clause, leg]), pieces)]
    if search.plan.at is not None:
        branches.append(select_past(search, every([clause, either(legs)])))
    return branches


def _statement(search: Search, branches: Sequence[Branch], walked: int | None) -> tuple[str, tuple[Bound, ...]]:
    """Write all of it; the value that is left is how many rows are wanted."""
    docs, sides = search.table.docs, directions(search)
    named = ["number", *(f"{column} AS place{at}" for at, column in enumerate(_columns(search)))]
    rows = " UNION ALL ".join(f"SELECT {', '.join(named)} {source}" for source, _ in branches)
    order = "ORDER BY " + ", ".join(f"{at + 2}{side}" for at, side in sides)
    values = _values(branches)
    if walked is not None:
        # The order of an index holds for what is walked; the rest is tested on these rows.
        inside = f"SELECT number AS walked FROM ({rows} {order} LIMIT {walked})"
        rows = (
            f"SELECT {', '.join(named)} FROM ({inside}) CROSS JOIN {docs} ON number = walked WHERE {search.clause.sql}"
        )
        values += search.clause.values
    found = ", ".join(f"place{at}" for at in range(len(_columns(search))))
    joined = f"({rows} {order} LIMIT ?) CROSS JOIN record USING (number)"
    return f"SELECT id, wire, {found} FROM {joined} {_final_order(search)}", values


def _final_order(search: Search) -> str:
    # Of one moment the lowest id is the newest.
    last = "id" if search.plan.order[-1].is_descending else "id DESC"
    return "ORDER BY " + ", ".join([*(f"place{at}{side}" for at, side in directions(search)), last])


def _columns(search: Search) -> list[str]:
    return [*(kind.column for kind in search.kinds or ()), "stamp"]


def _values(branches: Sequence[Branch]) -> tuple[Bound, ...]:
    return tuple(value for _, values in branches for value in values)
