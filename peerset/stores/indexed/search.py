"""How a plan is found in a collection's tables: which index, which part of it, and what is left to be tested."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from peerset.documents.definition import Definition
from peerset.documents.order import AUTHOR, KEY, TIME, Term
from peerset.documents.plan import Plan
from peerset.documents.where import Condition, Either, Op, Where
from peerset.documents.words import Words
from peerset.stores.indexed.conditions import ALWAYS, Bound, Clause, Kind, clause_of, every, is_range, kind_of
from peerset.stores.indexed.entries import element_of
from peerset.stores.indexed.tables import BY_KEY, BY_TIME, Table

TIME_ONLY: Final = (Term(TIME),)


class Index(NamedTuple):
    """An index of a collection."""

    name: str
    terms: tuple[Term, ...]
    """Its fields after the span."""
    is_of_keys: bool = False
    """Whether it holds only what has a key."""


@dataclass(frozen=True, slots=True)
class Lead:
    """Something beside the indexes of columns that gives the numbers of documents that can match."""

    name: str
    """What was declared: ``text``, an array such as ``tags[]``, or the field of places."""
    column: str
    source: str
    """From where its column comes, and under which conditions."""
    values: tuple[Bound, ...]
    is_of_words: bool = False

    @property
    def clause(self) -> Clause:
        """Say that a document is one of these."""
        return Clause(f"number IN (SELECT {self.column} FROM {self.source})", self.values)


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
    fixed: frozenset[str] = frozenset()
    """The fields of which one value is asked for."""
    index: Index | None = None
    """None: all documents are read."""
    narrowing: Clause = ALWAYS
    """The conditions by which the index leaves out what cannot match."""
    equal: int = 0
    """How many of the index's fields these fix."""
    is_ordered: bool = False
    """Whether the index gives the documents in the order of the plan."""
    worth: int = 0
    """How much its index helps, to compare it with others."""
    lead: Lead | None = None
    """What it follows in place of an index; see `peerset.stores.indexed.leads`."""
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
    def is_keyed(self) -> bool:
        """Say whether it is by keys that name one register each, so that there are no more documents than keys."""
        is_by_key = self.index is not None and self.index.terms[0].field == KEY
        has_owners = self.table.is_shared or AUTHOR in self.fixed
        return is_by_key and has_owners and any(map(_names_keys, self.plan.where))

    @property
    def whole(self) -> "Search":
        """The same for who reads all in no order: an index that narrows nothing is slower than the table."""
        return self if self.is_narrowed else replace(self, index=None, is_ordered=False, walk=None)

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
    if all(kind_of(definition, field).column for field in fields):
        kinds = tuple(kind_of(definition, field) for field in fields)
    fixed = frozenset(each.field for each in plan.where if isinstance(each, Condition) and each.op is Op.EQ)
    found = Search(table, definition, plan, every(clauses), tuple(rest), plan.words, kinds, fixed)
    return _indexed(found, [(part, clause) for part, clause in said if isinstance(part, Condition)])


def indexes_of(table: Table, definition: Definition) -> tuple[Index, ...]:
    """Give the indexes of a collection, those that were declared first."""
    declared = (Index(table.index(place), terms) for place, terms in enumerate(definition.indexes))
    by_key = Index(table.index(BY_KEY), (Term(KEY), Term(TIME)), is_of_keys=True)
    return (*declared, by_key, Index(table.index(BY_TIME), TIME_ONLY))


class _Use(NamedTuple):
    """What an index does for a search."""

    of: Index
    equal: int
    has_range: bool
    is_ordered: bool
    is_narrowed: bool
    worth: int


def _indexed(search: Search, said: Sequence[tuple[Condition, Clause]]) -> Search:
    """Choose the index that narrows most, and one to walk along where that gives no order."""
    best, ordered = _choice(search, said)
    if not best.is_narrowed and search.is_exact and search.clause.sql == ALWAYS.sql:
        return search if ordered is None else _with(search, ordered, said)
    found = _with(search, best, said) if best.is_narrowed else search
    return found if found.is_ordered or ordered is None else replace(found, walk=_with(search, ordered, said))


def _choice(search: Search, said: Sequence[tuple[Condition, Clause]]) -> tuple[_Use, _Use | None]:
    """Give the index that helps most, and of those that give the order the one that helps most."""
    where, plan = search.plan.where, search.plan
    shape = tuple((part.field, is_range(part)) for part, _ in said)
    has_key = _implies_key(where)
    question = search.table.number, search.table.digest, plan.order, shape, search.fixed, has_key
    found = _CHOICES.get(question)
    if found is None:
        ranged = {part.field for part, _ in said if is_range(part)}
        order = [term for term in plan.order if term.field not in search.fixed]
        indexes = [each for each in indexes_of(search.table, search.definition) if has_key or not each.is_of_keys]
        uses = [_use_of(index, search.fixed, ranged, order) for index in indexes]
        ordered = max((use for use in uses if use.is_ordered), key=_worth, default=None)
        if len(_CHOICES) >= CHOICES_MAX:
            _CHOICES.clear()
        found = _CHOICES[question] = max(uses, key=_worth), ordered
    return found


def would_help(search: Search, terms: tuple[Term, ...]) -> bool:
    """Say whether an index of these fields would serve a search better than what it uses."""
    ranged = {part.field for part in search.plan.where if isinstance(part, Condition) and is_range(part)}
    order = [term for term in search.plan.order if term.field not in search.fixed]
    return _use_of(Index("", terms), search.fixed, ranged, order).worth > search.worth


def _use_of(index: Index, fixed: Set[str], ranged: Set[str], order: Sequence[Term]) -> _Use:
    equal = 0
    for term in index.terms:
        if term.field not in fixed:
            break
        equal += 1
    left = index.terms[equal:]
    has_range = bool(left) and left[0].field in ranged
    is_ordered = _sorts(left, order)
    worth = 4 * equal + 2 * has_range + is_ordered
    return _Use(index, equal, has_range, is_ordered, equal > 0 or has_range, worth)


CHOICES_MAX: Final = 1_024
"""So many are remembered."""
_CHOICES: Final[dict[object, tuple[_Use, _Use | None]]] = {}
"""By what the choice depends on; a table's number and digest say which indexes there are, by which names."""


def _worth(use: _Use) -> int:
    return use.worth


def _with(search: Search, use: _Use, said: Sequence[tuple[Condition, Clause]]) -> Search:
    """Have a search use an index."""
    fixed = {term.field for term in use.of.terms[: use.equal]}
    ranged = use.of.terms[use.equal].field if use.has_range else None
    clauses = [clause for part, clause in said if part.op is Op.EQ and part.field in fixed]
    clauses += [clause for part, clause in said if part.field == ranged and is_range(part)]
    return replace(
        search, index=use.of, narrowing=every(clauses), equal=use.equal, is_ordered=use.is_ordered, worth=use.worth
    )


def _sorts(terms: Sequence[Term], order: Sequence[Term]) -> bool:
    """Say whether an index over *terms* gives *order*, or its reverse.

    After fields, time may run either way: of each value the file sorts the few documents that have it by themselves.
    """
    asked = order[:-1] or order
    if [term.field for term in asked] != [term.field for term in terms[: len(asked)]]:
        return False
    ways = {term.is_descending is other.is_descending for term, other in zip(asked, terms, strict=False)}
    return len(ways) <= 1


def _names_keys(part: Condition | Either) -> bool:
    return isinstance(part, Condition) and part.field == KEY and part.op in (Op.EQ, Op.IN)


def _implies_key(where: Where) -> bool:
    return any(
        isinstance(each, Condition)
        and each.field == KEY
        and (is_range(each) or (each.op is Op.EQ and each.value is not None))
        for each in where
    )


def _element(table: Table, definition: Definition, condition: Condition | Either) -> Clause | None:
    """Write that an indexed array holds an element, as is known of one document by one look; None for anything else."""
    if not isinstance(condition, Condition) or condition.op is not Op.HAS or condition.field not in definition.arrays:
        return None
    place = definition.arrays.index(condition.field)
    docs = table.docs
    return Clause(
        f"EXISTS (SELECT 1 FROM {table.items} AS item WHERE item.span = {docs}.span AND item.field = {place} "
        f"AND item.value = ? AND item.stamp = {docs}.stamp AND item.number = {docs}.number)",
        (element_of(condition.value),),
    )
