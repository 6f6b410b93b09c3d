"""The order of documents: by fields, and always by time at the end, so that no two stand at one place.

Newest first is by stamp, latest first, ties by lowest id first; oldest first is the exact reverse.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cmp_to_key, lru_cache
from typing import Final, TypeVar

from peerset.core.limits import ORDER_FIELDS_MAX, VALUE_DEPTH_MAX
from peerset.core.record import RecordId
from peerset.core.typed import several, shown
from peerset.documents.value import Scalar, check_json, rank
from peerset.errors import QueryError

T = TypeVar("T")

TIME: Final = "time"
KEY: Final = "key"
AUTHOR: Final = "author"
OWN_FIELDS: Final = (KEY, AUTHOR, TIME)
"""What every document has beside its value; a field of the value with such a name is not found by queries."""


@dataclass(frozen=True, slots=True)
class Term:
    """One field to sort by."""

    field: str
    is_descending: bool = False

    def __str__(self) -> str:
        return f"-{self.field}" if self.is_descending else self.field


Order = tuple[Term, ...]
"""The last term is the only one of the field ``time``."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a document stands in an order."""

    values: tuple[Scalar, ...]
    """Of the order's terms but the last."""
    stamp: int
    """Microseconds since 1970-01-01 UTC."""
    id: RecordId


def read_term(text: object) -> Term:
    """Read one field to sort by, such as ``stars`` or ``-stars``.

    Raises:
        QueryError: it is no text, or names nothing.

    """
    if not isinstance(text, str) or not text.removeprefix("-"):
        raise QueryError(f"an order is by fields such as 'stars' or '-stars', not {shown(text)}")
    try:
        check_json(text, VALUE_DEPTH_MAX)
    except ValueError as error:
        raise QueryError(f"an order cannot be by {error}") from error
    return Term(text.removeprefix("-"), text.startswith("-"))


def read_order(given: object) -> Order:
    """Read an order: a field, or several; what comes after ``time`` could not matter and is refused.

    Raises:
        QueryError: it is none, names a field twice, or has too many.

    """
    if type(given) is str:
        return _order_of(given)
    if not isinstance(given, str | list | tuple):
        raise QueryError(f"an order is by fields such as 'stars' or '-stars', not {shown(given)}")
    return _order_by(given)


@lru_cache(maxsize=256)
def _order_of(given: str) -> Order:
    return _order_by(given)


def _order_by(given: str | Sequence[object]) -> Order:
    terms = [read_term(each) for each in several("the order", given, singles=(str,))]
    names = [term.field for term in terms]
    if len(terms) > ORDER_FIELDS_MAX or len(set(names)) < len(names) or TIME in names[:-1]:
        raise QueryError(
            f"an order is by at most {ORDER_FIELDS_MAX} different fields, time last of them, not {shown(given)}"
        )
    return tuple(terms) if names and names[-1] == TIME else (*terms, Term(TIME, is_descending=True))


def compare(order: Order, one: Seat, other: Seat) -> int:
    """Say which comes first in *order*: below 0 is *one*, above 0 the *other*, 0 the same."""
    for term, mine, theirs in zip(order, one.values, other.values, strict=False):
        if (left := rank(mine)) != (right := rank(theirs)):
            return 1 if (left < right) == term.is_descending else -1
    if (one.stamp, one.id) == (other.stamp, other.id):
        return 0
    is_newer = one.stamp > other.stamp or (one.stamp == other.stamp and one.id < other.id)
    return -1 if is_newer == order[-1].is_descending else 1


def in_order(order: Order, seated: Iterable[tuple[Seat, T]]) -> list[T]:
    """Sort what stands at the seats beside it."""

    def by_seat(one: tuple[Seat, T], other: tuple[Seat, T]) -> int:
        return compare(order, one[0], other[0])

    return [each for _, each in sorted(seated, key=cmp_to_key(by_seat))]


def names_of(order: Sequence[Term]) -> list[str]:
    """Write an order as `read_order` reads it."""
    return [str(term) for term in order]
