"""How a plan is found in a collection's tables: which index, which part of it, and what is left to be tested."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from peerset.documents.definition import Definition
from peerset.documents.order import KEY, TIME, Term
from peerset.documents.plan import Plan
from peerset.documents.where import Condition, Either, Op, Where
from peerset.documents.words import Words
from peerset.stores.indexed.conditions import ALWAYS, Clause, Kind, clause_of, every, is_range
from peerset.stores.indexed.tables import BY_KEY, BY_TIME, Table, column_of
from peerset.stores.indexed.writing import element_of

TIME_ONLY: Final = (Term(TIME),)


@dataclass(frozen=True, slots=True)
class Index:
    """An index of a collection."""

    name: str
    terms: tuple[Term, ...]
    """Its fields after the span."""
    condition: str = ""
    """Beside being seen, what it holds only."""


@dataclass(frozen=True, slots=True)
class Search:
    """A plan, taken apart."""

    table: Table
    definition: Definition
    plan: Plan
    clause: Clause
    """What the file is asked for."""
    rest: Where
    """What must be tested on the documents."""
    words: Words
    """These must be tested on the documents, too."""
    kinds: tuple[Kind, ...] | None
    """Of the fields of the order before time; None when one of them is no column."""
    index: Index | None = None
    """None: all documents are read."""
    narrowing: Clause = ALWAYS
    """The conditions by which the index leaves out what cannot match."""
    equal: int = 0
    """How many of the index's fields these fix."""
    is_ordered: bool = False
    """Whether the index gives the documents in the order of the plan."""
    walk: "Search | None" = None
    """The same by an index that gives them in order, where this one does not."""

    @property
    def is_exact(self) -> bool:
        """Say whether nothing has to be tested on the documents."""
        return not self.rest and not self.words

    @property
    def is_narrowed(self) -> bool:
        """Say whether the index leaves out what cannot match."""
        return self.narrowing.sql != ALWAYS.sql

    @property
    def stream(self) -> "Search":
        """The same for who reads in order until enough was found."""
        return self if self.equal or self.walk is None else self.walk


def search_of(table: Table, definition: Definition, plan: Plan) -> Search:
    """Take *plan* apart."""
    said: list[tuple[Condition | Either, Clause]] = []
    rest: list[Condition | Either] = []
    for each in plan.where:
        clause = clause_of(each, definition) or _element(table, definition, each)
        if clause is None:
            rest.append(each)
        else:
            said.append((each, clause))
    clauses = [clause for _, clause in said]
    if plan.at is not None:
        clauses.append(Clause("stamp <= ?", (plan.at,)))
    fields = [term.field for term in plan.order[:-1]]
    kinds = None
    if all(column_of(definition, field) is not None for field in fields):
        kinds = tuple(Kind(definition, field) for field in fields)
    found = Search(table, definition, plan, every(clauses), tuple(rest), plan.words, kinds)
    return _indexed(found, [(part, clause) for part, clause in said if isinstance(part, Condition)])


def indexes_of(table: Table, definition: Definition) -> list[Index]:
    """Give the indexes of a collection, those that were declared first."""
    declared = [Index(table.index(place), terms) for place, terms in enumerate(definition.indexes)]
    by_key = Index(table.index(BY_KEY), (Term("key"), Term(TIME)), "key IS NOT NULL")
    return [*declared, by_key, Index(table.index(BY_TIME), TIME_ONLY)]


def _indexed(search: Search, said: Sequence[tuple[Condition, Clause]]) -> Search:
    """Choose the index that narrows most, and one to walk along where that gives no order."""
    uses = [
        _used(search, index, said)
        for index in indexes_of(search.table, search.definition)
        if not index.condition or _implies_key(search.plan.where)
    ]
    _, best = max(uses, key=_worth)
    _, ordered = max((use for use in uses if use[1].is_ordered), key=_worth, default=(0, None))
    if best.is_narrowed:
        return best if best.is_ordered else replace(best, walk=ordered)
    if ordered is not None and search.is_exact and search.clause.sql == ALWAYS.sql:
        return ordered
    return replace(search, walk=ordered)


def _used(search: Search, index: Index, said: Sequence[tuple[Condition, Clause]]) -> tuple[int, Search]:
    """Say what an index does for a search, and how much that helps."""
    where = search.plan.where
    equal = _equal(index, where)
    used = {term.field for term in index.terms[:equal]}
    left = index.terms[equal:]
    is_ordered = _sorts(left, [term for term in search.plan.order if not _is_fixed(term.field, where)])
    fixed = [clause for part, clause in said if part.field in used and part.op is Op.EQ]
    ranges = [clause for part, clause in said if left and part.field == left[0].field and is_range(part)]
    score = 4 * equal + 2 * bool(ranges) + is_ordered
    return score, replace(search, index=index, narrowing=every([*fixed, *ranges]), equal=equal, is_ordered=is_ordered)


def _worth(use: tuple[int, Search]) -> int:
    return use[0]


def _equal(index: Index, where: Where) -> int:
    """Give how many of an index's fields are fixed."""
    count = 0
    for term in index.terms:
        if not _is_fixed(term.field, where):
            break
        count += 1
    return count


def _is_fixed(field: str, where: Where) -> bool:
    return any(isinstance(each, Condition) and each.field == field and each.op is Op.EQ for each in where)


def _sorts(terms: Sequence[Term], order: Sequence[Term]) -> bool:
    """Say whether an index over *terms* gives *order*, or its reverse.

    After fields, time may run either way: of each value the file sorts the few documents that have it by themselves.
    """
    asked = [(term.field, term.is_descending) for term in order]
    asked = asked[:-1] or asked
    given = [(term.field, term.is_descending) for term in terms[: len(asked)]]
    return given == asked or given == [(field, not is_descending) for field, is_descending in asked]


def _implies_key(where: Where) -> bool:
    return any(
        isinstance(each, Condition)
        and each.field == KEY
        and (is_range(each) or (each.op is Op.EQ and each.value is not None))
        for each in where
    )


def _element(table: Table, definition: Definition, condition: Condition | Either) -> Clause | None:
    """Write that an indexed array holds an element; None for anything else."""
    if not isinstance(condition, Condition) or condition.op is not Op.HAS or condition.field not in definition.arrays:
        return None
    place = definition.arrays.index(condition.field)
    return Clause(
        f"number IN (SELECT number FROM {table.items} WHERE {table.items}.span = {table.docs}.span "
        f"AND field = {place} AND value = ?)",
        (element_of(condition.value),),
    )
