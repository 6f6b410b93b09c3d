"""How a plan is found in a collection's tables: which index, which part of it, and what is left to be tested."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from peerset.documents.definition import Definition
from peerset.documents.order import TIME, Term
from peerset.documents.plan import Plan
from peerset.documents.where import Condition, Either, Op, Where
from peerset.documents.words import Words
from peerset.stores.indexed.conditions import ALWAYS, Clause, Kind, clause_of, every, ranges_of
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
    index: Index | None
    """None: all documents are read."""
    is_ordered: bool
    """Whether the index gives them in the order of the plan."""
    is_narrowed: bool
    """Whether the index leaves out what cannot match."""
    clause: Clause
    """What the file is asked for."""
    rest: Where
    """What must be tested on the documents."""
    words: Words
    """These must be tested on the documents, too."""
    kinds: tuple[Kind, ...] | None
    """Of the fields of the order before time; None when one of them is no column."""

    @property
    def is_exact(self) -> bool:
        """Say whether nothing has to be tested on the documents."""
        return not self.rest and not self.words

    @property
    def whole(self) -> "Search":
        """The same for who wants all that match in no order: an index that narrows nothing is slower than the table."""
        if self.is_narrowed or self.clause.sql == ALWAYS.sql:
            return self
        return replace(self, index=None, is_ordered=False)


def search_of(table: Table, definition: Definition, plan: Plan) -> Search:
    """Take *plan* apart."""
    clauses: list[Clause] = []
    rest: list[Condition | Either] = []
    for each in plan.where:
        clause = clause_of(each, definition) or _element(table, definition, each)
        if clause is None:
            rest.append(each)
        else:
            clauses.append(clause)
    if plan.at is not None:
        clauses.append(Clause("stamp <= ?", (plan.at,)))
    fields = [term.field for term in plan.order[:-1]]
    kinds = None
    if all(column_of(definition, field) is not None for field in fields):
        kinds = tuple(Kind(definition, field) for field in fields)
    index, is_ordered, is_narrowed = _choose(indexes_of(table, definition), plan)
    return Search(
        table, definition, plan, index, is_ordered, is_narrowed, every(clauses), tuple(rest), plan.words, kinds
    )


def indexes_of(table: Table, definition: Definition) -> list[Index]:
    """Give the indexes of a collection, those that were declared first."""
    declared = [Index(table.index(place), terms) for place, terms in enumerate(definition.indexes)]
    by_key = Index(table.index(BY_KEY), (Term("key"), Term(TIME)), "key IS NOT NULL")
    return [*declared, by_key, Index(table.index(BY_TIME), TIME_ONLY)]


def _choose(indexes: Sequence[Index], plan: Plan) -> tuple[Index | None, bool, bool]:
    """Give the index that narrows most, whether it sorts as well, and whether it narrows at all."""
    best: tuple[int, Index | None, bool, bool] = (0, None, False, False)
    for index in indexes:
        if index.condition and not _implies_key(plan.where):
            continue
        equal = _equal(index, plan.where)
        left = index.terms[equal:]
        is_ordered = _sorts(left, [term for term in plan.order if not _is_fixed(term.field, plan.where)])
        is_range = bool(left) and ranges_of(plan.where, left[0].field)
        score = 4 * equal + 2 * is_ordered + is_range
        if score > best[0]:
            best = (score, index, is_ordered, bool(equal) or is_range)
    return best[1:]


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
    asked = (Op.EQ, Op.GT, Op.GTE, Op.LT, Op.LTE, Op.PREFIX)
    return any(
        isinstance(each, Condition) and each.field == "key" and each.op in asked and each.value is not None
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
