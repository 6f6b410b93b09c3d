"""The rows of a search, in its order: each span of the index by itself, merged without reading more than is taken."""

import heapq
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import total_ordering
from itertools import chain, groupby
from typing import Final, TypeAlias

from peerset.core.limits import INTEGER_MAX
from peerset.core.stamp import MICROSECONDS
from peerset.documents.document import ABSENT, State
from peerset.documents.order import TIME, Seat
from peerset.documents.where import Condition, Op, Where
from peerset.stores.indexed.conditions import ALWAYS, NEVER, Bound, Clause, after, every, same
from peerset.stores.indexed.search import Search
from peerset.stores.indexed.tables import BY_REST, BY_TIME, Table
from peerset.stores.selection import number_array

Row: TypeAlias = tuple[Bound, ...]
"""A document's number, its stamp, and the columns of the order."""
Source: TypeAlias = tuple[str, tuple[Bound, ...]]
"""From where rows come, and under which conditions: SQL with its values."""

_ENDS: Final = """SELECT (SELECT min(span) FROM {docs} INDEXED BY {index} WHERE state = 0),
    (SELECT max(span) FROM {docs} INDEXED BY {index} WHERE state = 0)"""

_SPANS: Final = """WITH RECURSIVE spans(span) AS (
    SELECT max(span) FROM {docs} INDEXED BY {index} WHERE state = 0 AND span <= ?
    UNION ALL
    SELECT (SELECT max(span) FROM {docs} INDEXED BY {index} WHERE state = 0 AND span < spans.span) FROM spans
    WHERE spans.span > ?
)
SELECT span FROM spans WHERE span >= ?"""

SPANS_TOGETHER: Final = 12
"""So many that follow each other are taken for granted; of more, those with nothing in them are left out."""


def rows_of_search(db: sqlite3.Connection, search: Search) -> Iterator[int]:
    """Give the numbers of the documents that the file finds, in order, after the seat of the plan."""
    ordered = heapq.merge(*_streams(db, search), key=_key_of(search))
    for _, group in groupby(ordered, key=_key_of(search)):
        yield from _untied(db, search, list(group))


def all_numbers(db: sqlite3.Connection, search: Search) -> Iterator[int]:
    """Give the numbers of all documents that the file finds, in no order, whatever the seat."""
    sources = [source_of(search, search.clause, piece) for piece in pieces_of(db, search)]
    if search.plan.at is not None:
        sources.append(select_past(search, search.clause))
    for source, values in sources:
        for (number,) in db.execute(f"SELECT number {source}", values):
            yield number


def spans_of(db: sqlite3.Connection, table: Table, where: Where, at: int | None) -> list[int]:
    """Give the spans that hold documents which are seen, newest first, of those that *where* allows."""
    ends = ends_of(db, table)
    if ends is None:
        return []
    low, high = spans_within(table, ends, where, at)
    if high - low < SPANS_TOGETHER:
        return [*range(high, low - 1, -1)]
    names = {"docs": table.docs, "index": table.index(BY_TIME)}
    return [span for (span,) in db.execute(_SPANS.format(**names), (high, low, low))]


def ends_of(db: sqlite3.Connection, table: Table) -> tuple[int, int] | None:
    """Give the oldest and the newest span that hold documents which are seen; None when none does."""
    (oldest, newest) = db.execute(_ENDS.format(docs=table.docs, index=table.index(BY_TIME))).fetchone()
    return None if oldest is None else (oldest, newest)


def spans_within(table: Table, ends: tuple[int, int], where: Where, at: int | None) -> tuple[int, int]:
    """Give the oldest and the newest span, of those between *ends*, that *where* allows; none if these cross."""
    first, last = 0, INTEGER_MAX if at is None else at
    for each in where:
        if isinstance(each, Condition) and each.field == TIME and isinstance(each.value, int):
            if each.op in (Op.GT, Op.GTE, Op.EQ):
                first = max(first, each.value)
            if each.op in (Op.LT, Op.LTE, Op.EQ):
                last = min(last, each.value)
    return max(table.span_of(first // MICROSECONDS), ends[0]), min(table.span_of(last // MICROSECONDS), ends[1])


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
    clauses = [every([search.clause, leg]) for leg in legs_of(search, search.plan.after)]
    pieces = pieces_of(db, search)
    by_time = not [term for term in search.plan.order[:-1] if term.field not in search.fixed]
    if by_time and search.is_ordered:
        pieces = pieces if search.plan.order[-1].is_descending else pieces[::-1]
        streams = [_chained(db, search, [source_of(search, each, piece) for each in clauses for piece in pieces])]
    else:
        streams = [_chained(db, search, [source_of(search, each, piece) for each in clauses]) for piece in pieces]
    if search.plan.at is not None:
        streams.append(_chained(db, search, [select_past(search, each) for each in clauses]))
    return streams


def _chained(db: sqlite3.Connection, search: Search, sources: Iterable[Source]) -> Iterator[Row]:
    columns = ", ".join(["number", "stamp", *(kind.column for kind in search.kinds or ())])
    places = [*range(3, 3 + len(search.kinds or ())), 2]
    order = ", ".join(f"{places[at]}{side}" for at, side in directions(search))
    return chain.from_iterable(
        db.execute(f"SELECT {columns} {source} ORDER BY {order}", values) for source, values in sources
    )


def source_of(search: Search, clause: Clause, piece: str) -> Source:
    """Write from where the rows of one piece come, and under which conditions."""
    (found,) = sources_of(search, clause, [piece])
    return found


def sources_of(search: Search, clause: Clause, pieces: Sequence[str]) -> list[Source]:
    """Write the same for several pieces."""
    docs, index, asked = search.table.docs, search.index, "" if clause.sql == ALWAYS.sql else clause.sql
    if clause.is_never:
        return [(f"FROM {docs} WHERE {NEVER.sql}", ()) for _ in pieces]
    if index is None:
        # Most rows are told by what is asked for.
        return [(f"FROM {docs} NOT INDEXED WHERE {f'{asked} AND ' if asked else ''}state = 0", clause.values)]
    # That a key is there, if the index holds such only, is said by what is asked of it.
    rest = f" AND {asked}" if asked else ""
    begin = f"FROM {docs} INDEXED BY {index.name} WHERE state = 0 AND "
    return [(f"{begin}{piece}{rest}", clause.values) for piece in pieces]


def select_past(search: Search, clause: Clause) -> Source:
    """Write from where versions come that are superseded now, and were not at the time of the plan."""
    table, docs = search.table, search.table.docs
    rival = "rival.key = {0}.key" if table.is_shared else "rival.key = {0}.key AND rival.author = {0}.author"
    later = (
        f"NOT EXISTS (SELECT 1 FROM {docs} AS rival WHERE {rival.format(docs)} AND NOT rival.state & {int(ABSENT)} "
        f"AND rival.stamp <= ? AND (rival.stamp > {docs}.stamp OR (rival.stamp = {docs}.stamp AND "
        f"(SELECT id FROM record WHERE number = rival.number) < (SELECT id FROM record WHERE number = {docs}.number))))"
    )
    if clause.is_never:
        return f"FROM {docs} WHERE {NEVER.sql}", ()
    clause = every([Clause(f"state = {int(State.SUPERSEDED)}"), clause, Clause(later, (search.plan.at,))])
    return f"FROM {docs} INDEXED BY {table.index(BY_REST)} WHERE state != 0 AND {clause.sql}", clause.values


def directions(search: Search) -> list[tuple[int, str]]:
    """Give the place of each term of the order that is not fixed, and how SQL says its direction."""
    terms = enumerate(search.plan.order)
    return [(at, " DESC" if term.is_descending else "") for at, term in terms if term.field not in search.fixed]


def legs_of(search: Search, seat: Seat | None) -> list[Clause]:
    """Cut what comes after *seat* into pieces that an index can find; all of one piece comes before the next."""
    order, docs = search.plan.order, search.table.docs
    if seat is None:
        return [ALWAYS]
    found: list[Clause] = []
    fixed: list[Clause] = []
    for term, kind, value in zip(order[:-1], search.kinds or (), seat.values, strict=True):
        cases = after(kind, value, is_descending=term.is_descending)
        found = [*(every([*fixed, case]) for case in cases), *found]
        fixed.append(same(kind, value))
    # Of one moment the lowest id is the newest.
    past, later = ("<", ">") if order[-1].is_descending else (">", "<")
    sql = f"stamp {past}= ? AND (stamp != ? OR (SELECT id FROM record WHERE number = {docs}.number) {later} ?)"
    return [every([*fixed, Clause(sql, (seat.stamp, seat.stamp, seat.id))]), *found]


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
    """Sort documents of one place by their ids."""
    numbers = [int(row[0] or 0) for row in rows]
    if len(rows) == 1:
        return numbers
    asked = "SELECT id, number FROM record WHERE number IN (SELECT value FROM json_each(?))"
    # Of one moment the lowest id is the newest.
    is_descending = search.plan.order[-1].is_descending
    return [number for _, number in sorted(db.execute(asked, (number_array(numbers),)), reverse=not is_descending)]
