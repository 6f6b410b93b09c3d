"""The rows of a search, in its order: each span of the index by itself, merged without reading more than is taken."""

import heapq
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import total_ordering
from itertools import chain, groupby
from typing import Final, TypeAlias

from peerset.core.limits import INTEGER_MAX
from peerset.core.stamp import MICROSECONDS
from peerset.documents.document import ABSENT, State
from peerset.documents.order import TIME, Seat, Term
from peerset.documents.where import Condition, Op, Where
from peerset.stores.indexed.conditions import ALWAYS, NEVER, Bound, Clause, Kind, after, every, same
from peerset.stores.indexed.search import Search
from peerset.stores.indexed.tables import BY_REST, BY_TIME, Table
from peerset.stores.selection import number_array

Row: TypeAlias = tuple[Bound, ...]
"""A document's number, its stamp, and the columns of the order."""

_SPANS: Final = """WITH RECURSIVE spans(span) AS (
    SELECT max(span) FROM {docs} INDEXED BY {index} WHERE state = 0 AND span <= ?
    UNION ALL
    SELECT (SELECT max(span) FROM {docs} INDEXED BY {index} WHERE state = 0 AND span < spans.span) FROM spans
    WHERE spans.span > ?
)
SELECT span FROM spans WHERE span >= ?"""


@dataclass(frozen=True, slots=True)
class Leg:
    """One piece of an order: the documents that meet a condition all come before those of the next piece."""

    clause: Clause


def rows_of_search(db: sqlite3.Connection, search: Search) -> Iterator[int]:
    """Give the numbers of the documents that the file finds, in order, after the seat of the plan."""
    ordered = heapq.merge(*_streams(db, search), key=_key_of(search))
    for _, group in groupby(ordered, key=_key_of(search)):
        yield from _untied(db, search, list(group))


def all_numbers(db: sqlite3.Connection, search: Search) -> Iterator[int]:
    """Give the numbers of all documents that the file finds, in no order, whatever the seat."""
    selects = [_select(search, Leg(ALWAYS), span=span, is_sorted=False) for span in pieces_of(db, search)]
    if search.plan.at is not None:
        selects.append(select_past(search, Leg(ALWAYS), is_sorted=False))
    for sql, values in selects:
        for row in db.execute(sql, values):
            yield row[0]


def spans_of(db: sqlite3.Connection, table: Table, where: Where, at: int | None) -> list[int]:
    """Give the spans that hold documents which are seen, newest first, of those that *where* allows."""
    first, last = 0, INTEGER_MAX if at is None else at
    for each in where:
        if isinstance(each, Condition) and each.field == TIME and isinstance(each.value, int):
            if each.op in (Op.GT, Op.GTE, Op.EQ):
                first = max(first, each.value)
            if each.op in (Op.LT, Op.LTE, Op.EQ):
                last = min(last, each.value)
    low, high = (table.span_of(stamp // MICROSECONDS) for stamp in (first, last))
    sql = _SPANS.format(docs=table.docs, index=table.index(BY_TIME))
    return [span for (span,) in db.execute(sql, (high, low, low))]


def pieces_of(db: sqlite3.Connection, search: Search) -> list[str]:
    """Give the conditions on spans by which the documents are asked for one after the other."""
    if search.index is None:
        return [""]
    spans = spans_of(db, search.table, search.plan.where, search.plan.at)
    if search.is_ordered:
        return [f"span = {span}" for span in spans]
    return [f"span IN ({', '.join(map(str, spans))})"] if spans else []


def _streams(db: sqlite3.Connection, search: Search) -> list[Iterator[Row]]:
    """Give iterators that are in order each."""
    legs = _legs(search)
    pieces = pieces_of(db, search)
    by_time = not [term for term in search.plan.order[:-1] if not _is_fixed(term, search)]
    if by_time and search.is_ordered:
        pieces = pieces if search.plan.order[-1].is_descending else pieces[::-1]
        streams = [_chained(db, [_select(search, leg, span=piece) for leg in legs for piece in pieces])]
    else:
        streams = [_chained(db, [_select(search, leg, span=piece) for leg in legs]) for piece in pieces]
    if search.plan.at is not None:
        streams.append(_chained(db, [select_past(search, leg) for leg in legs]))
    return streams


def _chained(db: sqlite3.Connection, selects: Iterable[tuple[str, tuple[Bound, ...]]]) -> Iterator[Row]:
    return chain.from_iterable(db.execute(sql, values) for sql, values in selects)


def _select(search: Search, leg: Leg, *, span: str, is_sorted: bool = True) -> tuple[str, tuple[Bound, ...]]:
    source, values = source_of(search, leg, span)
    return f"SELECT {_columns(search)} {source}{_order(search, is_sorted)}", values


def source_of(search: Search, leg: Leg, span: str) -> tuple[str, tuple[Bound, ...]]:
    """Write from where the rows of one piece come, and under which conditions."""
    docs, index, clause = search.table.docs, search.index, every([search.clause, leg.clause])
    if clause.is_never:
        return f"FROM {docs} WHERE {NEVER.sql}", ()
    by = "NOT INDEXED" if index is None else f"INDEXED BY {index.name}"
    # What an index holds only must be said.
    said = ["state = 0", span, "" if index is None else index.condition, clause.sql]
    conditions = " AND ".join(each for each in said if each not in ("", ALWAYS.sql))
    return f"FROM {docs} {by} WHERE {conditions}", clause.values


def select_past(search: Search, leg: Leg, *, is_sorted: bool = True) -> tuple[str, tuple[Bound, ...]]:
    """Ask for versions that are superseded now, and were not at the time of the plan."""
    table, docs = search.table, search.table.docs
    rival = "rival.key = {0}.key" if table.is_shared else "rival.key = {0}.key AND rival.author = {0}.author"
    later = (
        f"NOT EXISTS (SELECT 1 FROM {docs} AS rival WHERE {rival.format(docs)} AND NOT rival.state & {int(ABSENT)} "
        f"AND rival.stamp <= ? AND (rival.stamp > {docs}.stamp OR (rival.stamp = {docs}.stamp AND "
        f"(SELECT id FROM record WHERE number = rival.number) < (SELECT id FROM record WHERE number = {docs}.number))))"
    )
    clause = every([search.clause, leg.clause])
    if clause.is_never:
        return f"SELECT {_columns(search)} FROM {docs} WHERE {NEVER.sql}", ()
    clause = every([Clause(f"state = {int(State.SUPERSEDED)}"), clause, Clause(later, (search.plan.at,))])
    by = f"INDEXED BY {table.index(BY_REST)}"
    sql = f"SELECT {_columns(search)} FROM {docs} {by} WHERE state != 0 AND {clause.sql}"
    return sql + _order(search, is_sorted), clause.values


def _columns(search: Search) -> str:
    return ", ".join(["number", "stamp", *(kind.column for kind in search.kinds or ())])


def _order(search: Search, is_sorted: bool) -> str:
    if not is_sorted:
        return ""
    terms = zip(search.plan.order[:-1], search.kinds or (), strict=True)
    said = [f"{kind.column}{_direction(term)}" for term, kind in terms if not _is_fixed(term, search)]
    return " ORDER BY " + ", ".join([*said, f"stamp{_direction(search.plan.order[-1])}"])


def _direction(term: Term) -> str:
    return " DESC" if term.is_descending else ""


def _is_fixed(term: Term, search: Search) -> bool:
    return any(
        isinstance(each, Condition) and each.field == term.field and each.op is Op.EQ for each in search.plan.where
    )


def _legs(search: Search) -> list[Leg]:
    """Cut what comes after the seat into pieces that an index can find, in order."""
    seat, order = search.plan.after, search.plan.order
    if seat is None:
        return [Leg(ALWAYS)]
    found: list[Leg] = []
    fixed: list[Clause] = []
    for term, kind, value in zip(order[:-1], search.kinds or (), seat.values, strict=True):
        cases = after(kind, value, is_descending=term.is_descending)
        found = [*(Leg(every([*fixed, case])) for case in cases), *found]
        fixed.append(same(kind, value))
    # Those of the seat's own moment are told apart by their ids, later.
    moment = Clause(f"stamp {'<' if order[-1].is_descending else '>'}= ?", (seat.stamp,))
    return [Leg(every([*fixed, moment])), *found]


@total_ordering
class _Reversed:
    """A text that sorts the other way round."""

    __slots__ = ("_text",)

    def __init__(self, text: object) -> None:
        self._text = str(text)

    def __lt__(self, other: "_Reversed") -> bool:
        return self._text > other._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Reversed) and self._text == other._text


def _key_of(search: Search) -> Callable[[Row], tuple[object, ...]]:
    """Give what sorts rows."""
    sign = -1 if search.plan.order[-1].is_descending else 1
    parts = [
        _ascending if not term.is_descending else _descending
        for term, _ in zip(search.plan.order[:-1], search.kinds or (), strict=True)
    ]
    if not parts:
        return lambda row: (sign * row[1],)  # type: ignore[operator] # a stamp
    return lambda row: (*(part(value) for part, value in zip(parts, row[2:], strict=True)), sign * row[1])  # type: ignore[operator] # a stamp


def _ascending(value: Bound) -> tuple[int, Bound]:
    return (0, 0) if value is None else (1, value)


def _descending(value: Bound) -> tuple[int, object]:
    if value is None:
        return (1, 0)
    if isinstance(value, bytes):
        return (0, _Reversed(value.hex()))
    return (0, _Reversed(value)) if isinstance(value, str) else (0, -value)


def _untied(db: sqlite3.Connection, search: Search, rows: Sequence[Row]) -> Iterable[int]:
    """Sort documents of one place by their ids, and leave out those that do not come after the seat."""
    numbers = [int(row[0] or 0) for row in rows]
    seat, is_descending = search.plan.after, search.plan.order[-1].is_descending
    is_seat = seat is not None and _is_at(search, seat, rows[0])
    if len(rows) == 1 and not is_seat:
        return numbers
    asked = "SELECT id, number FROM record WHERE number IN (SELECT value FROM json_each(?))"
    # Of one moment the lowest id is the newest.
    ranked = sorted(db.execute(asked, (number_array(numbers),)).fetchall(), reverse=not is_descending)
    if is_seat and seat is not None:
        ranked = [each for each in ranked if (each[0] > seat.id if is_descending else each[0] < seat.id)]
    return [number for _, number in ranked]


def _is_at(search: Search, seat: Seat, row: Row) -> bool:
    if row[1] != seat.stamp:
        return False
    pairs: Sequence[tuple[Kind, Bound]] = list(zip(search.kinds or (), row[2:], strict=True))
    return all(
        same(kind, value).sql != "0"
        and (value is None) == (bound is None)
        and (value is None or kind.bound(value) == bound)
        for (kind, bound), value in zip(pairs, seat.values, strict=True)
    )
