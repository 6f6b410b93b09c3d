"""Counts, sums and the like, computed by the file where its columns tell everything."""

import sqlite3
from collections.abc import Iterator, Sequence

from peerset.documents.plan import Figure
from peerset.documents.sums import as_whole
from peerset.documents.value import Scalar
from peerset.stores.indexed.conditions import Bound, Kind
from peerset.stores.indexed.exact_sum import EXACT_SUM
from peerset.stores.indexed.search import Search
from peerset.stores.indexed.streams import pieces_of, select_past, source_of, spans_of

_SUMMED: tuple[int, ...] = (1, 3)
"""The kinds of columns, booleans and numbers, that can be summed."""


def count_rows(db: sqlite3.Connection, search: Search) -> int:
    """Give how many rows match."""
    found = 0
    for piece in pieces_of(db, search):
        source, values = source_of(search, search.clause, piece)
        found += db.execute(f"SELECT count(*) {source}", values).fetchone()[0]
    if search.plan.at is not None:
        source, values = select_past(search, search.clause)
        found += db.execute(f"SELECT count(*) {source}", values).fetchone()[0]
    return found


def figures_of(
    db: sqlite3.Connection, search: Search, figures: Sequence[Figure], by: str | None
) -> list[dict[str, Scalar]]:
    """Compute figures over all rows that match, or for each value of *by*."""
    kinds = [None if each.field is None else Kind(search.definition, each.field) for each in figures]
    cells = [cell for each, kind in zip(figures, kinds, strict=True) for cell in _cells(each, kind)]
    group = None if by is None else Kind(search.definition, by)
    rows = _whole_rows(db, search, group, cells)
    if rows is None:
        rows = _computed(db, search, group, [cell.replace("sum(", f"{EXACT_SUM}(") for cell in cells])
    found: list[dict[str, Scalar]] = []
    for row in rows:
        values = iter(row)
        said = {} if group is None or by is None else {by: group.value(next(values))}
        for each, kind in zip(figures, kinds, strict=True):
            said[each.name] = _value(each, kind, values)
        found.append(said)
    return found


def _whole_rows(
    db: sqlite3.Connection, search: Search, group: Kind | None, cells: Sequence[str]
) -> list[tuple[Bound, ...]] | None:
    """Compute what has no sums of fractions; None if there are any, whose sum must not depend on their order."""
    try:
        rows = _computed(db, search, group, cells)
    except (sqlite3.OperationalError, OverflowError):
        # A sum of whole numbers that is too large to be one itself.
        return None
    has_sums = any(cell.startswith("sum(") for cell in cells)
    return None if has_sums and any(isinstance(each, float) for row in rows for each in row) else rows


def _computed(
    db: sqlite3.Connection, search: Search, group: Kind | None, cells: Sequence[str]
) -> list[tuple[Bound, ...]]:
    piece = ""
    if search.index is not None:
        # One statement over all its spans.
        spans = spans_of(db, search.table, search.plan.where, search.plan.at)
        piece = f"span IN ({', '.join(map(str, spans or [-1]))})"
    source, values = source_of(search, search.clause, piece)
    if group is None:
        return db.execute(f"SELECT {', '.join(cells) or '1'} {source}", values).fetchall()
    said = ", ".join([group.column, *cells])
    return db.execute(f"SELECT {said} {source} GROUP BY {group.column} ORDER BY {group.column}", values).fetchall()


def _cells(figure: Figure, kind: Kind | None) -> list[str]:
    """Write what the file computes for a figure."""
    if kind is None:
        return ["count(*)"]
    match figure.function:
        case "min" | "max":
            return [f"{figure.function}({kind.column})"]
        case "sum" if kind.rank in _SUMMED:
            return [f"sum({kind.column})"]
        case "mean" if kind.rank in _SUMMED:
            return [f"sum({kind.column})", f"count({kind.column})"]
        case _:
            return ["NULL"]


def _value(figure: Figure, kind: Kind | None, cells: Iterator[Bound]) -> Scalar:
    """Read a figure from what the file computed."""
    found = next(cells)
    if kind is None or isinstance(found, bytes | str) or found is None:
        if figure.function == "mean" and kind is not None and kind.rank in _SUMMED:
            next(cells)
        return found.hex() if isinstance(found, bytes) else found
    match figure.function:
        case "mean":
            number = next(cells)
            return found / number if isinstance(number, int) and number else None
        case "sum":
            return as_whole(found) if isinstance(found, int) else found
        case _:
            return kind.value(found)
