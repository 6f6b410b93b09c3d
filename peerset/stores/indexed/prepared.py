"""Answers that take next to nothing: what queries of one kind are asked by is written once, and kept.

They are those of `peerset.stores.indexed.answers`, to which is left whatever may take long, or needs several indexes.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final, NamedTuple, TypeAlias

from peerset.core.record import Record
from peerset.core.stamp import MICROSECONDS
from peerset.documents.definition import Definition
from peerset.documents.plan import Plan
from peerset.documents.where import Where
from peerset.errors import ConfigError
from peerset.stores.indexed.advice import seen_in
from peerset.stores.indexed.catalog import Catalog
from peerset.stores.indexed.conditions import ALWAYS, Bound, Clause, clause_of, either, every
from peerset.stores.indexed.counts import kept_count, values_of
from peerset.stores.indexed.pages import BRANCHES_MAX, select_keyed, select_newest, select_page
from peerset.stores.indexed.search import Search, search_of
from peerset.stores.indexed.streams import SPANS_TOGETHER, ends_of, legs_of, source_of, spans_within
from peerset.stores.indexed.tables import Table
from peerset.stores.reading import Decoder

KINDS_MAX: Final = 256
"""So many kinds of queries are kept."""
STATEMENTS_MAX: Final = 16
"""So many statements for each of them: other spans, and other places to go on from, want others."""
SHY: Final = 32
"""So often a kind of query is asked elsewhere after it could not be answered here."""

Spans: TypeAlias = tuple[int, int]
"""The oldest and the newest."""
NO_SPANS: Final[Spans] = (0, -1)

Found: TypeAlias = tuple[Any, ...]
"""A record's id, its wire form, and where it stands."""
_Leg: TypeAlias = tuple[Clause, Spans]
"""A piece of what comes after a seat, and in which spans it may be."""
AT_ONCE: Final = 2
"""So many of these are asked for by one statement."""


@dataclass(slots=True)
class _Kind:
    """Queries that differ by their values alone."""

    search: Search
    """One of them."""
    way: "_Way | None"
    """How a page of them is found; None: elsewhere."""
    statements: dict[object, str] = field(default_factory=dict)
    shy: int = 0

    def keep(self, name: object, statement: str) -> str:
        """Keep a statement under a name."""
        if len(self.statements) >= STATEMENTS_MAX:
            self.statements.clear()
        self.statements[name] = statement
        return statement


class _Asked(NamedTuple):
    """A query, and what is known of its kind."""

    plan: Plan
    kind: _Kind
    clause: Clause
    """All its conditions."""
    spans: Spans
    """In which there may be documents."""


_Way: TypeAlias = Callable[[sqlite3.Connection, _Asked], list[Found] | None]


class Prepared:
    """What is kept for the connection that is asked; *decoder* reads the records that it gives."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._catalog = Catalog()
        self._db: sqlite3.Connection | None = None
        self._version = -1
        """Of the file, as that connection counts them, when it was looked at last."""
        self._ends: dict[int, Spans] = {}
        """The spans of tables, by their numbers, in that version."""
        self._kinds: dict[object, _Kind] = {}

    def find(self, db: sqlite3.Connection, definitions: dict[str, Definition], plan: Plan) -> list[Record] | None:
        """Give the page that *plan* asks for; None when it is to be asked elsewhere."""
        if plan.words or plan.at is not None or not plan.limit:
            return None
        asked = self._asked(db, definitions, plan)
        if asked is None or asked.kind.way is None:
            return None
        if asked.clause.is_never or asked.spans[0] > asked.spans[1]:
            return []
        if _is_resting(asked.kind):
            return None
        rows = asked.kind.way(db, asked)
        asked.kind.shy = 0
        if rows is None or _are_tied(rows, plan.limit):
            return None
        recall = self._decoder.recall
        return [recall(row[0], row[1]) for row in rows[: plan.limit]]

    def count(self, db: sqlite3.Connection, definitions: dict[str, Definition], plan: Plan) -> int | None:
        """Give how many documents match; None when it is to be asked elsewhere."""
        if plan.words or plan.at is not None:
            return None
        asked = self._asked(db, definitions, plan)
        if asked is None:
            return None
        search = asked.kind.search
        if asked.clause.sql == ALWAYS.sql:
            return seen_in(db, search.table)
        if asked.clause.is_never or asked.spans[0] > asked.spans[1]:
            return 0
        values = values_of(search.definition, plan.where)
        if values is not None and (kept := kept_count(db, search.table, values)) is not None:
            return kept
        if not search.is_narrowed or _is_resting(asked.kind):
            return None
        statement = asked.kind.statements.get(asked.spans) or asked.kind.keep(
            asked.spans, _count_of(search, asked.spans)
        )
        (found,) = db.execute(statement, asked.clause.values).fetchone()
        asked.kind.shy = 0
        return int(found)

    def _asked(self, db: sqlite3.Connection, definitions: dict[str, Definition], plan: Plan) -> _Asked | None:
        self._look(db, definitions)
        try:
            definition, table = self._catalog.find(plan.collection)
        except ConfigError:
            return None
        clauses = []
        for part in plan.where:
            clause = clause_of(part, definition)
            if clause is None:
                return None
            clauses.append(clause)
        name = table.number, plan.order, tuple([each.sql for each in clauses])
        kind = self._kinds.get(name) or self._kind(name, search_of(table, definition, plan))
        if kind is None:
            return None
        spans = self._spans(db, table, plan.where)
        return None if spans[1] - spans[0] >= SPANS_TOGETHER else _Asked(plan, kind, every(clauses), spans)

    def _kind(self, name: object, search: Search) -> _Kind | None:
        """Keep a kind of queries, if these can be answered here."""
        if search.index is None or not search.is_exact or search.kinds is None:
            return None
        if len(self._kinds) >= KINDS_MAX:
            self._kinds.clear()
        found = self._kinds[name] = _Kind(search, _way_of(search))
        return found

    def _look(self, db: sqlite3.Connection, definitions: dict[str, Definition]) -> None:
        """Know the collections of the file as it is."""
        if definitions is not self._catalog.definitions or db is not self._db:
            self._catalog.definitions = definitions
            self._catalog.forget()
            self._db = db
            self._version = -1
        (version,) = db.execute("PRAGMA data_version").fetchone()
        if version == self._version:
            return
        tables = self._catalog.tables
        self._catalog.refresh(db)
        if self._catalog.tables is not tables:
            self._kinds.clear()
        self._ends.clear()
        self._version = version

    def _spans(self, db: sqlite3.Connection, table: Table, where: Where) -> Spans:
        ends = self._ends.get(table.number)
        if ends is None:
            ends = self._ends[table.number] = ends_of(db, table) or NO_SPANS
        return spans_within(table, ends, where, None)


def _is_resting(kind: _Kind) -> bool:
    """Say whether a kind is not to be answered here now; until it was, it counts as one that could not."""
    if kind.shy:
        kind.shy -= 1
        return True
    kind.shy = SHY
    return False


def _are_tied(rows: Sequence[Found], limit: int) -> bool:
    """Say whether a page ends among those in one place: ids tell these apart, so all of them are needed."""
    return len(rows) > limit and rows[limit - 1][2:] == rows[limit][2:]


# Ways to a page: each gives the rows, or one more than the page has, with the id, the wire form and the place of each.


def _way_of(search: Search) -> _Way | None:
    if search.is_keyed:
        return _keyed
    if not search.is_ordered or search.walk is not None:
        return None
    is_by_time = all(term.field in search.fixed for term in search.plan.order[:-1])
    return _by_time if is_by_time else _merged


def _keyed(db: sqlite3.Connection, asked: _Asked) -> list[Found]:
    """Give documents of which each has a key of its own among those that are asked for."""
    kind, plan = asked.kind, asked.plan
    leg = ALWAYS if plan.after is None else either(legs_of(kind.search, plan.after))
    name = leg.sql, asked.spans
    statement = kind.statements.get(name)
    if statement is None:
        statement = kind.keep(name, select_keyed(kind.search, leg, _within(asked.spans)))
    return db.execute(statement, (*asked.clause.values, *leg.values, plan.limit)).fetchall()


def _by_time(db: sqlite3.Connection, asked: _Asked) -> list[Found] | None:
    """Give documents in the order of time, which is that of the spans: the first of these mostly has enough."""
    if len(legs := _legs_of(asked)) != 1:
        return _merged(db, asked)
    [(leg, (low, high))] = legs
    is_descending = asked.plan.order[-1].is_descending
    first, others = (high, (low, high - 1)) if is_descending else (low, (low + 1, high))
    kind, count = asked.kind, asked.plan.limit + 1
    statement = kind.statements.get((leg.sql, first))
    if statement is None:
        statement = kind.keep((leg.sql, first), select_newest(kind.search, leg, f"span = {first}"))
    rows: list[Found] = db.execute(statement, (*asked.clause.values, *leg.values, count)).fetchall()
    # Of one moment the lowest id is the newest.
    rows.sort(key=itemgetter(0), reverse=not is_descending)
    rows.sort(key=itemgetter(2), reverse=is_descending)
    if len(rows) < count and others[0] <= others[1]:
        rows += _rows(db, asked, [(leg, others)], count - len(rows))
    return rows


def _merged(db: sqlite3.Connection, asked: _Asked) -> list[Found] | None:
    """Give documents in the order of fields, which each span has for itself."""
    legs, count = _legs_of(asked), asked.plan.limit + 1
    if sum(high - low + 1 for _, (low, high) in legs) > BRANCHES_MAX:
        return None
    rows: list[Found] = []
    # What comes after the values of the seat is rarely all there is: the rest is asked for when it is not enough.
    for some in (legs[:AT_ONCE], legs[AT_ONCE:]):
        if some and len(rows) < count:
            rows += _rows(db, asked, some, count - len(rows))
    return rows


def _legs_of(asked: _Asked) -> list[_Leg]:
    """Cut what comes after the seat into pieces, each in the spans where it may be; the first ones come first."""
    plan, (low, high) = asked.plan, asked.spans
    if plan.after is None:
        return [(ALWAYS, asked.spans)]
    first, *others = legs_of(asked.kind.search, plan.after)
    # What stands beside the seat in all but time is in its span, or beyond.
    span = asked.kind.search.table.span_of(plan.after.stamp // MICROSECONDS)
    beside = (low, min(high, span)) if plan.order[-1].is_descending else (max(low, span), high)
    legs = [(first, beside), *((each, asked.spans) for each in others)]
    return [(leg, spans) for leg, spans in legs if not leg.is_never and spans[0] <= spans[1]]


def _rows(db: sqlite3.Connection, asked: _Asked, legs: Sequence[_Leg], count: int) -> list[Found]:
    kind, values = asked.kind, asked.clause.values
    name = tuple([(leg.sql, spans) for leg, spans in legs])
    statement = kind.statements.get(name)
    if statement is None:
        statement = kind.keep(name, select_page(kind.search, [(leg, _pieces(spans)) for leg, spans in legs]))
    bound: list[Bound] = []
    for leg, (low, high) in legs:
        bound += (*values, *leg.values) * (high - low + 1)
    return db.execute(statement, (*bound, count)).fetchall()


def _count_of(search: Search, spans: Spans) -> str:
    """Write how the documents of some spans are counted."""
    source, _ = source_of(search, search.clause, _within(spans))
    return f"SELECT count(*) {source}"


def _within(spans: Spans) -> str:
    low, high = spans
    return f"span IN ({', '.join(map(str, range(high, low - 1, -1)))})"


def _pieces(spans: Spans) -> list[str]:
    low, high = spans
    return [f"span = {span}" for span in range(high, low - 1, -1)]
