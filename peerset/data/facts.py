"""What a document says, read once and asked by many live queries; and conditions made fast for that."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final, TypeAlias

from peerset.core.action import Json
from peerset.core.record import Record
from peerset.documents.definition import Definition
from peerset.documents.document import Row, seat_of
from peerset.documents.order import Order, Seat
from peerset.documents.value import Rank, is_scalar, rank
from peerset.documents.where import BEYOND, RANGES, Condition, Either, Op, Where, holds
from peerset.documents.words import Words, has_words, words_of

UNRANKED: Final[Rank] = (-1, 0)
"""Of arrays and objects, which equal no scalar."""

_TYPES: Final = {0: (), 1: (1, 2), 2: (1, 2), 3: (3,), 4: (4,)}
"""Which ranks are of one type: false and true have ranks of their own."""


class Facts:
    """A document, and what was asked of it before."""

    __slots__ = ("_definition", "_ranks", "_words", "record", "row")

    def __init__(self, definition: Definition, record: Record, row: Row) -> None:
        self.record = record
        self.row = row
        self._definition = definition
        self._ranks: dict[str, Rank] = {}
        self._words: list[str] | None = None

    def value(self, field: str) -> Json:
        """Give a field; null where it is missing."""
        return self.row.field(field)

    def rank(self, field: str) -> Rank:
        """Give what a field is compared by; `UNRANKED` where it is no scalar."""
        found = self._ranks.get(field)
        if found is None:
            value = self.value(field)
            found = self._ranks[field] = rank(value) if is_scalar(value) else UNRANKED
        return found

    def words(self) -> list[str]:
        """Give the words of the fields of text."""
        if self._words is None:
            self._words = words_of(self.row.value, self._definition.text)
        return self._words

    def seat(self, order: Order) -> Seat:
        """Say where it stands in *order*."""
        return seat_of(order, self.record, self.row)


Test: TypeAlias = Callable[[Facts], bool]
"""Says whether a document matches."""


def test_of(where: Where, words: Words) -> Test:
    """Make of conditions and words what says the same as `peerset.documents.where.matches`, faster."""
    tests = [_part(part) for part in where]
    if words:
        tests.append(lambda facts: has_words(words, facts.words()))
    return _all(tests)


def equality_of(where: Where) -> tuple[str, Rank] | None:
    """Give a field and the rank that it must have, if *where* asks for any such thing; of several the last.

    What is asked last is mostly the narrowest: of a collection first the kind of thing, then which one.
    """
    found = None
    for part in where:
        if isinstance(part, Condition) and part.op is Op.EQ and is_scalar(part.value):
            found = part.field, rank(part.value)  # type: ignore[arg-type] # a scalar
    return found


def _part(part: Condition | Either) -> Test:
    if isinstance(part, Either):
        return _any([test_of(branch, ()) for branch in part.branches])
    field, value = part.field, part.value
    if part.op in RANGES and is_scalar(value):
        return _range(field, part.op, rank(value))  # type: ignore[arg-type] # a scalar
    if part.op is Op.EQ and is_scalar(value):
        wanted = rank(value)  # type: ignore[arg-type] # a scalar
        return lambda facts: facts.rank(field) == wanted
    if part.op is Op.NE and is_scalar(value):
        unwanted = rank(value)  # type: ignore[arg-type] # a scalar
        return lambda facts: facts.rank(field) != unwanted
    if part.op is Op.IN and isinstance(value, list) and all(map(is_scalar, value)):
        ranks = frozenset(map(rank, value))
        return lambda facts: facts.rank(field) in ranks
    return partial(_holds, part)


def _holds(condition: Condition, facts: Facts) -> bool:
    return holds(condition, facts.value(condition.field))


def _range(field: str, op: Op, limit: Rank) -> Test:
    types, compare = _TYPES[limit[0]], BEYOND[op]

    def is_beyond(facts: Facts) -> bool:
        mine = facts.rank(field)
        return mine[0] in types and compare(mine, limit)

    return is_beyond


def _all(tests: Sequence[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        one, other = tests
        return lambda facts: one(facts) and other(facts)
    return lambda facts: all(test(facts) for test in tests)


def _any(tests: Iterable[Test]) -> Test:
    found = tuple(tests)
    return lambda facts: any(test(facts) for test in found)
